import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProviderError, type Heard, type SttStream } from 'voxgraph/plugin'
import {
  createLiveClock,
  emulateOpenAi,
  faultNames,
  scriptedEar,
  tones,
  type Emulator,
  type FaultName,
  type OpenAiInit,
} from 'voxgraph/testing'
import type { Clients } from '../openai.ts'
import definition from './index.ts'
import type { HearingOptions } from './options.ts'

const lines = ['what time is breakfast please', 'and the pool', 'thank you']
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
const base = { model: 'whisper-1', prewarm: false, hints: '', longest: 60_000 }

let emulator: Emulator
const begin = async (init: OpenAiInit = {}): Promise<void> => {
  await emulator?.close()
  emulator = await emulateOpenAi({ ear: scriptedEar(lines), ...init })
}
beforeEach(() => begin())
afterEach(() => emulator.close())

/** A stream in a call: what it hears, and what it fails with. */
async function listen(options: Partial<HearingOptions> = {}) {
  const given = { ...base, api_key: emulator.key, endpoint: emulator.endpoint, ...options }
  const shared = (await definition.share?.({
    log,
    signal: new AbortController().signal,
  })) as Clients
  const stt = await definition.setup({
    ...{ options: given, shared, node: 'stt', clock: createLiveClock(), log },
    ...{ signal: new AbortController().signal, metric: () => undefined, usage: () => undefined },
  } as never)
  const heard: Heard[] = []
  const failures: unknown[] = []
  const stream = await stt.open({
    format: { sampleRate: 16_000, encoding: 'pcm' },
    signal: new AbortController().signal,
    heard: (event) => void heard.push(event),
    failed: (thrown) => void failures.push(thrown),
  })
  const finals = () => heard.flatMap((event) => (event.type === 'final' ? [event.text] : []))
  return { stream, heard, failures, finals }
}

function push(stream: SttStream, samples: Int16Array): void {
  for (let at = 0; at < samples.length; at += 320) stream.push(samples.slice(at, at + 320))
}
const speech = async (text: string) => (await tones(text, '')).samples
const quiet = (ms: number) => new Int16Array(16 * ms)

/** The caller says something, and the detector says so. */
async function say(stream: SttStream, text: string): Promise<void> {
  const samples = await speech(text)
  push(stream, samples.subarray(0, 1920))
  stream.started?.()
  push(stream, samples.subarray(1920))
  push(stream, quiet(250))
  stream.finish?.()
}

const requests = () => emulator.received.filter(({ kind }) => kind === 'request')

describe('an utterance', () => {
  it('is sent when the caller has stopped, and settled up to there', async () => {
    const { stream, heard } = await listen()
    push(stream, quiet(1000))
    await say(stream, lines[0]!)
    push(stream, quiet(1000))
    await expect.poll(() => heard.length).toBe(1)
    expect(heard).toEqual([{ type: 'final', text: lines[0], untilMs: 1000 + 5 * 250 + 250 }])
    expect(emulator.violations).toEqual([])
  })

  it('comes without the silence before it', async () => {
    const { stream, heard } = await listen()
    push(stream, quiet(20_000))
    await say(stream, lines[0]!)
    await expect.poll(() => heard.length).toBe(1)
    const [sent] = requests()
    const seconds = Number(sent?.body) / 32_000
    expect(seconds).toBeGreaterThan(1.5)
    expect(seconds).toBeLessThan(2)
  })

  it('is heard without anybody saying when it began', async () => {
    const { stream, finals } = await listen()
    push(stream, quiet(5000))
    push(stream, await speech(lines[0]!))
    stream.finish?.()
    await expect.poll(finals).toEqual([lines[0]])
  })

  it('comes behind the one before it, whichever is answered first', async () => {
    const { stream, finals, heard } = await listen()
    for (const line of lines) await say(stream, line)
    await expect.poll(finals).toEqual(lines)
    const ends = heard.map((event) => (event.type === 'final' ? event.untilMs : 0))
    expect(ends).toEqual(ends.toSorted((one, other) => one - other))
  })

  it('that is very long is heard in parts', async () => {
    const { stream, finals } = await listen({ longest: 1000 })
    await say(stream, lines[0]!)
    await expect.poll(finals).toEqual(lines.slice(0, 2))
  })

  it('of silence costs nothing', async () => {
    const { stream, heard } = await listen()
    push(stream, quiet(3000))
    stream.finish?.()
    await expect.poll(() => heard).toEqual([{ type: 'final', text: '', untilMs: 3000 }])
    expect(requests()).toEqual([])
  })

  it('has what the graph says of language and words with it', async () => {
    const { stream, finals } = await listen({ language: 'en', hints: 'Oolong, Lapsang' })
    await say(stream, lines[0]!)
    await expect.poll(finals).toEqual([lines[0]])
    expect(emulator.violations).toEqual([])
  })
})

describe('a stream', () => {
  it('says nothing any more once it is closed', async () => {
    const { stream, heard, failures } = await listen()
    await say(stream, lines[0]!)
    await stream.close()
    push(stream, quiet(100))
    stream.finish?.()
    await expect.poll(() => emulator.received.length).toBeLessThanOrEqual(1)
    expect([heard, failures]).toEqual([[], []])
  })

  it('that does not keep up fails', async () => {
    const { stream, failures } = await listen()
    emulator.fail({ fault: 'stall', when: 'answer', times: Infinity })
    for (let count = 0; count < 9; count++) await say(stream, lines[0]!)
    // Those before it wait for ever: the runtime's own watch ends that.
    emulator.heal()
    await expect.poll(() => failures.length).toBe(1)
    expect(failures[0]).toMatchObject({ category: 'timeout' })
  })

  const quietly: readonly FaultName[] = [
    ...(['stall', 'drip', 'half-open', 'wrong-order', 'duplicate'] as const),
  ]
  it.each(faultNames.filter((fault) => !quietly.includes(fault)))(
    'fails once, with an error of ours: %s',
    async (fault) => {
      const { stream, failures, heard } = await listen()
      emulator.fail({ fault, when: 'answer' })
      await say(stream, lines[0]!)
      await say(stream, lines[1]!)
      await expect.poll(() => failures.length).toBe(1)
      const [error] = failures
      expect(error).toBeInstanceOf(ProviderError)
      const { category, message } = error as ProviderError
      expect(category).not.toBe('bug')
      expect(message).not.toContain(emulator.key)
      expect(heard).toEqual([])
    },
  )

  it('knows a wrong key', async () => {
    const { stream, failures } = await listen({ api_key: 'wrong-key' })
    await say(stream, lines[0]!)
    await expect.poll(() => failures.length).toBe(1)
    expect(failures[0]).toMatchObject({ category: 'auth' })
  })
})
