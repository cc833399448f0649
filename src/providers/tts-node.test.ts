import { describe, expect, it } from 'vitest'
import {
  defineProcessor,
  ProviderError,
  type TtsDefinition,
  defineTts,
  noOptions,
} from '../define/index.ts'
import { interrupt, response, text, type AudioFrame, type Frame } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { rate, scriptedVoice, sound } from './rig.ts'

const broken = (category: 'connectivity' | 'auth' = 'connectivity'): ProviderError =>
  new ProviderError(category, { provider: 'one', reason: 'it broke, canary-key' })

/** Says everything. */
async function* sayAll(utterance: Parameters<Parameters<typeof scriptedVoice>[1]>[0]) {
  for await (const { span, text: said } of utterance.text) yield* sound(span, said)
}

/** Interrupts the first response when it is fed. */
const caller = defineProcessor({
  id: 'caller',
  summary: 'Interrupts.',
  ports: { in: { text: 'text' } },
  setup: () => ({ text: () => interrupt({ reason: 'test', through: 1 }) }),
})

/** A call in which voices say three sentences. */
async function call(voices: readonly [TtsDefinition, ...TtsDefinition[]], during = async () => {}) {
  const probe = createProbe()
  const [definition, ...fallback] = voices
  const { session, clock, start, end, logs, frames } = testSession({
    nodes: { tts: { definition, fallback }, probe: probe.definition },
    flow: ['tts -> probe'],
  })
  await start()
  const feed = (port: string | undefined, frame: Frame): void =>
    session.feed('tts', port, { ...frame, response: 1 })
  feed(undefined, response({ state: 'started' }))
  feed('text', text({ span: 1, text: 'One two three.' }))
  feed('text', text({ span: 2, text: 'Four five six.' }))
  feed('text', text({ span: 3, text: 'Seven eight.' }))
  feed(undefined, response({ state: 'ended' }))
  await during()
  await clock.settle()
  const { error } = await end()
  const audio = probe.frames.filter((frame): frame is AudioFrame => frame.type === 'audio')
  const own = audio.filter(({ span }) => span > 0)
  return {
    words: own.flatMap((frame) => frame.words ?? []).map((word) => word.text),
    ms: (span: number) =>
      (own.filter((one) => one.span === span).reduce((sum, one) => sum + one.samples.length, 0) *
        1000) /
      rate,
    canned: audio.filter(({ span, response: of }) => span === 0 && of === 1).length,
    order: probe.frames.filter(({ type }) => type === 'audio' || type === 'response'),
    logs: logs.map(({ message }) => message),
    errors: frames.filter((frame) => frame.type === 'error'),
    usage: frames.filter((frame) => frame.type === 'usage'),
    at: (index: number) => own[index]?.at,
    error,
  }
}
const sentences = 'One two three. Four five six. Seven eight.'.split(' ')

describe('a voice with others behind it', () => {
  it('says what it is given, the end of the response behind it', async () => {
    const { words, order, usage } = await call([scriptedVoice('one', sayAll)])
    expect(words).toEqual(sentences)
    expect(order.at(-1)).toMatchObject({ type: 'response', state: 'ended' })
    expect(usage.at(-1)).toMatchObject({ vendor: 'one', usage: { characters: 40 } })
  })

  it('lets the next one say what has not been said, from the broken word on', async () => {
    const one = scriptedVoice('one', async function* (utterance) {
      for await (const { span, text: said } of utterance.text) {
        yield* sound(span, said, span === 2 ? 150 : Infinity)
        if (span === 2) throw broken('auth')
      }
    })
    const { words, ms, logs, errors } = await call([one, scriptedVoice('two', sayAll)])
    expect(words).toEqual(sentences)
    // "five" was cut in its middle, and is said again whole.
    expect(ms(2)).toBe(150 + 200)
    expect(logs.find((line) => line.includes('tts/1 (two) is asked now'))).toBeDefined()
    expect(errors[0]).toMatchObject({ node: 'tts', category: 'auth', attempt: 1 })
  })

  it('asks the same one again after a passing failure', async () => {
    let asked = 0
    const one = scriptedVoice('one', async function* (utterance) {
      if (asked++ === 0) throw broken()
      yield* sayAll(utterance)
    })
    const { words, errors, error } = await call([one])
    expect(words).toEqual(sentences)
    expect(errors).toHaveLength(1)
    expect(error).toBeUndefined()
  })

  it('gives up one that keeps silent after its time, and asks the caller to wait before', async () => {
    let utterances = 0
    const one = scriptedVoice('one', async function* (utterance, { sleep }) {
      // The first three are the phrases that are kept.
      if (utterances++ < 3) return yield* sayAll(utterance)
      await sleep(60_000)
    })
    const { words, canned, at, error } = await call([one, scriptedVoice('two', sayAll)])
    expect(words).toEqual(sentences)
    expect(canned).toBeGreaterThan(0)
    expect(at(0)).toBe(1500)
    expect(error).toBeUndefined()
  })

  it('takes an answer that ends too soon for a failure', async () => {
    const one = scriptedVoice('one', async function* (utterance) {
      for await (const { span, text: said } of utterance.text)
        if (span < 3) yield* sound(span, said)
    })
    const { words } = await call([one, scriptedVoice('two', sayAll)])
    expect(words).toEqual(sentences)
  })

  it('plays what it has kept when nobody is left', async () => {
    let utterances = 0
    const one = scriptedVoice('one', async function* (utterance) {
      if (utterances++ < 3) return yield* sayAll(utterance)
      throw broken('auth')
    })
    const { words, canned, logs } = await call([one])
    expect(words).toEqual([])
    expect(canned).toBeGreaterThan(0)
    expect(logs.join()).toContain(
      'one did not accept the key: it broke, canary-key. Nobody else is left.',
    )
  })

  it('cancels at once what an interruption cuts', async () => {
    const aborted: string[] = []
    const one = scriptedVoice('one', async function* (utterance, { sleep }) {
      utterance.signal.addEventListener('abort', () => aborted.push('one'))
      for await (const { span, text: said } of utterance.text) {
        for (const piece of sound(span, said)) {
          await sleep(50)
          yield piece
        }
      }
    })
    const probe = createProbe()
    const { session, clock, start, end } = testSession({
      nodes: { tts: one, probe: probe.definition, caller },
      flow: ['tts -> probe'],
    })
    await start()
    await clock.settle()
    aborted.length = 0
    const before = probe.frames.length
    const feed = (port: string | undefined, frame: Frame): void =>
      session.feed('tts', port, { ...frame, response: 1 })
    feed('text', text({ span: 1, text: 'One two three four five six seven.' }))
    await clock.advance(200)
    session.feed('caller', 'text', text({ text: 'Stop!' }))
    expect(aborted).toEqual(['one'])
    const heard = probe.frames.length
    expect(heard).toBeGreaterThan(before)
    await clock.settle()
    expect(probe.frames.filter(({ type }) => type === 'audio').length).toBeLessThanOrEqual(heard)
    await end()
  })

  it('gives all the sound of a voice that has another form than the graph wants', async () => {
    const other = defineTts({
      id: 'other',
      summary: 'Speaks at twice the rate.',
      vendor: 'other',
      options: noOptions,
      formats: [{ sampleRate: rate * 2, channels: 1 }],
      setup: () => ({
        async *speak({ text: said }) {
          for await (const { span } of said) {
            yield { span, samples: new Int16Array(rate * 2 * 0.1).fill(2000) }
          }
        },
      }),
    })
    const broken = scriptedVoice('one', sayAll, () => {
      throw new ProviderError('auth', { provider: 'one', reason: 'a test' })
    })
    const { ms } = await call([broken, other])
    // What the filter of the resampler holds comes out at the end.
    expect(ms(1) + ms(2) + ms(3)).toBeCloseTo(300, 0)
  })

  it('is not set up when nobody needs it', async () => {
    let setups = 0
    const two = scriptedVoice('two', sayAll, () => void setups++)
    await call([scriptedVoice('one', sayAll), two])
    expect(setups).toBe(0)
  })

  it('begins a call with the next one when the first cannot be set up', async () => {
    const one = scriptedVoice('one', sayAll, () => {
      throw broken()
    })
    const { words, errors } = await call([one, scriptedVoice('two', sayAll)])
    expect(words).toEqual(sentences)
    expect(errors.map(({ attempt }) => attempt)).toEqual([1, 2])
  })
})
