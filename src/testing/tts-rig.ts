import assert from 'node:assert/strict'
import {
  ProviderError,
  type SpeechFormat,
  type SpokenPiece,
  type Tts,
  type TtsDefinition,
  type Utterance,
} from '../define/index.ts'
import type { Word } from '../frames/index.ts'
import { createValidators } from '../schema/compile.ts'
import { createLiveClock } from '../time/live-clock.ts'
import type { Clock } from '../time/clock.ts'

/** What a voice made of one utterance. */
export interface SpokenUtterance {
  /** Spans in the order in which they began to sound. */
  readonly spans: readonly SpokenSpan[]
  /** What ended it, where it did not end by itself. */
  readonly error: unknown
}

/** The sound of a span. */
export interface SpokenSpan {
  readonly span: number
  readonly lengthMs: number
  readonly words: readonly Word[]
}

/** A voice outside a session. */
export interface OpenVoice {
  readonly voice: Tts
  readonly format: SpeechFormat
  /** Everything it logged, measured and reported, as text. */
  readonly told: readonly string[]
  /** Speaks texts, a span each, and gathers what comes. */
  say(texts: readonly string[], how?: SayOptions): Promise<SpokenUtterance>
  close(): Promise<void>
}

/** How an utterance is spoken. */
export interface SayOptions {
  readonly signal?: AbortSignal
  /** Called for each piece. */
  readonly onPiece?: (piece: SpokenPiece) => void
  /** Text comes in pieces of so many characters; whole spans unless given. */
  readonly pieces?: number
  /** Gives up when nothing has come for so long, in ms, as whoever drives a voice does. */
  readonly watchMs?: number
}

/** How a voice is opened. */
export interface OpenVoiceInit {
  /** As a voice gets them: lengths of time in ms. Defaults are put in. */
  readonly options: Readonly<Record<string, unknown>>
  readonly format?: SpeechFormat
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

/** Forms of sound that a voice gives, as `setup` gets them. */
export const formatsOf = ({ ports }: TtsDefinition): readonly SpeechFormat[] =>
  ports.out.audio.formats.map(({ sampleRate, encoding }) => ({
    sampleRate: typeof sampleRate === 'number' ? sampleRate : 16_000,
    encoding: encoding === 'mulaw' ? 'mulaw' : 'pcm',
  }))

/** Sets a voice up with checked options, as a session does. */
export async function openVoice(
  definition: TtsDefinition,
  init: OpenVoiceInit,
): Promise<OpenVoice> {
  const { clock = createLiveClock(), format = formatsOf(definition)[0] } = init
  assert(format, 'the voice has no form of sound')
  const options = { ...init.options }
  const issues = createValidators().of(definition.options)(options)
  assert.deepEqual(issues, [], 'the options do not fit')
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, ...(init.signal ? [init.signal] : [])])
  const told: string[] = []
  const tell = (...what: readonly unknown[]): void => void told.push(JSON.stringify(what))
  const log = { debug: tell, info: tell, warn: tell }
  const shared = await definition.share?.({ log, signal })
  const ctx = { options, shared, node: 'voice', format, clock, log, signal, metric: tell }
  const voice = await definition.setup({ ...ctx, usage: tell } as unknown as Parameters<
    TtsDefinition['setup']
  >[0])
  return {
    voice,
    format,
    told,
    say: (texts, how = {}) => say(voice, format, clock, texts, how),
    async close() {
      await voice.close?.()
      over.abort()
      await definition.unshare?.(shared as never)
    },
  }
}

async function say(
  voice: Tts,
  format: SpeechFormat,
  clock: Clock,
  texts: readonly string[],
  how: SayOptions,
): Promise<SpokenUtterance> {
  const over = new AbortController()
  const signal = AbortSignal.any([over.signal, ...(how.signal ? [how.signal] : [])])
  const spans: { span: number; lengthMs: number; words: Word[] }[] = []
  const watch = (): (() => void) =>
    how.watchMs === undefined ? () => undefined : clock.after(how.watchMs, () => over.abort())
  let cancel = watch()
  let error: unknown
  /** Of the span under way, in samples: a sum of fractions would depend on how it is cut. */
  let length = 0
  try {
    for await (const piece of voice.speak({ text: textOf(texts, how.pieces), signal })) {
      cancel()
      cancel = watch()
      how.onPiece?.(piece)
      const { span, samples, words = [] } = piece
      if (spans.at(-1)?.span !== span) {
        spans.push({ span, lengthMs: 0, words: [] })
        length = 0
      }
      const last = spans.at(-1)
      assert(last)
      length += samples.length
      last.lengthMs = (length * 1000) / format.sampleRate
      last.words.push(...words)
    }
  } catch (thrown) {
    error = thrown
  }
  cancel()
  const isGivenUp = over.signal.aborted
  over.abort()
  if (isGivenUp && error === undefined) {
    error = new ProviderError('timeout', { provider: 'test', reason: 'nothing came' })
  }
  return { spans, error }
}

async function* textOf(texts: readonly string[], length = Infinity): Utterance['text'] {
  for (const [index, text] of texts.entries()) {
    const all = [...text]
    const step = Math.min(length, Math.max(1, all.length))
    for (let at = 0; at < all.length || at === 0; at += step) {
      yield await Promise.resolve({ span: index + 1, text: all.slice(at, at + step).join('') })
    }
  }
}
