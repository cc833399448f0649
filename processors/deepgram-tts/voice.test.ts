import { afterEach, expect, test } from 'vitest'
import {
  ProviderError,
  type Clock,
  type SpeechFormat,
  type SpokenPiece,
  type Tts,
  type UtteranceText,
} from 'voxgraph/plugin'
import {
  createLiveClock,
  createVirtualClock,
  emulateDeepgram,
  type Emulator,
} from 'voxgraph/testing'
import { loadDeepgram } from '../deepgram.ts'
import type { TtsOptions } from './options.ts'
import { Voice } from './voice.ts'

const live = createLiveClock()
const log = { debug() {}, info() {}, warn() {} }
/** A word of the emulated voice takes 250 ms. */
const perWord = 0.25

interface Rig {
  readonly emulator: Emulator
  readonly voice: Tts
}

const rigs: Rig[] = []
afterEach(async () => {
  for (const { voice, emulator } of rigs.splice(0)) {
    await voice.close?.()
    await emulator.close()
    expect(emulator.violations).toEqual([])
  }
})

async function openVoice(
  init: {
    readonly format?: SpeechFormat
    readonly clock?: Clock
    readonly options?: Partial<TtsOptions>
  } = {},
): Promise<Rig> {
  const { format = { sampleRate: 16_000, encoding: 'pcm' }, clock = live } = init
  const emulator = await emulateDeepgram()
  const options = {
    api_key: emulator.key,
    endpoint: emulator.endpoint,
    voice: 'aura-2-thalia-en',
    mip_opt_out: false,
    ...init.options,
  }
  const { signal } = new AbortController()
  const ctx = {
    options,
    shared: await loadDeepgram('deepgram-tts'),
    node: 'tts',
    format,
    clock,
    log,
  }
  const voice = await Voice.open({ ...ctx, signal, metric() {}, usage() {} })
  const rig = { emulator, voice }
  rigs.push(rig)
  return rig
}

async function* textOf(
  ...pieces: readonly (readonly [span: number, text: string])[]
): AsyncGenerator<UtteranceText> {
  for (const [span, text] of pieces) yield { span, text }
}

const { signal: never } = new AbortController()

/** Samples of each span, in the order in which they came. */
async function heard(pieces: AsyncIterable<SpokenPiece>): Promise<Record<number, number>> {
  const lengths: Record<number, number> = {}
  let last = 0
  for await (const { span, samples } of pieces) {
    expect(span).toBeGreaterThanOrEqual(last)
    last = span
    lengths[span] = (lengths[span] ?? 0) + samples.length
  }
  return lengths
}

const sent = ({ emulator }: Rig): readonly string[] =>
  emulator.received.flatMap(({ kind, body }) => {
    if (kind !== 'message') return []
    const { type, text } = body as { readonly type: string; readonly text?: string }
    return [text ?? type]
  })

async function until(isSo: () => boolean): Promise<void> {
  const from = live.now()
  while (!isSo()) {
    if (live.now() > from + 20_000) throw new Error('waited in vain')
    await new Promise<void>((resolve) => live.breathe(resolve))
  }
}

test.each([
  [{ sampleRate: 16_000, encoding: 'pcm' }],
  [{ sampleRate: 48_000, encoding: 'pcm' }],
  [{ sampleRate: 8000, encoding: 'mulaw' }],
] as const)('sound belongs to its span: %o', async (format) => {
  const rig = await openVoice({ format })
  const text = textOf([1, 'One '], [1, 'two.'], [2, 'Three, '], [2, 'four, five.'])
  const spans = await heard(rig.voice.speak({ text, signal: never }))
  expect(spans).toEqual({
    1: 2 * perWord * format.sampleRate,
    2: 3 * perWord * format.sampleRate,
  })
  expect(sent(rig)).toEqual(['One ', 'two.', 'Flush', 'Three, ', 'four, five.', 'Flush'])
})

test('white space is sent with what follows it, and text without words not at all', async () => {
  const rig = await openVoice()
  const text = textOf([1, ' '], [1, '\n'], [1, 'One'], [1, ' '])
  expect(await heard(rig.voice.speak({ text, signal: never }))).toEqual({ 1: 4000 })
  expect(await heard(rig.voice.speak({ text: textOf([2, '  ']), signal: never }))).toEqual({})
  expect(await heard(rig.voice.speak({ text: textOf(), signal: never }))).toEqual({})
  expect(sent(rig)).toEqual([' \nOne', 'Flush'])
})

test('text that is too long for a message goes in several, cut at spaces', async () => {
  const rig = await openVoice()
  const words = Array.from({ length: 900 }, () => 'word').join(' ')
  const spans = await heard(rig.voice.speak({ text: textOf([1, words]), signal: never }))
  expect(spans).toEqual({ 1: 900 * 4000 })
  const parts = sent(rig).slice(0, -1)
  expect(parts).toHaveLength(3)
  expect(parts.join('')).toBe(words)
})

test('what is cut is cleared in the same tick, and nothing of it comes afterwards', async () => {
  const rig = await openVoice()
  const cut = new AbortController()
  const pieces = rig.voice
    .speak({ text: textOf([1, 'One two three four. '], [2, 'Five six.']), signal: cut.signal })
    [Symbol.asyncIterator]()
  expect((await pieces.next()).value).toMatchObject({ span: 1 })
  cut.abort()
  expect((await pieces.next()).done).toBe(true)
  const spans = await heard(rig.voice.speak({ text: textOf([7, 'New.']), signal: never }))
  expect(spans).toEqual({ 7: 4000 })
  expect(sent(rig).slice(-3)).toEqual(['Clear', 'New.', 'Flush'])
})

test('a reader who goes away ends the utterance too', async () => {
  const rig = await openVoice()
  for await (const _ of rig.voice.speak({ text: textOf([1, 'One two.']), signal: never })) break
  const spans = await heard(rig.voice.speak({ text: textOf([2, 'New.']), signal: never }))
  expect(spans).toEqual({ 2: 4000 })
})

test('what was not begun is not cleared', async () => {
  const rig = await openVoice()
  const cut = new AbortController()
  const waiting = Promise.withResolvers<void>()
  async function* slow(): AsyncGenerator<UtteranceText> {
    await waiting.promise
    yield { span: 1, text: 'Late.' }
  }
  const pieces = heard(rig.voice.speak({ text: slow(), signal: cut.signal }))
  cut.abort()
  waiting.resolve()
  expect(await pieces).toEqual({})
  expect(sent(rig)).toEqual([])
})

test('two utterances at once are said one after the other', async () => {
  const rig = await openVoice()
  const [one, two] = await Promise.all([
    heard(rig.voice.speak({ text: textOf([1, 'One.'], [2, 'Two two.']), signal: never })),
    heard(rig.voice.speak({ text: textOf([5, 'Five five five.']), signal: never })),
  ])
  expect(one).toEqual({ 1: 4000, 2: 8000 })
  expect(two).toEqual({ 5: 12_000 })
  expect(sent(rig)).toEqual(['One.', 'Flush', 'Two two.', 'Flush', 'Five five five.', 'Flush'])
})

test('a connection that takes no more flushes is followed by another, and no span is without its sound', async () => {
  const rig = await openVoice()
  const many = Array.from({ length: 45 }, (_, index) => [index + 1, 'Word.'] as const)
  const spans = await heard(rig.voice.speak({ text: textOf(...many), signal: never }))
  expect(spans).toEqual(Object.fromEntries(many.map(([span]) => [span, 4000])))
  const sockets = rig.emulator.received.filter(({ kind }) => kind === 'socket')
  expect(sockets).toHaveLength(3)
  // Those before it have closed.
  await until(() => rig.emulator.open === 1)
})

test('what is cut is cut on every connection', async () => {
  const rig = await openVoice()
  const many = Array.from({ length: 45 }, (_, index) => [index + 1, 'Word.'] as const)
  const cut = new AbortController()
  const pieces = rig.voice.speak({ text: textOf(...many), signal: cut.signal })
  for await (const { span } of pieces) if (span === 30) cut.abort()
  const spans = await heard(rig.voice.speak({ text: textOf([1, 'New.']), signal: never }))
  expect(spans).toEqual({ 1: 4000 })
  await until(() => rig.emulator.open === 1)
})

/** What goes wrong in the middle of an answer, and what is made of it. */
const breaks = [
  ['abrupt-close', 'connectivity'],
  ['clean-end', 'connectivity'],
  ['error-mid-stream', 'server'],
  ['garbage', 'server'],
  ['huge', 'server'],
] as const

test.each(breaks)('what was said before it broke is heard: %s', async (fault, category) => {
  const rig = await openVoice()
  rig.emulator.fail({ fault, when: 'answer' })
  const text = textOf([1, 'One two three four.'])
  let samples = 0
  const speaking = (async () => {
    for await (const piece of rig.voice.speak({ text, signal: never }))
      samples += piece.samples.length
  })()
  const thrown: unknown = await speaking.catch((error: unknown) => error)
  expect(thrown).toBeInstanceOf(ProviderError)
  expect(thrown).toMatchObject({ category })
  expect(samples).toBeGreaterThan(0)
  // The next utterance has a connection of its own.
  const spans = await heard(rig.voice.speak({ text: textOf([2, 'New.']), signal: never }))
  expect(spans).toEqual({ 2: 4000 })
})

test('a voice that falls silent in the middle is a timeout', async () => {
  const clock = createVirtualClock()
  const rig = await openVoice({ clock })
  rig.emulator.fail({ fault: 'stall', when: 'answer' })
  const pieces = heard(rig.voice.speak({ text: textOf([1, 'One two.']), signal: never }))
  const failed = pieces.catch((error: unknown) => error)
  await until(() => sent(rig).includes('Flush') && rig.emulator.sentBytes > 3000)
  await clock.advance(10_000)
  expect(await failed).toMatchObject({ category: 'timeout' })
})

test.each(['abrupt-close', 'clean-end'] as const)(
  'a connection that was lost between two utterances is opened anew: %s',
  async (fault) => {
    const rig = await openVoice()
    rig.emulator.fail({ fault, when: 'now' })
    await until(() => rig.emulator.open === 0)
    const spans = await heard(rig.voice.speak({ text: textOf([1, 'One.']), signal: never }))
    expect(spans).toEqual({ 1: 4000 })
  },
)

test('a wrong key fails before the greeting, and says nothing of the key', async () => {
  const opening = openVoice({ options: { api_key: 'canary' } })
  const thrown: unknown = await opening.catch((error: unknown) => error)
  expect(thrown).toMatchObject({ category: 'auth' })
  expect((thrown as Error).message).not.toContain('canary')
})

test('sound does not come in halves of samples', async () => {
  const rig = await openVoice({ format: { sampleRate: 24_000, encoding: 'pcm' } })
  const pieces = rig.voice.speak({ text: textOf([1, 'One two three.']), signal: never })
  expect(await heard(pieces)).toEqual({ 1: 0.75 * 24_000 })
})

test('the connection is closed with the call', async () => {
  const { voice, emulator } = await openVoice()
  expect(emulator.open).toBe(1)
  await voice.close?.()
  await until(() => emulator.open === 0)
})
