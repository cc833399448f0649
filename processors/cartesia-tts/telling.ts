import {
  createInbox,
  type Cancel,
  type Clock,
  type Inbox,
  type SpanSound,
  type UtteranceText,
} from 'voxgraph/plugin'
import type { Connection } from './connection.ts'
import type { CartesiaOptions } from './options.ts'
import type { CartesiaEvent } from './read-message.ts'

/** A context and what comes for it. */
export interface Stretch {
  readonly events: Inbox<CartesiaEvent>
  /** Spans of its text, with a flush between each and the next. */
  readonly spans: readonly number[]
}

/** A context that text is sent to. */
interface Begun {
  readonly id: string
  readonly connection: Connection
  readonly spans: number[]
}

/** What `Telling` works with. */
export interface TellingInit {
  readonly options: CartesiaOptions
  readonly format: {
    readonly container: 'raw'
    readonly encoding: Encoding
    readonly sample_rate: Rate
  }
  readonly clock: Clock
  /** Told what Cartesia is told. */
  readonly spans: SpanSound
  /** The connection, open. */
  readonly connected: () => Promise<Connection>
}

/** Cartesia's names of what we take. */
export type Encoding = 'pcm_s16le' | 'pcm_mulaw'
/** Rates that Cartesia speaks at, in Hz. */
export type Rate = 8000 | 16_000 | 22_050 | 24_000 | 44_100 | 48_000

/**
 * How long no text may come before what is there is finished, in ms: a context that is idle for a second is
 * gone, and text that it would get then is refused. What comes later is said in a context of its own.
 */
const pauseMs = 800

/**
 * Tells Cartesia what to say in one utterance, as the text comes. All of it is one context, unless the text
 * pauses. `stretches` has the contexts in order; it fails when the connection cannot be opened.
 */
export class Telling {
  readonly stretches: Inbox<Stretch> = createInbox()
  readonly #init: TellingInit
  #isOver = false
  /** Text of the span under way that has no letter yet: Cartesia refuses a context of signs alone. */
  #held: UtteranceText = { span: 0, text: '' }
  #context: Begun | undefined
  readonly #begun: Begun[] = []
  #cancelPause: Cancel = () => undefined

  constructor(init: TellingInit) {
    this.#init = init
  }

  /** The connection that it spoke on last. */
  get connection(): Connection | undefined {
    return this.#begun.at(-1)?.connection
  }

  /** Reads the text to its end. Never rejects. */
  async tell(text: AsyncIterable<UtteranceText>): Promise<void> {
    try {
      for await (const piece of text) {
        if (this.#isOver) return
        await this.#take(piece)
      }
      this.#finish()
      this.stretches.end()
    } catch (error) {
      this.stretches.fail(error as Error)
    }
  }

  /** Nobody wants it any more: cancels what is being made, in this tick. */
  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelPause()
    for (const { id, connection } of this.#begun) connection.cancel(id)
    this.stretches.drop()
  }

  async #take({ span, text }: UtteranceText): Promise<void> {
    const held = this.#held.span === span ? this.#held.text : ''
    const all = held + text
    const isBegun = this.#context?.spans.at(-1) === span
    this.#held = { span, text: all }
    if (!isBegun && !/[\p{L}\p{N}]/u.test(all)) return
    this.#cancelPause()
    const context = this.#context ?? (await this.#begin(span))
    if (context === undefined) return
    this.#held = { span, text: '' }
    const isNext = context.spans.at(-1) !== span
    if (isNext) {
      this.#send('', { flush: true })
      context.spans.push(span)
    }
    this.#init.spans.write({ span, text: all })
    // Spans come without the space between them.
    this.#send(isNext ? ` ${all}` : all, {})
    this.#cancelPause = this.#init.clock.after(pauseMs, () => this.#finish())
  }

  async #begin(span: number): Promise<Begun | undefined> {
    const connection = await this.#init.connected()
    // It may be over by now.
    if (this.#isOver) return undefined
    const id = crypto.randomUUID()
    this.#context = { id, connection, spans: [span] }
    this.#begun.push(this.#context)
    this.stretches.push({ events: connection.context(id), spans: this.#context.spans })
    return this.#context
  }

  /** Nothing more is said in the context under way. */
  #finish(): void {
    this.#cancelPause()
    if (this.#context === undefined || this.#isOver) return
    this.#send('', { continue: false })
    this.#context = undefined
  }

  /** All but the text is the same in every message of a context: Cartesia wants it so. */
  #send(transcript: string, more: { readonly flush?: true; readonly continue?: false }): void {
    if (this.#context === undefined) return
    const { options, format } = this.#init
    const { speed, volume, emotion } = options
    const generation = { speed, volume, emotion }
    const isTuned = Object.values(generation).some((value) => value !== undefined)
    const { id, connection } = this.#context
    connection.send({
      model_id: options.model,
      voice: options.voice,
      output_format: format,
      add_timestamps: true,
      // The words as they were written, not as they are spelt out.
      use_normalized_timestamps: false,
      ...(options.language !== undefined && { language: options.language }),
      ...(options.buffer !== undefined && { max_buffer_delay_ms: options.buffer }),
      ...(options.pronunciation !== undefined && { pronunciation_dict_id: options.pronunciation }),
      ...(isTuned && { generation_config: generation }),
      context_id: id,
      transcript,
      continue: true,
      ...more,
    } as Parameters<Connection['send']>[0])
  }
}
