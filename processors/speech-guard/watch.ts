import {
  correction,
  derive,
  end,
  type CorrectionFrame,
  type EndFrame,
  type TextFrame,
} from 'voxgraph/plugin'
import { Sieve, type Passed } from './sieve.ts'
import type { BlockRule, Rules } from './rules.ts'

/** What a watch gives: text, what the record has to know of it, and the end of the call. */
export type Guarded = TextFrame | CorrectionFrame | EndFrame

/** Who is told by which rule something was replaced or withheld. */
export interface WatchReport {
  masked(rule: string): void
  blocked(rule: string): void
}

/** How a watch is set up. */
export interface WatchOptions {
  readonly rules: Rules
  /** Said when the rest cannot be. */
  readonly say: string
  readonly report: WatchReport
}

/**
 * Guards the text of one response: gives what may be said of it, and tells the record what is said in the
 * place of what was written. After a sentence that is blocked it gives nothing more.
 */
export class Watch {
  readonly #options: WatchOptions
  readonly #sieve: Sieve
  /** The last frame of the sentence under way. */
  #frame: TextFrame | undefined
  /** What was said of the span. */
  #said = ''
  #isCorrected = false
  /** No text of the span has come yet. */
  #isFresh = true
  #hasSpoken = false
  #isShut = false
  /** Where it was when it gave something last: what it had in hand when it failed was not said. */
  #given: { readonly frame: TextFrame; readonly said: string } | undefined

  constructor(options: WatchOptions) {
    this.#options = options
    this.#sieve = new Sieve(options.rules)
  }

  /** Takes the next piece. */
  text(frame: TextFrame): Guarded[] {
    return this.#isShut ? [] : this.#done(this.#take(frame))
  }

  /** The sentence under way is over; at the end of the response, the last one is. */
  over(): Guarded[] {
    return this.#isShut ? [] : this.#done(this.#close())
  }

  /** It has failed, and nobody knows what may be said: nothing more of the response is, but `say`. */
  shut(frame: TextFrame | undefined, say = this.#options.say): Guarded[] {
    const last = this.#given ?? (frame && { frame, said: '' })
    if (this.#isShut || last === undefined) return []
    this.#said = last.said
    return this.#instead(last.frame, say)
  }

  #done(given: Guarded[]): Guarded[] {
    if (this.#frame !== undefined) this.#given = { frame: this.#frame, said: this.#said }
    return given
  }

  #take(frame: TextFrame): Guarded[] {
    const last = this.#frame
    const isSpan = last?.span === frame.span
    const before = isSpan && last.speak === frame.speak ? [] : this.#close()
    if (this.#isShut) return before
    if (!isSpan) this.#begin()
    this.#frame = frame
    const opens = this.#isFresh && this.#hasSpoken && frame.speak && /^\S/.test(frame.text)
    // A span that begins without a text says that the one before is complete.
    if (!isSpan && frame.text === '') return [...before, frame]
    if (frame.text !== '') this.#isFresh = false
    // A voice knows the end of a span by the beginning of the next, and must not wait for all of that.
    return [...before, ...this.#give(frame, this.#sieve.push((opens ? ' ' : '') + frame.text))]
  }

  #close(): Guarded[] {
    return this.#frame === undefined ? [] : this.#give(this.#frame, this.#sieve.end())
  }

  #begin(): void {
    this.#said = ''
    this.#isCorrected = false
    this.#isFresh = true
  }

  #give(frame: TextFrame, { text, masked, blocked }: Passed): Guarded[] {
    this.#said += text
    this.#isCorrected ||= masked.length > 0
    for (const rule of masked) this.#options.report.masked(rule)
    const given = text === '' ? [] : [derive(frame, { text })]
    if (blocked !== undefined) return this.#block(frame, given, blocked)
    if (given.length + masked.length === 0) return []
    this.#hasSpoken ||= frame.speak
    return this.#isCorrected ? [...correct(frame, this.#said), ...given] : given
  }

  #block(frame: TextFrame, given: readonly TextFrame[], rule: BlockRule): Guarded[] {
    this.#options.report.blocked(rule.name)
    const ends = rule.end ? [end({ reason: 'the speech guard ended the call' })] : []
    return [...given, ...this.#instead(frame, rule.say), ...ends]
  }

  #instead(frame: TextFrame, say: string): Guarded[] {
    this.#isShut = true
    const said = this.#said.trimEnd()
    const words = say !== '' && said.trim() !== '' ? ` — ${say}` : say
    const news = correct(frame, said + words, true)
    return words === '' ? news : [...news, derive(frame, { text: words, speak: true })]
  }
}

/** Text of no response is on nobody's record. */
function correct({ response: of, span }: TextFrame, text: string, last = false): CorrectionFrame[] {
  return of === 0 ? [] : [correction({ of, span, text, last })]
}
