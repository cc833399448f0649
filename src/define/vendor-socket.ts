import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ClientOptions, RawData, WebSocket } from 'ws'
import type { Cancel, Clock } from '../time/clock.ts'
import { ProviderError } from './provider-error.ts'
import { refusalError, withoutSecret } from './refusal.ts'

/** Longest that opening may take, in ms. */
const openWithinMs = 10_000
/** How long the other side has to answer a ping, in ms. */
const answerWithinMs = 4000
/** Longest message that is taken unless more is asked for, in bytes: sound comes in pieces of some ten kB. */
const usualMessage = 1 << 20
/** Most that may wait to be sent, in bytes: a minute of the widest sound, which may be pushed at once. */
const mostUnsent = 8 << 20
/** Longest part of a refusal that is read, in characters. */
const longestRefusal = 4096
/** How long the far end may take to agree that a socket is closed, in ms. */
const closeWithinMs = 1000

/** What `useVendorSocket` takes. */
export interface VendorSocketInit {
  /** Id of the processor, for errors. */
  readonly provider: string
  readonly clock: Clock
  /** Gives up opening when it is aborted. */
  readonly signal: AbortSignal
  /** What must never be in an error: the key. */
  readonly secret: string
  /** How long nothing has to come before the other side is pinged, in ms; 0 pings it always, every 4 s. */
  readonly idleMs?: number
  /** The vendor's own words in the answer to a refused opening; the status stands before them. */
  readonly reasonOf?: (body: string, headers: IncomingHttpHeaders) => string
  /** What a code of closing means; `connectivity` unless given. */
  readonly failureOf?: (code: number, reason: string) => ProviderError | undefined
  /** Takes what comes, in order. A `ProviderError` that it throws ends the socket. */
  message(data: string | Uint8Array): void
  /** It is over, and nobody here closed it. Called once at most, after the last message. */
  failed(error: ProviderError): void
}

/** What `openVendorSocket` takes. */
export interface OpenVendorSocketInit extends VendorSocketInit {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Longest message that is taken, in bytes; 1 MiB unless given. A longer one ends the socket. */
  readonly longestMessage?: number
}

/** A socket to a vendor. What is sent after its end is dropped. */
export interface VendorSocket {
  readonly isOpen: boolean
  /** When something last came, on the clock. */
  readonly heardAt: number
  send(data: string | Uint8Array): void
  /** Pings the other side now: it has 4 s to answer. */
  ask(): void
  /** Ends it with a failure of its user's own; `failed` is told, unless it was over. */
  fail(error: ProviderError): void
  /** Closes it, for good when the other side does not answer within 1 s; resolves when the connection is gone. */
  close(): Promise<void>
}

/**
 * Opens a WebSocket to a vendor, for those whose SDK has none or one that hides why it was refused, and
 * watches over it as `useVendorSocket` does.
 * @throws ProviderError
 */
export async function openVendorSocket(init: OpenVendorSocketInit): Promise<VendorSocket> {
  const { url, headers, longestMessage: maxPayload = usualMessage } = init
  const { WebSocket } = await import('ws')
  // `closeTimeout` (ms, counted by ws from the far end's closing too) is missing from its types.
  const options: ClientOptions & { readonly closeTimeout: number } = {
    ...{ headers, maxPayload, closeTimeout: closeWithinMs },
    // Sound gets no shorter.
    perMessageDeflate: false,
  }
  return useVendorSocket(new WebSocket(url, options), init)
}

/**
 * Watches over a socket of `ws` that has just been made; call it in the same tick. Resolves when it is open.
 * Knows the status of a refusal, bounds what waits to be sent, and pings: a connection that is only half
 * open fails 4 s after it was asked. It opens nothing again.
 * @throws ProviderError
 */
export function useVendorSocket(socket: WebSocket, init: VendorSocketInit): Promise<VendorSocket> {
  const line = new Line(init, socket)
  return line.opened.then(() => line)
}

class Line implements VendorSocket {
  readonly #init: VendorSocketInit
  readonly #socket: WebSocket
  readonly #opening = Promise.withResolvers<void>()
  readonly #abort = (): void => this.#giveUp(unwanted(this.#init.provider))
  #isOpened = false
  #isOver = false
  /** True when a ping was sent and nothing has come since. */
  #isAsking = false
  #heardAt = 0
  #cancel: Cancel

  constructor(init: VendorSocketInit, socket: WebSocket) {
    this.#init = init
    this.#socket = socket
    const within = `it was not open after ${openWithinMs / 1000} s`
    this.#cancel = init.clock.after(openWithinMs, () =>
      this.#giveUp(this.#error('timeout', within)),
    )
    socket.on('unexpected-response', (_, response: IncomingMessage) => void this.#refused(response))
    socket.on('open', () => this.#open())
    socket.on('error', (cause) => this.#giveUp(this.#errorOf(cause)))
    // Buffers, as long as nobody sets `binaryType`.
    socket.on('message', (data: RawData, isBinary) => this.#take(data as Buffer, isBinary))
    socket.on('pong', () => this.#heard())
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()))
    if (init.signal.aborted) this.#abort()
    else init.signal.addEventListener('abort', this.#abort, { once: true })
  }

  /** Resolves when it takes messages. */
  get opened(): Promise<void> {
    return this.#opening.promise
  }

  get isOpen(): boolean {
    return this.#isOpened && !this.#isOver && this.#socket.readyState === this.#socket.OPEN
  }

  get heardAt(): number {
    return this.#heardAt
  }

  send(data: string | Uint8Array): void {
    if (!this.isOpen) return
    this.#socket.send(data)
    if (this.#socket.bufferedAmount <= mostUnsent) return
    this.#giveUp(this.#error('connectivity', 'it does not take what is sent'))
  }

  ask(): void {
    if (this.#isAsking || this.#isOver || !this.#isOpened) return
    this.#isAsking = true
    this.#cancel()
    this.#socket.ping()
    this.#cancel = this.#init.clock.after(answerWithinMs, () => {
      if (!this.#isAsking) this.#watch()
      else this.#giveUp(this.#error('timeout', 'the connection is dead: a ping was not answered'))
    })
  }

  fail(error: ProviderError): void {
    this.#giveUp(error)
  }

  close(): Promise<void> {
    const socket = this.#socket
    this.#end()
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#init.clock.after(closeWithinMs, () => socket.terminate())
    socket.once('close', () => {
      cancel()
      resolve()
    })
    socket.close(1000)
    return promise
  }

  #open(): void {
    this.#isOpened = true
    this.#init.signal.removeEventListener('abort', this.#abort)
    this.#cancel()
    this.#heard()
    this.#watch()
    this.#opening.resolve()
  }

  /** What comes moves no timer: it would be one for every message. */
  #watch(): void {
    const { clock, idleMs = 0 } = this.#init
    const restMs = this.#heardAt + idleMs - clock.now()
    if (idleMs === 0 || restMs <= 0) this.ask()
    else this.#cancel = clock.after(restMs, () => this.#watch())
  }

  #heard(): void {
    this.#heardAt = this.#init.clock.now()
    this.#isAsking = false
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.#heard()
    if (this.#isOver) return
    try {
      this.#init.message(isBinary ? data : data.toString())
    } catch (thrown) {
      if (!(thrown instanceof ProviderError)) throw thrown
      this.#giveUp(thrown)
    }
  }

  #closed(code: number, reason: string): void {
    const why = this.#clean(reason)
    const words = `the connection was closed (${code}${why === '' ? '' : ` ${why}`})`
    this.#giveUp(this.#init.failureOf?.(code, why) ?? this.#error('connectivity', words))
  }

  #end(): void {
    this.#isOver = true
    this.#cancel()
    this.#init.signal.removeEventListener('abort', this.#abort)
  }

  #giveUp(error: ProviderError): void {
    if (this.#isOver) return
    this.#end()
    this.#socket.terminate()
    if (this.#isOpened) this.#init.failed(error)
    else this.#opening.reject(error)
  }

  async #refused(response: IncomingMessage): Promise<void> {
    const { provider, secret, reasonOf } = this.#init
    const { statusCode: status = 0, headers } = response
    const body = await textOf(response).catch(() => '')
    const [contentType, retryAfter] = [headers['content-type'], headers['retry-after']]
    const said = reasonOf?.(body, headers)
    this.#giveUp(refusalError({ provider, status, body, said, contentType, retryAfter, secret }))
  }

  #errorOf(cause: Error & { readonly code?: string }): ProviderError {
    const { code = '' } = cause
    // What is no WebSocket, no HTTP, or too long.
    const isNonsense = /^(WS_ERR|HPE)_/.test(code) || /^(Unexpected|Invalid)/.test(cause.message)
    return this.#error(isNonsense ? 'server' : 'connectivity', cause.message || code)
  }

  #error(category: ProviderError['category'], reason: string): ProviderError {
    const { provider } = this.#init
    return new ProviderError(category, { provider, reason: this.#clean(reason) })
  }

  #clean(text: string): string {
    return withoutSecret(text, this.#init.secret)
  }
}

const unwanted = (provider: string): ProviderError =>
  new ProviderError('connectivity', { provider, reason: 'it was given up before it was open' })

/** The beginning of an answer. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += part
    if (text.length >= longestRefusal) break
  }
  return text.slice(0, longestRefusal)
}
