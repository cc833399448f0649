import type { Cancel, Clock, SpanSound, UtteranceText } from 'voxgraph/plugin'
import type { Sent } from './connection.ts'

/** What `Telling` works with. */
export interface TellingInit {
  readonly clock: Clock
  /** Told what ElevenLabs is told. */
  readonly spans: SpanSound
  /** Opens the context: called once, when there is something to say. */
  readonly begin: () => Promise<((message: Sent) => void) | undefined>
}

/** How long no text may come before what is there is spoken, in ms: nobody waits for the rest of it then. */
const pauseMs = 800

/**
 * Tells ElevenLabs what to say in one utterance, as the text comes: whole words with a space behind each, a
 * flush behind each span. What has no letter is not sent where it stands alone.
 */
export class Telling {
  readonly #init: TellingInit
  #span = 0
  /** Text of the span that is not sent: the last word may go on; without a letter, all of it. */
  #held = ''
  #hasLetters = false
  #isFlushed = true
  #send: ((message: Sent) => void) | undefined
  #isOver = false
  #cancelPause: Cancel = () => undefined

  constructor(init: TellingInit) {
    this.#init = init
  }

  /** True when there was something to say. */
  get hasBegun(): boolean {
    return this.#send !== undefined
  }

  /** Reads the text to its end; resolves when all of it has been sent. */
  async tell(text: AsyncIterable<UtteranceText>): Promise<void> {
    for await (const { span, text: part } of text) {
      if (this.#isOver) return
      if (span !== this.#span) await this.#endSpan()
      this.#span = span
      this.#held += part
      await this.#sendWords()
    }
    await this.#endSpan()
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#isOver = true
    this.#cancelPause()
  }

  async #endSpan(): Promise<void> {
    await this.#sendAll()
    this.#flush()
    this.#held = ''
    this.#hasLetters = false
  }

  async #sendWords(): Promise<void> {
    const end = this.#held.search(/\S*$/)
    if (end === 0) return
    await this.#sendText(this.#held.slice(0, end), this.#held.slice(end))
  }

  async #sendAll(): Promise<void> {
    await this.#sendText(this.#held, '')
  }

  async #sendText(text: string, rest: string): Promise<void> {
    this.#hasLetters ||= /[\p{L}\p{N}]/u.test(text)
    if (!this.#hasLetters || text.trim() === '') return
    this.#cancelPause()
    this.#held = rest
    this.#send ??= await this.#init.begin()
    if (this.#isOver) return
    this.#init.spans.write({ span: this.#span, text })
    this.#send?.({ text: `${text.trim()} ` })
    this.#isFlushed = false
    this.#cancelPause = this.#init.clock.after(pauseMs, () => {
      void this.#sendAll().then(() => this.#flush())
    })
  }

  #flush(): void {
    this.#cancelPause()
    if (this.#isFlushed || this.#isOver) return
    this.#isFlushed = true
    this.#send?.({ flush: true })
  }
}
