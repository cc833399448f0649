import type { SpokenPiece, UtteranceText } from '../define/index.ts'
import type { Word } from '../frames/index.ts'

interface Line {
  readonly span: number
  text: string
  /** Sound that has gone out, in ms. */
  soundMs: number
  /** Words whose sound has gone out to its end. */
  said: number
  /** Sound of it that another provider had made, in ms: times of the next one count from there. */
  beforeMs: number
  isDone: boolean
}

/**
 * What is to be said in an utterance, and how far it has been said: tells where the next provider has to go
 * on. A word whose sound has not gone out to its end is said again; where a voice gives no times, its
 * sentence is.
 */
export class Script {
  readonly #lines: Line[] = []
  /** Words of the span that sounds now, which have not sounded to their end. */
  #open: Word[] = []
  #sounding: Line | undefined

  /** Something more is to be said. */
  push({ span, text }: UtteranceText): void {
    const last = this.#lines.at(-1)
    if (last?.span === span) last.text += text
    else this.#lines.push({ span, text, soundMs: 0, said: 0, beforeMs: 0, isDone: false })
  }

  /** All of it, as far as it is known. */
  get wanted(): string {
    return this.#lines.map(({ text }) => text).join(' ')
  }

  /** True when there is a span of which the provider that speaks now owes all, and has given nothing. */
  isLacking(): boolean {
    return this.#lines.some(
      (line) => !line.isDone && line.soundMs === line.beforeMs && isSpeakable(textLeft(line)),
    )
  }

  /**
   * What has not been said, in order. The last span is there even if it makes no sound: it may go on, and it
   * says that the one before is complete.
   */
  rest(): UtteranceText[] {
    const last = this.#lines.at(-1)
    return this.#lines.flatMap((line) => {
      const text = textLeft(line)
      const isLeft = !line.isDone && (isSpeakable(text) || (line === last && line.said === 0))
      return isLeft ? [{ span: line.span, text }] : []
    })
  }

  /** True while a voice has text of which it has not given all the sound, as far as anybody can know. */
  isOwed(): boolean {
    const last = this.#lines.findLast(({ text }) => isSpeakable(text))
    if (last === undefined || last.isDone) return false
    if (last.soundMs === 0) return true
    // A voice without word times may have said it all.
    const words = wordsOf(last.text).length
    const known = last.said + this.#open.length
    return known > 0 && (known < words || this.#open.length > 0)
  }

  /**
   * A piece of sound goes out, so and so long. @returns what is to go out: the same sound with the words that
   * have sounded to their end with it, times from the beginning of the span
   */
  take(piece: SpokenPiece, lengthMs: number): readonly SpokenPiece[] {
    const { span, samples } = piece
    const line = this.#lines.find((one) => one.span === span)
    if (line === undefined) return [{ span, samples }]
    const before = this.#sounding === line ? [] : this.finish()
    this.#sounding = line
    line.isDone = false
    line.soundMs += lengthMs
    for (const word of piece.words ?? []) {
      const { startMs, endMs } = word
      this.#open.push({ ...word, startMs: startMs + line.beforeMs, endMs: endMs + line.beforeMs })
    }
    const first = this.#open.findIndex(({ endMs }) => endMs > line.soundMs + toleranceMs)
    const words = this.#open.splice(0, first === -1 ? this.#open.length : first)
    line.said += words.length
    return [...before, words.length === 0 ? { span, samples } : { span, samples, words }]
  }

  /**
   * Sound of our own, so and so long, that goes out now. @returns it as a part of the span that sounds, where one
   * does: a span is heard in one piece, and its words lie behind it then
   */
  aside({ samples }: SpokenPiece, lengthMs: number): SpokenPiece {
    const line = this.#sounding
    if (line === undefined) return { span: 0, samples }
    line.soundMs += lengthMs
    line.beforeMs += lengthMs
    this.#open = this.#open.map((word) => ({
      ...word,
      startMs: word.startMs + lengthMs,
      endMs: word.endMs + lengthMs,
    }))
    return { span: line.span, samples }
  }

  /** The span that sounds is said to its end. @returns its last words, with no sound, where there are any */
  finish(): readonly SpokenPiece[] {
    const line = this.#sounding
    if (line === undefined) return []
    this.#sounding = undefined
    line.isDone = true
    line.said += this.#open.length
    const words = this.#open.splice(0)
    return words.length === 0 ? [] : [{ span: line.span, samples: new Int16Array(0), words }]
  }

  /** Another provider goes on: what had begun and not ended is said again. */
  restart(): void {
    this.#open = []
    this.#sounding = undefined
    for (const line of this.#lines) line.beforeMs = line.soundMs
  }
}

/** By so much may a word end behind the sound that has it: times are rounded. */
const toleranceMs = 1

const wordsOf = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** The text behind its first words. */
const behind = (text: string, words: number): string => wordsOf(text).slice(words).join(' ')

const textLeft = ({ text, said }: Line): string => (said === 0 ? text : behind(text, said))

/** True for text that makes a sound. */
const isSpeakable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)
