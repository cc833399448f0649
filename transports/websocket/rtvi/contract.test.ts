import { describe, it } from 'vitest'
import type { Json } from 'voxgraph/plugin'
import { createFarEar, transportContract, type FarEnd, type TransportStage } from 'voxgraph/testing'
import { WebSocket } from 'ws'
import { stockSerializer } from '../../../test/pipecat/stock-client.ts'
import definition from '../index.ts'

const token = 'canary-token-91c4'
const wire = await stockSerializer()
/** Rate at which it speaks: what the stock client's microphone gives, in Hz. */
const microphoneRate = 24_000

interface Told {
  readonly type: string
  readonly data: { readonly name: string; readonly data: Json; readonly error: string }
}

/** A Pipecat client that writes and reads its frames by the stock serializer. */
async function call({ listener, clock }: TransportStage): Promise<FarEnd> {
  const ear = createFarEar(clock, microphoneRate)
  const over = Promise.withResolvers<void>()
  const ready = Promise.withResolvers<void>()
  const keys: string[] = []
  const messages: { readonly name: string; readonly data: Json }[] = []
  const socket = new WebSocket(`${listener.address}?token=${token}`)
  const say = (type: string, data: object): void =>
    socket.send(wire.serializeMessage({ label: 'rtvi-ai', type, id: '1', data }))
  const hear = ({ type, data }: Told): void => {
    if (type === 'bot-ready') ready.resolve()
    else if (type === 'error') ready.reject(new Error(data.error))
    else if (type !== 'server-message') return
    else if (data.name === 'dtmf') keys.push(String(data.data))
    else messages.push({ name: data.name, data: data.data })
  }
  socket.on('error', (error) => ready.reject(error))
  socket.on('close', () => over.resolve())
  socket.on('open', () => say('client-ready', { version: '2.1.0' }))
  // Frames are read one after the other, as they came.
  let reading = Promise.resolve()
  socket.on('message', (bytes) => {
    const blob = new Blob([new Uint8Array(bytes as Buffer)])
    reading = reading.then(async () => {
      const read = await wire.deserialize(blob)
      const { audio, message } = read as { audio?: Int16Array; message?: Told }
      if (audio !== undefined) ear.play(audio)
      if (message !== undefined) hear(message)
    })
  })
  const accepted = new Promise<void>((resolve) => void socket.once('open', () => resolve()))
  await Promise.race([ready.promise, accepted.then(() => refusedOrIn(socket, () => reading))])
  return {
    ...{ sampleRate: microphoneRate, keys, messages, over: over.promise },
    say: (samples) => socket.send(wire.serializeAudio(samples.slice().buffer, microphoneRate, 1)),
    heard: () => ear.heard,
    press: (button) => say('dtmf', { button }),
    send: (name, data) => say('client-message', { t: name, d: data }),
    hangUp: () => socket.close(1000),
    drop: () => socket.terminate(),
    stopReading: () => socket.pause(),
  }
}

/** Nobody may listen yet, so that no answer comes: then a pong says that what was sent has been read. */
async function refusedOrIn(socket: WebSocket, reading: () => Promise<void>): Promise<void> {
  const pong = new Promise<void>((resolve) => void socket.once('pong', () => resolve()))
  socket.ping()
  await pong
  // A refusal stands before it in the line.
  await reading()
}

describe('websocket spoken as RTVI, as every transport', () => {
  const contract = transportContract({
    definition,
    secrets: [token],
    lacks: ['abandon', 'transfers'],
    rig: () => ({ options: { token }, connect: call }),
  })
  // A stock client cannot be told to throw sound away: the lead is short instead (docs/rtvi.md).
  const able = contract.filter(({ name }) => !name.startsWith('throws away at once'))
  it.each(able)('$name', ({ run }) => run())
})
