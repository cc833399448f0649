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
import definition from '../index.ts'
import { decodePipecat, encodePipecat } from './pipecat-frame.ts'

const token = 'canary-token-7f3a'
/** Rate of the player and of the microphone of stock clients, in Hz. */
const playerRate = 24_000
const microphoneRate = playerRate

interface Told {
  readonly type: string
  readonly data?: { readonly name?: string; readonly data?: Json; readonly error?: string }
}

/** A client that speaks Pipecat's frames, and plays what it gets. */
async function call({ listener, clock, taken }: TransportStage): Promise<FarEnd> {
  const ear = createFarEar(clock, playerRate)
  const keys: string[] = []
  const messages: { readonly name: string; readonly data: Json }[] = []
  const errors: string[] = []
  const before = taken()
  const socket = new WebSocket(`${listener.address}?token=${token}`)
  const over = new Promise<string>((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
  })
  socket.on('error', (error) => void errors.push(error.message))
  socket.on('message', (bytes, isBinary) => {
    const frame = isBinary ? decodePipecat(bytes as Buffer) : undefined
    if (frame?.kind === 'audio') ear.play(frame.samples)
    if (frame?.kind !== 'message') return
    const { type, data = {} } = JSON.parse(frame.data) as Told
    if (type === 'error') errors.push(data.error ?? '')
    if (type !== 'server-message') return
    const { name = '', data: given = null } = data
    if (name === 'dtmf') keys.push(String(given))
    else messages.push({ name, data: given })
  })
  const say = (type: string, data: object): void =>
    socket.send(
      encodePipecat({
        kind: 'message',
        data: JSON.stringify({ label: 'rtvi-ai', type, id: 'a', data }),
      }),
    )
  let isOver = false
  void over.then(() => (isOver = true))
  socket.on('open', () => say('client-ready', { version: '2.1.0' }))
  while (taken() === before && !isOver) await clock.sleep(2)
  if (isOver) throw new Error([...errors, await over].join(' '))
  return {
    ...{ sampleRate: playerRate, keys, messages, over },
    async say(samples) {
      const piece = microphoneRate / 50
      for (let at = 0; at < samples.length; at += piece) {
        const sound = samples.subarray(at, at + piece)
        socket.send(
          encodePipecat({ kind: 'audio', samples: sound, sampleRate: microphoneRate, channels: 1 }),
        )
        await clock.sleep(10)
      }
    },
    heard: () => ear.heard,
    press: (digit) => say('dtmf', { button: digit }),
    send: (name, data) => say('client-message', { t: name, d: data }),
    hangUp: () => say('disconnect-bot', {}),
    drop: () => socket.terminate(),
    stopReading: () => socket.pause(),
  }
}

describe('a Pipecat client, as every far end', () => {
  // What a stock client has got it plays: no message calls it back.
  const lacks = ['clear', 'abandon', 'transfers'] as const
  const rig = (): TransportRig => ({
    options: { token, rtvi: { player_rate: playerRate } },
    connect: call,
  })
  const contract = transportContract({ definition, secrets: [token], lacks, rig })
  it.each(contract)('$name', ({ run }) => run())
})
