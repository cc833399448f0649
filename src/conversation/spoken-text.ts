import type { Out } from '../define/index.ts'
import { text } from '../frames/index.ts'
import type { LineSound } from './line-sound.ts'
import type { ConversationRecord } from './record.ts'
import type { VoicePiece } from './voice-text.ts'

/** What is said in one answer: puts pieces on record, and makes frames of what is to be said or shown. */
export class SpokenText {
  /** Pieces that go to the voice so far. */
  count = 0
  readonly #record: ConversationRecord
  readonly #sound: LineSound
  #span = 0
  /** White space came before what comes next. */
  #hasGap = false
  /** A voice may still wait for more of the last span. */
  #isOpen = false

  constructor(record: ConversationRecord, sound: LineSound) {
    this.#record = record
    this.#sound = sound
  }

  *frames(pieces: readonly VoicePiece[]): Generator<Out> {
    for (const piece of pieces) {
      this.#record.text(piece)
      const { span, speak, spoken } = piece
      // Within a span the gap stands in what is spoken.
      const isApart = this.#hasGap || /^\s/.test(piece.text)
      const gap = isApart && span !== this.#span && this.#span !== 0 ? ' ' : ''
      this.#hasGap = /\s$/.test(piece.text)
      if (!speak && !shown.test(piece.text)) continue
      if (speak) {
        this.#sound.gives(span)
        this.count++
        this.#isOpen = true
        yield text({ span, text: gap + spoken })
      } else yield text({ span, text: piece.text, speak })
      this.#span = span
    }
  }

  /**
   * Nothing more comes for a while: the next span begins without a text, by which a voice knows that the last
   * one is complete.
   */
  *pause(next: () => number): Generator<Out> {
    if (!this.#isOpen) return
    this.#isOpen = false
    yield text({ span: next(), text: '' })
  }
}

/** Marks and white space alone are nothing to show. */
const shown = /[\p{L}\p{N}]/u
