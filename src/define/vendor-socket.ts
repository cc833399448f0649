import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { ClientOptions, RawData, WebSocket } from 'ws'
import type { Cancel, Clock } from '../time/clock.ts'
import { categoryOfStatus, ProviderError, retryAfterMsOf } from './provider-error.ts'

/** Longest that opening may take, in ms. */
const openWithinMs = 10_000
/** How often the other side is asked whether it is there, in ms; it has as long to answer. */
const pingEveryMs = 4000
/** Longest message that is taken, in bytes: a vendor's sound comes in pieces of some ten kB. */
const longestMessage = 1 << 20
/** Most that may wait to be sent, in bytes: a minute of the widest sound, which may be pushed at once. */
const mostUnsent = 8 << 20
/** Longest part of a refusal that is read, in bytes. */
const longestRefusal = 4096
/** Ms that the closing handshake may take before the connection is cut. */
const closeTimeout = 1000

/** What `openVendorSocket` takes. */
export interface VendorSocketInit {
  /** Id of the processor, for errors. */
  readonly provider: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Gives up opening when it is aborted. */
  readonly signal: AbortSignal
  /** What must never be in an error: the key. */
  readonly secret: string
  /** The vendor's own words in the answer to a refused opening; the status stands before them. */
  readonly reasonOf?: (body: string, headers: IncomingHttpHeaders) => string
  /** What a code of closing means; `connectivity` unless given. */
  readonly failureOf?: (code: number, reason: string) => ProviderError | undefined
  /** Takes what comes, in order. */
  message(data: string | Uint8Array): void
  /** It is over, and nobody here closed it. Called once at most, after the last message. */
  failed(error: ProviderError): void
}

/** A socket to a vendor. What is sent after its end is dropped. */
export interface VendorSocket {
  readonly isOpen: boolean
  send(data: string | Uint8Array): void
  /** Ends it with a failure of its user's own; `failed` is told, unless it was over. */
  fail(error: ProviderError): void
  /** Closes it; resolves when the connection is gone. */
  close(): Promise<void>
}

/**
 * Opens a WebSocket to a vendor, for those whose SDK has none or one that hides why it was refused. Knows
 * the status of a refusal, bounds what comes and what waits to be sent, and asks every 4 s whether the other
 * side is still there: a connection that is only half open fails within 8 s. It opens nothing again.
 * @throws ProviderError
 */
export async function openVendorSocket(init: VendorSocketInit): Promise<VendorSocket> {
  const { WebSocket } = await import('ws')
  if (init.signal.aborted) throw unwanted(init.provider)
  // `closeTimeout` (ms, counted by ws) is missing from its types.
  const options: ClientOptions & { readonly closeTimeout: number } = {
    headers: init.headers,
    perMessageDeflate: false,
    maxPayload: longestMessage,
    closeTimeout,
  }
  const line = new Line(init, new WebSocket(init.url, options))
  await line.opened
  return line
}

class Line implements VendorSocket {
  readonly #init: VendorSocketInit
  readonly #socket: WebSocket
  readonly #opening = Promise.withResolvers<void>()
  readonly #abort = (): void => this.#giveUp(unwanted(this.#init.provider))
  #isOpened = false
  #isOver = false
  #wasHeard = true
  #cancel: Cancel

  constructor(init: VendorSocketInit, socket: WebSocket) {
    this.#init = init
    this.#socket = socket
    init.signal.addEventListener('abort', this.#abort, { once: true })
    const within = `it was not open after ${openWithinMs / 1000} s`
    this.#cancel = init.clock.after(openWithinMs, () =>
      this.#giveUp(this.#error('timeout', within)),
    )
    socket.on('unexpected-response', (_, response: IncomingMessage) => void this.#refused(response))
    socket.on('open', () => this.#open())
    socket.on('error', (cause) => this.#giveUp(this.#errorOf(cause)))
    socket.on('message', (data: RawData, isBinary) => {
      this.#wasHeard = true
      // ws gives buffers: `binaryType` is left as it is.
      const bytes = data as Buffer
      if (!this.#isOver) init.message(isBinary ? bytes : bytes.toString())
    })
    socket.on('pong', () => (this.#wasHeard = true))
    socket.on('close', (code, reason) => {
      const why = this.#clean(reason.toString())
      const words = `the connection was closed (${code}${why === '' ? '' : ` ${why}`})`
      this.#giveUp(init.failureOf?.(code, why) ?? this.#error('connectivity', words))
    })
  }

  /** Resolves when it takes messages. */
  get opened(): Promise<void> {
    return this.#opening.promise
  }

  get isOpen(): boolean {
    return this.#isOpened && !this.#isOver
  }

  send(data: string | Uint8Array): void {
    if (!this.isOpen) return
    this.#socket.send(data)
    if (this.#socket.bufferedAmount <= mostUnsent) return
    this.#giveUp(this.#error('connectivity', 'it does not take what is sent'))
  }

  fail(error: ProviderError): void {
    this.#giveUp(error)
  }

  close(): Promise<void> {
    this.#end()
    if (this.#socket.readyState === this.#socket.CLOSED) return Promise.resolve()
    const closed = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    this.#socket.close(1000)
    return closed
  }

  #open(): void {
    this.#isOpened = true
    this.#init.signal.removeEventListener('abort', this.#abort)
    this.#cancel()
    this.#watch()
    this.#opening.resolve()
  }

  #watch(): void {
    this.#wasHeard = false
    this.#socket.ping()
    this.#cancel = this.#init.clock.after(pingEveryMs, () => {
      if (this.#wasHeard) this.#watch()
      else this.#giveUp(this.#error('timeout', 'the connection is dead: a ping was not answered'))
    })
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
    const { statusCode = 0, headers } = response
    const body = await textOf(response).catch(() => '')
    if (isPage(headers['content-type'], body)) {
      const words = `${statusCode}, with a page: something else answers at the endpoint`
      return this.#giveUp(this.#error('server', words))
    }
    const words = `${statusCode} ${this.#clean(this.#init.reasonOf?.(body, headers) ?? '')}`
    const retryAfterMs = retryAfterMsOf(headers['retry-after'])
    this.#giveUp(this.#error(categoryOfStatus(statusCode), words, retryAfterMs))
  }

  #errorOf(cause: Error & { readonly code?: string }): ProviderError {
    const { code = '' } = cause
    // What is no WebSocket, no HTTP, or too long.
    const isNonsense = /^(WS_ERR|HPE)_/.test(code) || /^(Unexpected|Invalid)/.test(cause.message)
    return this.#error(isNonsense ? 'server' : 'connectivity', cause.message || code)
  }

  #error(
    category: ProviderError['category'],
    reason: string,
    retryAfterMs?: number,
  ): ProviderError {
    const { provider } = this.#init
    const after = retryAfterMs === undefined ? {} : { retryAfterMs }
    return new ProviderError(category, { provider, reason: this.#clean(reason), ...after })
  }

  #clean(text: string): string {
    return text.replaceAll(this.#init.secret, '[key]')
  }
}

const unwanted = (provider: string): ProviderError =>
  new ProviderError('connectivity', { provider, reason: 'it was given up before it was open' })

/** True for HTML: no API answers with it. */
export const isPage = (contentType: string | null | undefined, body: string): boolean =>
  /\bhtml\b/i.test(contentType ?? '') || /^\s*<(!doctype|html)/i.test(body)

/** The beginning of an answer. */
async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
    text += part
    if (text.length >= longestRefusal) break
  }
  return text.slice(0, longestRefusal)
}

/** How long the far end may take to agree that a socket is closed, in ms. */
const closingMs = 1000

/** Closes a socket in the proper way, and for good when the far end does not answer. */
export function closeSocket(socket: WebSocket, clock: Clock): void {
  if (socket.readyState === socket.CLOSED) return
  const cancel = clock.after(closingMs, () => socket.terminate())
  socket.once('close', cancel)
  socket.close(1000)
}
