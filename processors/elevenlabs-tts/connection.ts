import {
  createInbox,
  openVendorSocket,
  ProviderError,
  type Cancel,
  type Clock,
  type Inbox,
  type Log,
  type SpeechFormat,
  type VendorSocket,
} from 'voxgraph/plugin'
import { failureOf } from './failure.ts'
import { outputFormat, provider, type ElevenLabsOptions } from './options.ts'
import { readMessage, type ElevenLabsMessage } from './read-message.ts'
import { createTwice } from './twice.ts'

/** What a connection is made of. */
export interface ConnectionInit {
  readonly options: ElevenLabsOptions
  readonly format: SpeechFormat
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the call is over. */
  readonly signal: AbortSignal
}

/** What is sent for a context, in the spelling of the wire. */
export interface Sent {
  readonly text?: string
  readonly voice_settings?: object
  readonly flush?: true
  readonly close_context?: true
}

/** Contexts that a socket may have at a time: the next one closes it. */
const mostContexts = 5
/** How long a new context waits for an old one to be gone, in ms. */
const roomMs = 500
/** A context is gone when nothing was said to it for 20 s; from so many ms on it is told that it is not forgotten. */
const keepAliveMs = 10_000
/** What the socket is asked for, in seconds: the most there is. Between answers nobody keeps it alive. */
const inactivityS = 180
/** How long an answer may be missing before a connection that is given up counts as dead, in ms. */
const suspectMs = 1000
/** How long a connection may be silent before it is asked whether it is alive, in ms. */
const idleMs = 15_000
/** Longest message that is read, in bytes: a minute of the widest sound as base64. */
const longestMessage = 8_000_000

/** A context as the connection knows it. */
interface Context {
  /** Undefined when nobody wants it any more, and the vendor has not let go of it. */
  inbox: Inbox<ElevenLabsMessage> | undefined
  /** When something was last said to it, on the clock. */
  sentAt: number
}

/**
 * A multi-context socket of ElevenLabs. A context takes one of five places until the vendor says that it is
 * final. A connection that is closed stays closed.
 */
export class Connection {
  readonly #init: ConnectionInit
  readonly #contexts = new Map<string, Context>()
  #line: VendorSocket | undefined
  #freed = Promise.withResolvers<void>()
  #cancelKeepAlive: Cancel = () => undefined
  readonly #isTwice = createTwice()

  private constructor(init: ConnectionInit) {
    this.#init = init
  }

  /**
   * Opens one.
   * @throws ProviderError
   */
  static async open(init: ConnectionInit): Promise<Connection> {
    const { clock, options, signal } = init
    const { api_key: secret } = options
    if (secret === undefined) {
      throw new ProviderError('auth', { provider, reason: 'no key is given' })
    }
    const made = new Connection(init)
    made.#line = await openVendorSocket({
      ...{ provider, clock, signal, secret, idleMs, longestMessage },
      url: urlOf(init).href,
      headers: { 'xi-api-key': secret },
      failureOf: (code, reason) =>
        reason === '' || code === 1000 ? undefined : failureOf(reason, code, secret),
      message: (data) => made.#take(String(data)),
      failed(error) {
        made.#cancelKeepAlive()
        made.#fail(error)
      },
    })
    made.#cancelKeepAlive = clock.after(keepAliveMs, () => made.#keepAlive())
    return made
  }

  get isOpen(): boolean {
    return this.#line?.isOpen ?? false
  }

  /** True when somebody still waits for a context. */
  get isInUse(): boolean {
    return [...this.#contexts.values()].some(({ inbox }) => inbox !== undefined)
  }

  /** Resolves when there is room for a context; false when there is none for long. */
  async hasRoom(): Promise<boolean> {
    const { clock } = this.#init
    const until = clock.now() + roomMs
    while (this.isOpen && this.#contexts.size >= mostContexts && clock.now() < until) {
      const over = new AbortController()
      const waiting = clock.sleep(until - clock.now(), over.signal).catch(() => undefined)
      await Promise.race([this.#freed.promise, waiting])
      over.abort()
    }
    return this.isOpen && this.#contexts.size < mostContexts
  }

  /** Opens a context: its settings come first or never. @returns what comes for it, until it is final */
  context(id: string): Inbox<ElevenLabsMessage> {
    const inbox = createInbox<ElevenLabsMessage>()
    if (!this.isOpen) inbox.fail(closed())
    else this.#contexts.set(id, { inbox, sentAt: 0 })
    const { voice_settings: settings } = this.#init.options
    this.send(id, { text: ' ', ...(settings !== undefined && { voice_settings: settings }) })
    return inbox
  }

  /** Sends in the same tick; nothing once the socket is closed, and the inboxes know. */
  send(id: string, message: Sent): void {
    const context = this.#contexts.get(id)
    if (context === undefined || !this.isOpen) return
    context.sentAt = this.#init.clock.now()
    this.#line?.send(JSON.stringify({ ...message, context_id: id }))
  }

  /** Nobody wants a context any more. What is under way of it is dropped from now on. */
  cancel(id: string): void {
    const context = this.#contexts.get(id)
    if (context?.inbox === undefined) return
    context.inbox.drop()
    context.inbox = undefined
    const lastAt = Math.max(context.sentAt, this.#line?.heardAt ?? 0)
    this.send(id, { close_context: true })
    const quietMs = this.#init.clock.now() - lastAt
    // It was asked for sound and nothing has come for long: the next utterance had better not trust it.
    if (quietMs > suspectMs) this.#line?.fail(closed())
    else this.#line?.ask()
  }

  close(): void {
    void this.#line?.close()
    this.#cancelKeepAlive()
    this.#fail(closed())
  }

  #take(data: string): void {
    const message = readMessage(data, this.#init.options.api_key ?? '')
    if (this.#isTwice(data, message)) return
    const { context: id, error } = message
    if (error !== undefined && id === undefined) this.#fail(error)
    else if (id !== undefined) this.#hand(id, message)
  }

  #hand(id: string, message: ElevenLabsMessage): void {
    const context = this.#contexts.get(id)
    if (message.isFinal || message.error !== undefined) this.#free(id)
    if (context?.inbox === undefined) return
    if (message.error !== undefined) return context.inbox.fail(message.error)
    context.inbox.push(message)
    if (message.isFinal) context.inbox.end()
  }

  #free(id: string): void {
    this.#contexts.delete(id)
    this.#freed.resolve()
    this.#freed = Promise.withResolvers()
  }

  #fail(error: ProviderError): void {
    const waiting = [...this.#contexts.values()]
    this.#contexts.clear()
    this.#freed.resolve()
    for (const { inbox } of waiting) inbox?.fail(error)
  }

  /** Only for contexts that have been begun: for another it would be its beginning, without settings. */
  #keepAlive(): void {
    if (!this.isOpen) return
    const now = this.#init.clock.now()
    for (const [id, { inbox, sentAt }] of this.#contexts) {
      if (inbox !== undefined && now - sentAt >= keepAliveMs) this.send(id, { text: '' })
    }
    this.#cancelKeepAlive = this.#init.clock.after(keepAliveMs / 2, () => this.#keepAlive())
  }
}

function urlOf({ options, format }: ConnectionInit): URL {
  const { endpoint, voice, model, language } = options
  const path = `/v1/text-to-speech/${encodeURIComponent(voice)}/multi-stream-input`
  const url = new URL(endpoint.replace(/^http/, 'ws').replace(/\/$/, '') + path)
  const query = {
    model_id: model,
    output_format: outputFormat(format),
    inactivity_timeout: String(inactivityS),
    // Without it some sound comes before the times of its characters.
    sync_alignment: 'true',
    ...(language !== undefined && { language_code: language }),
  }
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url
}

const closed = (): ProviderError =>
  new ProviderError('connectivity', { provider, reason: 'the connection was closed' })
