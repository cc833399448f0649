import type { WebSocket } from 'ws'
import type { TTSWS } from '@cartesia/cartesia-js/resources/tts/ws'
import {
  createInbox,
  ProviderError,
  useVendorSocket,
  type Clock,
  type Inbox,
  type Log,
  type VendorSocket,
} from 'voxgraph/plugin'
import { createClient, socketOptions, type CartesiaSdk } from './load-sdk.ts'
import { provider, type CartesiaOptions } from './options.ts'
import { readMessage, type CartesiaEvent } from './read-message.ts'

/** What a connection is made of. */
export interface ConnectionInit {
  readonly sdk: CartesiaSdk
  readonly options: CartesiaOptions
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the call is over. */
  readonly signal: AbortSignal
}

/** What the SDK takes to be sent. */
type Sent = Parameters<TTSWS['send']>[0]

/** How long an answer may be missing before a connection that is given up counts as dead, in ms. */
const suspectMs = 1000
/** How long a connection may be silent before it is asked whether it is alive, in ms. */
const idleMs = 15_000

/**
 * A socket to Cartesia through the SDK. Each context has an inbox, which ends with it; what comes for a
 * context that nobody has is dropped. A connection that is closed stays closed: the SDK's own reopening
 * forgets contexts without a word, so it is never asked to send on a closed one.
 */
export class Connection {
  readonly #init: ConnectionInit
  readonly #inboxes = new Map<string, Inbox<CartesiaEvent>>()
  readonly #ws: TTSWS
  #line: VendorSocket | undefined
  #last = ''
  /** When something was last said, on the clock. */
  #sentAt = 0

  private constructor(init: ConnectionInit) {
    this.#init = init
    const { sdk, options } = init
    this.#ws = new sdk.TTSWS(createClient(sdk, options), socketOptions(options))
    // Without it the SDK makes an unhandled rejection of every error.
    this.#ws.on('error', () => undefined)
    // The same for its promise of being open, which is ours to make.
    this.#ws.connect().catch(() => undefined)
  }

  /**
   * Opens one.
   * @throws ProviderError
   */
  static async open(init: ConnectionInit): Promise<Connection> {
    const made = new Connection(init)
    const { clock, options, signal } = init
    const socket = made.#ws.socket as unknown as WebSocket
    // The SDK reads what comes without a look: a chunk without data would throw past everybody.
    socket.removeAllListeners('message')
    made.#line = await useVendorSocket(socket, {
      ...{ provider, clock, signal, idleMs, secret: options.api_key ?? '' },
      message: (data) => made.#take(String(data)),
      failed: (error) => made.#fail(error),
    })
    return made
  }

  get isOpen(): boolean {
    return this.#line?.isOpen ?? false
  }

  /** Opens a context: what comes for it, until it is done, fails or is cancelled. */
  context(id: string): Inbox<CartesiaEvent> {
    const inbox = createInbox<CartesiaEvent>()
    if (this.isOpen) this.#inboxes.set(id, inbox)
    else inbox.fail(closed())
    return inbox
  }

  /** Sends in the same tick: nothing is said on a connection that is closed, and its inboxes know. */
  send(message: Sent): void {
    if (!this.isOpen) return
    this.#sentAt = this.#init.clock.now()
    void this.#ws.send(message)
  }

  /** Nobody wants a context any more. What is under way of it is dropped from now on. */
  cancel(id: string): void {
    const inbox = this.#inboxes.get(id)
    if (inbox === undefined) return
    this.#inboxes.delete(id)
    inbox.drop()
    const quietMs = this.#init.clock.now() - Math.max(this.#sentAt, this.#line?.heardAt ?? 0)
    this.send({ context_id: id, cancel: true })
    // It was asked for sound and nothing has come for long: the next utterance had better not trust it.
    if (quietMs > suspectMs) this.#line?.fail(closed())
    else this.#line?.ask()
  }

  close(): void {
    void this.#line?.close()
    this.#fail(closed())
  }

  #take(data: string): void {
    // No two messages are the same, not even of silence: they say how long they took.
    if (data === this.#last) return
    this.#last = data
    const message = readMessage(data, this.#init.options.api_key ?? '')
    if (message === undefined) return
    const { context, event } = message
    if (event.type === 'error') this.#refuse(context, event.error)
    else if (context !== undefined) this.#hand(context, event)
  }

  #hand(context: string, event: CartesiaEvent): void {
    const inbox = this.#inboxes.get(context)
    inbox?.push(event)
    if (event.type !== 'done') return
    this.#inboxes.delete(context)
    inbox?.end()
  }

  #refuse(context: string | undefined, error: ProviderError): void {
    if (context === undefined) return this.#fail(error)
    const inbox = this.#inboxes.get(context)
    this.#inboxes.delete(context)
    if (inbox === undefined) this.#init.log.debug(error.message, { context })
    else inbox.fail(error)
  }

  #fail(error: ProviderError): void {
    const waiting = [...this.#inboxes.values()]
    this.#inboxes.clear()
    for (const inbox of waiting) inbox.fail(error)
  }
}

const closed = (): ProviderError =>
  new ProviderError('connectivity', { provider, reason: 'the connection was closed' })
