import { describe, it } from 'vitest'
import type { Json } from 'voxgraph/plugin'
import {
  createFarEar,
  transportContract,
  type FarEnd,
  type TransportRig,
  type TransportStage,
} from 'voxgraph/testing'
import { WebSocket } from 'ws'
import { connectClient } from './client.ts'
import definition from './index.ts'
import { helloText } from './rig.ts'

const token = 'canary-token-7f3a'

/** A client of our own protocol, which plays what it gets. */
async function call({ listener, clock, options }: TransportStage): Promise<FarEnd> {
  const sampleRate = Number(options['sample_rate'])
  const encoding = options['encoding'] as 'pcm' | 'mulaw'
  const ear = createFarEar(clock, sampleRate)
  const over = Promise.withResolvers<void>()
  const keys: string[] = []
  const messages: { readonly name: string; readonly data: Json }[] = []
  const client = await connectClient(listener.address, {
    ...{ sampleRate, encoding, token, reportsPlayed: true },
    onAudio: (samples) => ear.play(samples),
    onClear: () => ear.clear(),
    onKey: (digit) => void keys.push(digit),
    onMessage: (name, data) => void messages.push({ name, data }),
    onEnd: () => over.resolve(),
  })
  let isOver = false
  void over.promise.then(() => (isOver = true))
  const report = async (): Promise<void> => {
    while (!isOver) {
      client.played(ear.playedMs)
      await clock.sleep(20)
    }
  }
  void report()
  return {
    ...{ sampleRate, keys, messages, over: over.promise },
    say: (samples) => client.send(samples),
    heard: () => ear.heard,
    press: (digit) => client.sendKey(digit),
    send: (name, data) => client.sendMessage(name, data),
    hangUp: () => client.close(),
    drop: () => client.drop(),
  }
}

/** One that reads nothing after the hello. */
async function deafCall({ listener }: TransportStage): Promise<FarEnd> {
  const socket = new WebSocket(listener.address, 'voxgraph.v1')
  const over = Promise.withResolvers<void>()
  socket.on('error', () => undefined)
  socket.on('close', () => over.resolve())
  socket.on('open', () => socket.send(helloText({ token })))
  await new Promise((resolve) => void socket.once('message', resolve))
  return {
    ...{ sampleRate: 16_000, over: over.promise },
    say: () => undefined,
    heard: () => new Int16Array(),
    hangUp: () => socket.close(),
    drop: () => socket.terminate(),
    stopReading: () => socket.pause(),
  }
}

describe('websocket, as every transport', () => {
  const options = { token }
  const lacks = ['stopReading', 'abandon', 'transfers'] as const
  const rig = (): TransportRig => ({ options, connect: call })
  const contract = transportContract({ definition, secrets: [token], lacks, rig })
  it.each(contract)('$name', ({ run }) => run())

  const inG711 = { ...options, sample_rate: 8000, encoding: 'mulaw' }
  const narrow = transportContract({ definition, rig: () => ({ options: inG711, connect: call }) })
  it.each(narrow.slice(0, 5))('$name, in G.711', ({ run }) => run())

  const deaf = transportContract({ definition, rig: () => ({ options, connect: deafCall }) })
  it.each(deaf.filter(({ name }) => name.includes('reads nothing')))('$name', ({ run }) => run())
})
