import { afterEach, expect, test } from 'vitest'
import { WebSocket, type RawData } from 'ws'
import { createLiveClock } from '../../time/live-clock.ts'
import { createVirtualClock } from '../../time/virtual-clock.ts'
import { emulateDeepgram, type DeepgramInit } from './deepgram.ts'
import type { Emulator } from './emulator.ts'
import { scriptedEar } from './minds.ts'

const live = createLiveClock()
const ending: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0)) await end()
})

interface Client {
  readonly emulator: Emulator
  readonly said: Record<string, unknown>[]
  /** Bytes of sound that came. */
  readonly bytes: () => number
  /** Code and reason of the end. */
  readonly ended: Promise<string>
  send(...messages: (object | Uint8Array)[]): void
  until(isSo: () => boolean): Promise<void>
}

const listen = '/v1/listen?model=nova-3&encoding=linear16&sample_rate=16000&interim_results=true'
const flux = '/v2/listen?model=flux-general-en&encoding=linear16&sample_rate=16000'
const speak = '/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=16000'

/** A client that keeps to no rule. */
async function connect(path: string, init: DeepgramInit = {}): Promise<Client> {
  const emulator = await emulateDeepgram(init)
  ending.push(() => emulator.close())
  const headers = { authorization: `Token ${emulator.key}` }
  const socket = new WebSocket(emulator.endpoint.replace('http', 'ws') + path, { headers })
  const said: Record<string, unknown>[] = []
  let bytes = 0
  socket.on('message', (data: RawData, isBinary) => {
    if (isBinary) bytes += (data as Buffer).length
    else said.push(JSON.parse((data as Buffer).toString()) as Record<string, unknown>)
  })
  const ended = new Promise<string>((resolve) =>
    socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`.trim())),
  )
  await new Promise((resolve) => socket.once('open', resolve))
  return {
    ...{ emulator, said, ended },
    bytes: () => bytes,
    send(...messages) {
      for (const message of messages) {
        socket.send(message instanceof Uint8Array ? message : JSON.stringify(message))
      }
    },
    async until(isSo) {
      const from = live.now()
      while (!isSo()) {
        if (live.now() > from + 10_000) throw new Error('waited in vain')
        await new Promise<void>((resolve) => live.breathe(resolve))
      }
    },
  }
}

const types = ({ said }: Client): readonly unknown[] => said.map(({ type }) => type)

/** A tone of a second as bytes, and silence of half a second behind it. */
const sentence = Buffer.from(
  Int16Array.from({ length: 24_000 }, (_, at) => (at < 16_000 ? 6000 * Math.sin(at / 11) : 0))
    .buffer,
)

test.each([
  [`${listen}&keywords=pool`, 'keywords'],
  [`${listen}&endpointing=soon`, 'endpointing'],
  ['/v1/listen?model=nova-3&encoding=opus&sample_rate=16000', 'encoding'],
  ['/v1/listen?encoding=linear16&sample_rate=16000', 'model'],
  [`${flux}&punctuate=true`, 'punctuate'],
  [`${flux}&utterance_end_ms=1000`, 'utterance_end_ms'],
  ['/v1/speak?model=thalia&encoding=linear16&sample_rate=16000', 'model'],
  ['/v1/speak?model=aura-2-thalia-en&encoding=linear16&sample_rate=44100', 'sample_rate'],
])('what Deepgram would refuse in a query is noted: %s', async (path, what) => {
  const { emulator } = await connect(path)
  expect(emulator.violations).toHaveLength(1)
  expect(emulator.violations[0]).toContain(what)
})

test.each([
  ['a message of another API', listen, [{ type: 'Configure' }]],
  ['a field that there is not', listen, [{ type: 'KeepAlive', now: true }]],
  ['sound behind the end', listen, [{ type: 'CloseStream' }, new Uint8Array(2)]],
  ['an empty piece of sound', listen, [new Uint8Array(0)]],
  ['half a sample', listen, [new Uint8Array(3)]],
  ['a text without words', speak, [{ type: 'Speak', text: '' }]],
  ['a text that is too long', speak, [{ type: 'Speak', text: 'x'.repeat(2001) }]],
])('what Deepgram would refuse is noted: %s', async (_, path, messages) => {
  const client = await connect(path)
  client.send(...messages)
  await client.until(() => client.emulator.violations.length > 0)
})

test('listen gives interim words, finals, an end of the utterance, and metadata at the end', async () => {
  const ear = scriptedEar(['one two three'])
  const client = await connect(`${listen}&utterance_end_ms=1000&vad_events=true`, { ear })
  for (let at = 0; at < sentence.length; at += 640) client.send(sentence.subarray(at, at + 640))
  await client.until(() => types(client).includes('UtteranceEnd'))
  client.send({ type: 'Finalize' }, { type: 'CloseStream' })
  expect(await client.ended).toBe('1000')
  expect(new Set(types(client))).toEqual(
    new Set(['SpeechStarted', 'Results', 'UtteranceEnd', 'Metadata']),
  )
  const finals = client.said.filter((message) => message['is_final'] === true)
  expect(finals.map((message) => message['from_finalize'])).toEqual([false, true])
  expect(client.emulator.violations).toEqual([])
})

test('without sound or a message listen hangs up after ten seconds', async () => {
  const clock = createVirtualClock()
  const client = await connect(listen, { clock })
  await clock.advance(9000)
  client.send({ type: 'KeepAlive' })
  await client.until(() => client.emulator.received.length === 2)
  await clock.advance(9999)
  expect(client.emulator.open).toBe(1)
  await clock.advance(1)
  expect(await client.ended).toBe('1011 NET-0001')
})

test.each([{ type: 'KeepAlive' }, { type: 'ForceEndTurn' }])(
  'Flux ends a connection over a message that it does not know: %o',
  async (message) => {
    const client = await connect(flux)
    client.send(message)
    expect(await client.ended).toBe('1008 UNPARSABLE_CLIENT_MESSAGE')
    expect(types(client)).toEqual(['Connected', 'Error'])
    expect(client.emulator.violations).toHaveLength(1)
  },
)

test('Flux counts its messages and takes new settings', async () => {
  const client = await connect(flux, { ear: scriptedEar(['one two']) })
  client.send({ type: 'Configure', thresholds: { eot_threshold: 0.8 }, keyterms: ['pool'] })
  client.send(sentence, new Uint8Array(32_000))
  await client.until(() => client.said.some(({ event }) => event === 'EndOfTurn'))
  expect(client.said.map((message) => message['sequence_id'])).toEqual(
    client.said.map((_, at) => at),
  )
  expect(types(client)).toContain('ConfigureSuccess')
  expect(client.emulator.violations).toEqual([])
})

test('a twenty-first flush within a minute is answered with a warning', async () => {
  const clock = createVirtualClock()
  const client = await connect(speak, { clock })
  client.send(...Array.from({ length: 21 }, () => ({ type: 'Flush' })))
  await client.until(() => types(client).includes('Warning'))
  await client.until(() => types(client).filter((type) => type === 'Flushed').length === 20)
  await clock.advance(60_001)
  client.send({ type: 'Flush' })
  await client.until(() => types(client).filter((type) => type === 'Flushed').length === 21)
})

test('what is cleared is not said, and comes to an end at once', async () => {
  const client = await connect(speak)
  client.send({ type: 'Speak', text: 'one two three four five six' }, { type: 'Flush' })
  await client.until(() => client.bytes() > 0)
  client.send({ type: 'Clear' })
  await client.until(() => types(client).includes('Cleared'))
  const bytes = client.bytes()
  client.send({ type: 'Speak', text: 'new' }, { type: 'Flush' })
  await client.until(() => types(client).includes('Flushed'))
  expect(client.bytes() - bytes).toBe(8000)
  expect(types(client)).toEqual(['Metadata', 'Cleared', 'Flushed'])
})

test('what comes much too slowly comes in order, and at once when it is healed', async () => {
  const clock = createVirtualClock()
  const client = await connect(speak, { clock })
  await client.until(() => client.said.length === 1)
  client.emulator.fail({ fault: 'drip', when: 'now' })
  client.send({ type: 'Clear' }, { type: 'Flush' })
  await client.until(() => client.emulator.received.length === 3)
  await clock.advance(19_999)
  expect(types(client)).toEqual(['Metadata'])
  await clock.advance(1)
  await client.until(() => types(client).length === 2)
  client.emulator.heal()
  await clock.advance(20_000)
  await client.until(() => types(client).length === 3)
  expect(types(client)).toEqual(['Metadata', 'Cleared', 'Flushed'])
})
