import type { Atom } from './speakable-mark.ts'
import { createSpeakable } from './speakable.ts'
import { createSpanCutter, type SpanCutter } from './spans.ts'

/** A piece of what the bot says: as it was written, and as a voice is to say it. */
export interface VoicePiece {
  /** Sentence-like span it belongs to. */
  readonly span: number
  /** As written. The texts of all pieces add up to what was written. */
  readonly text: string
  /** Without Markdown and emoji; a span neither begins nor ends with white space. */
  readonly spoken: string
  /** False when there is nothing to say, as for code in a fence: shown and kept. */
  readonly speak: boolean
}

/** What `createVoiceText` takes. */
export interface VoiceTextOptions {
  /** Gives the id of a new span. */
  readonly next: () => number
  readonly segmenter: Intl.Segmenter
  /** True: the first span may end at a comma, once eight words are there. */
  readonly early?: boolean
}

/** Makes pieces of one response out of its text; see `createVoiceText`. */
export interface VoiceText {
  push(text: string): VoicePiece[]
  /** The response is over: gives what was held back. */
  flush(): VoicePiece[]
}

/** Marks that wait for the word they belong to, in characters; more go to the words before. */
const mostWaiting = 200

/** Parts that are joined when the piece goes out: adding them up one by one would keep each of them. */
interface Piece {
  readonly span: number
  readonly text: string[]
  readonly spoken: string[]
  readonly code: boolean
}

/**
 * Makes of a stream of Markdown what is kept, what is spoken, and the spans both belong to. Holds back
 * marks that are not complete and marks in front of the next word, 200 characters of each at most; words
 * go out as they come. In which chunks the text arrives makes no difference to a span.
 */
export function createVoiceText(options: VoiceTextOptions): VoiceText {
  const speakable = createSpeakable()
  const assembler = new Assembler(options)
  return {
    push(text) {
      for (const atom of speakable.push(text)) assembler.take(atom)
      return assembler.done()
    },
    flush() {
      for (const atom of speakable.flush()) assembler.take(atom)
      assembler.letGo()
      return assembler.done()
    },
  }
}

/** Gives each part of a text to its span. */
class Assembler {
  readonly #next: () => number
  readonly #cutter: SpanCutter
  #pieces: Piece[] = []
  #span = 0
  /** Marks and the white space after them, between two words: the next word says whose they are. */
  #waiting = ''
  /** White space is spoken in front of the word that comes after it in its span. */
  #hasGap = false
  #hasWords = false

  constructor({ next, ...options }: VoiceTextOptions) {
    this.#next = next
    this.#cutter = createSpanCutter(options)
  }

  take({ text, spoken, code, closes }: Atom): void {
    if (code || closes) {
      this.letGo()
      this.#put(text, '', code)
    } else if (spoken === '') this.#silent(text)
    else if (text !== spoken) this.#speakInstead(text, spoken)
    else for (let at = 0; at < text.length; at++) this.#speak(text.charAt(at), text.charAt(at))
  }

  /** What still waits belongs to the span at hand. */
  letGo(): void {
    this.#put(this.#waiting, '')
    this.#waiting = ''
  }

  done(): VoicePiece[] {
    const made = this.#pieces.map(({ span, ...parts }) => {
      const spoken = parts.spoken.join('')
      return { span, text: parts.text.join(''), spoken, speak: spoken !== '' }
    })
    this.#pieces = []
    return made
  }

  #put(text: string, spoken: string, code = false): void {
    if (text === '' && spoken === '') return
    this.#span ||= this.#next()
    const last = this.#pieces.at(-1)
    if (last?.span === this.#span && last.code === code) {
      last.text.push(text)
      last.spoken.push(spoken)
    } else this.#pieces.push({ span: this.#span, text: [text], spoken: [spoken], code })
  }

  #silent(text: string): void {
    if (this.#waiting.length + text.length > mostWaiting) this.letGo()
    if (this.#waiting !== '' || this.#cutter.isAtGap) this.#waiting += text
    else this.#put(text, '')
  }

  #speak(text: string, spoken: string): void {
    const begins = this.#cutter.take(spoken)
    if (/\s/.test(spoken)) {
      this.#hasGap = true
      if (this.#waiting === '' && this.#span !== 0) this.#put(text, '')
      else this.#silent(text)
      return
    }
    if (begins) {
      this.#span = 0
      this.#hasWords = false
    }
    this.letGo()
    const isCellEnd = text === '|' && spoken === ','
    this.#put(text, this.#hasGap && this.#hasWords && !isCellEnd ? ` ${spoken}` : spoken)
    this.#hasGap = false
    this.#hasWords = true
  }

  /** The first character that is spoken stands for all of a mark. */
  #speakInstead(text: string, spoken: string): void {
    this.#speak(text, spoken.charAt(0))
    for (const unit of spoken.slice(1).split('')) {
      this.#cutter.take(unit)
      this.#put('', unit)
    }
  }
}
