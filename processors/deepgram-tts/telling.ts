import { createInbox, type Inbox, type UtteranceText } from 'voxgraph/plugin'
import type { Connection } from './connection.ts'
import type { Stretch } from './stretch.ts'

/** A connection that some of the utterance was told to. */
interface Told {
  readonly connection: Connection
  readonly stretch: Stretch
}

/** Only letters and digits make a sound; Deepgram is not asked for signs alone. */
const audible = /[\p{L}\p{N}]/u

/**
 * Tells Deepgram one utterance, as its text comes. All of it goes to one connection, unless that one takes no
 * more flushes. `stretches` has what the connections say, in order; it fails when none can be opened.
 */
export class Telling {
  readonly stretches: Inbox<Stretch> = createInbox()
  readonly #connected: () => Promise<Connection>
  readonly #told: Told[] = []
  #isOver = false
  /** Text of the span that waits for what follows it: white space, and signs at its beginning. */
  #held: UtteranceText = { span: 0, text: '' }
  #isSpanOpen = false

  /** `connected` gives a connection that takes a whole span. */
  constructor(connected: () => Promise<Connection>) {
    this.#connected = connected
  }

  /** Reads the text to its end. Never rejects. */
  async tell(text: AsyncIterable<UtteranceText>): Promise<void> {
    try {
      for await (const piece of text) {
        if (this.#isOver) return
        await this.#take(piece)
      }
      this.#endSpan()
      this.#told.at(-1)?.stretch.end()
      this.stretches.end()
    } catch (thrown) {
      this.stretches.fail(thrown as Error)
    }
  }

  /** Nobody wants any more of it. */
  end(): void {
    this.#isOver = true
    this.stretches.drop()
    for (const { connection, stretch } of this.#told) connection.end(stretch)
  }

  async #take({ span, text }: UtteranceText): Promise<void> {
    if (span !== this.#held.span) {
      this.#endSpan()
      this.#held = { span, text: '' }
    }
    const all = this.#held.text + text
    const mayGo = this.#isSpanOpen ? all.trim() !== '' : audible.test(all)
    this.#held = { span, text: mayGo ? '' : all }
    if (!mayGo) return
    if (!this.#isSpanOpen) await this.#beginSpan(span)
    if (!this.#isOver) this.#told.at(-1)?.connection.text(all)
  }

  async #beginSpan(span: number): Promise<void> {
    const connection = await this.#connected()
    if (this.#isOver) return
    const last = this.#told.at(-1)
    if (last?.connection === connection && !last.stretch.isOver) last.stretch.begin(span)
    else {
      last?.stretch.end()
      const stretch = connection.begin()
      stretch.begin(span)
      this.#told.push({ connection, stretch })
      this.stretches.push(stretch)
    }
    this.#isSpanOpen = true
  }

  #endSpan(): void {
    if (this.#isSpanOpen && !this.#isOver) this.#told.at(-1)?.connection.flush()
    this.#isSpanOpen = false
  }
}
