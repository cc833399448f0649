import type { Word } from '../frames/index.ts'
import type { SpokenPiece, UtteranceText } from './tts.ts'
import { WrittenWords, type TimedText, type WrittenWord } from './written-words.ts'

/** What `createSpanSound` takes. */
export interface SpanSoundOptions {
  /** In Hz. */
  readonly sampleRate: number
  /**
   * Where the sound of the next span begins. `words`: with its first word, so the vendor's times must cover
   * all of the text and come no later than their sound. `marks`: where `cut` is called.
   */
  readonly cuts: 'words' | 'marks'
}

/**
 * Gives the sound of an utterance, and the words in it, to the spans of its text. Holds words until all of
 * their sound has come; sound goes out as it comes.
 */
export interface SpanSound {
  /** Ms of sound so far. */
  readonly lengthMs: number
  /** Written words with letters behind the last one that has a time; 0 where none has. */
  readonly untimed: number
  /** True when the last written word with letters has a time. */
  readonly isTimed: boolean
  /** Ms from the end of the sound to the end of the last word that we know of; negative when it has come. */
  readonly lackMs: number
  /** Text that the vendor is given, in order. White space inside a span is part of it. */
  write(piece: UtteranceText): void
  /** Where words sound, in the order in which they do; ms from the beginning of the utterance's sound. */
  times(texts: readonly TimedText[]): void
  /** The sound that comes next. @returns pieces that can go out */
  sound(samples: Int16Array): readonly SpokenPiece[]
  /** The sound that comes next is of this span. @returns words of the span before that were held back */
  cut(span: number): readonly SpokenPiece[]
  /** There is no more sound. @returns words that were held back */
  end(): readonly SpokenPiece[]
}

const nothing = new Int16Array(0)

/** Makes one, for one utterance. Pure: it waits for nothing and keeps no time. */
export const createSpanSound = (options: SpanSoundOptions): SpanSound => new Spans(options)

class Spans implements SpanSound {
  readonly #options: SpanSoundOptions
  readonly #written = new WrittenWords()
  /** Samples that have come, and the first of the span under way. */
  #length = 0
  #from = 0
  #span: number | undefined
  /** First word that has not been given. */
  #given = 0
  /** Where the word that was given last ends in its span. */
  #lastEndMs = 0

  constructor(options: SpanSoundOptions) {
    this.#options = options
  }

  get lengthMs(): number {
    return this.#msOf(this.#length)
  }

  get untimed(): number {
    return this.#written.untimedAtEnd
  }

  get isTimed(): boolean {
    const { words } = this.#written
    const last = words.findLast(({ text }) => /[\p{L}\p{N}]/u.test(text))
    return last?.startMs !== undefined && last.rest === ''
  }

  get lackMs(): number {
    const last = this.#written.words.findLast((word) => word.startMs !== undefined)
    return (last?.endMs ?? 0) - this.lengthMs
  }

  write({ span, text }: UtteranceText): void {
    this.#written.write(span, text)
    this.#span ??= span
  }

  times(texts: readonly TimedText[]): void {
    for (const text of texts) this.#written.place(text)
  }

  sound(samples: Int16Array): readonly SpokenPiece[] {
    const pieces: SpokenPiece[] = []
    let rest = samples
    for (let next = this.#nextStart(); next !== undefined; next = this.#nextStart()) {
      const at = Math.round(((next.startMs ?? 0) * this.#options.sampleRate) / 1000)
      if (at >= this.#length + rest.length) break
      const taken = Math.max(0, at - this.#length)
      this.#length += taken
      pieces.push(...this.#piece(rest.subarray(0, taken), true))
      rest = rest.subarray(taken)
      this.#begin(next.span)
    }
    this.#length += rest.length
    pieces.push(...this.#piece(rest, false))
    return pieces
  }

  cut(span: number): readonly SpokenPiece[] {
    if (span === this.#span) return []
    const last = this.#piece(nothing, true)
    this.#begin(span)
    return last
  }

  end(): readonly SpokenPiece[] {
    this.#written.endWord()
    return this.#piece(nothing, true)
  }

  #begin(span: number): void {
    this.#span = span
    this.#from = this.#length
    this.#lastEndMs = 0
  }

  #piece(samples: Int16Array, isOver: boolean): SpokenPiece[] {
    if (this.#span === undefined) return []
    const ready = this.#due(isOver)
    if (samples.length === 0 && ready.length === 0) return []
    return [{ span: this.#span, samples, ...(ready.length > 0 && { words: ready }) }]
  }

  /** Words of the span under way; all that are left of it when it is over. */
  #due(isOver: boolean): readonly Word[] {
    const { words } = this.#written
    const first = words.findIndex((word) => word.span === this.#span)
    const until = words.findLastIndex((word) => word.span === this.#span) + 1
    // A span before it may have had no sound.
    this.#given = Math.max(this.#given, first)
    if (isOver) this.#settle(first, until)
    const ready: Word[] = []
    for (; this.#given < until; this.#given++) {
      const word = words[this.#given]
      const isReady = isOver || this.#written.isSettled(this.#given)
      if (word?.startMs === undefined || !isReady) break
      if (!isOver && word.endMs > this.lengthMs) break
      const next = placed(word, this.#lastEndMs, this.#msOf(this.#from), this.lengthMs)
      this.#lastEndMs = next.endMs
      ready.push(next)
    }
    return ready
  }

  /** Words at the end of a span of which nothing is known share what sound is left, if any word is known. */
  #settle(first: number, until: number): void {
    const { words } = this.#written
    const last = words.slice(0, until).findLastIndex((word) => word.startMs !== undefined)
    if (first < 0 || last < first) return
    this.#written.spread(last + 1, until, words[last]?.endMs ?? 0, this.lengthMs)
    this.#written.due = Math.max(this.#written.due, until)
  }

  /** The word with which the next span begins, where that is known. */
  #nextStart(): WrittenWord | undefined {
    if (this.#options.cuts === 'marks') return undefined
    const { words } = this.#written
    const after = words.findLastIndex((word) => word.span === this.#span) + 1
    return words.slice(after).find((word) => word.startMs !== undefined)
  }

  #msOf(samples: number): number {
    return (samples * 1000) / this.#options.sampleRate
  }
}

/** A word in the time of its span: not before the word before it, not beyond the sound. */
function placed(word: WrittenWord, leastMs: number, fromMs: number, untilMs: number): Word {
  const within = (ms: number, min: number): number =>
    Math.min(untilMs - fromMs, Math.max(min, Math.round(ms - fromMs)))
  const startMs = within(word.startMs ?? 0, leastMs)
  return { text: word.text, startMs, endMs: within(word.endMs, startMs) }
}
