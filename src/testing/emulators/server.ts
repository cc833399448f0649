import {
  createServer,
  STATUS_CODES,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { createLiveClock } from '../../time/live-clock.ts'
import type { Clock } from '../../time/clock.ts'
import {
  emulatorKey,
  type Abandoned,
  type Emulator,
  type EmulatorInit,
  type Fault,
  type FaultMoment,
  type FaultName,
  type Received,
} from './emulator.ts'

/** Longest request that is read, in bytes. */
const longestRequest = 30_000_000

/** A request, read to its end. */
export interface Asked {
  readonly connection: number
  readonly method: string
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  readonly response: ServerResponse
  /** Aborted when the client has gone away, or the emulator ends. */
  readonly signal: AbortSignal
}

/** A socket that has been opened. */
export interface Peer {
  readonly connection: number
  readonly url: URL
  readonly headers: IncomingMessage['headers']
  readonly socket: WebSocket
  /** Aborted when the socket is closed, or the emulator ends. */
  readonly signal: AbortSignal
  /** Sends JSON or bytes, and counts them; nothing once the socket is closed or half open. */
  send(message: object | Uint8Array | string): void
  /** Neither reads nor sends any more; the connection stays open. */
  freeze(): void
}

/** What an emulator tells the server that it is built on. */
export interface ServerInit extends EmulatorInit {
  readonly vendor: string
  /** What the option `endpoint` has behind the host: `/v1`. Nothing unless given. */
  readonly base?: string
  /** The key that a request or the opening of a socket brings, in whichever way the vendor wants it. */
  readonly keyOf: (headers: IncomingMessage['headers'], url: URL) => string | undefined
  /** The vendor's answer to a request that it refuses. */
  readonly refusal: (status: number) => {
    readonly body: string
    readonly headers?: Record<string, string>
  }
  /** Status of `overloaded`: 529 or 503. */
  readonly overloaded: 503 | 529
  /** Answers a request whose key is accepted. What it throws ends the connection. */
  readonly request: (asked: Asked) => void | Promise<void>
  /** Takes a socket whose key is accepted; messages come by `message`. */
  readonly opened?: (peer: Peer) => void
  readonly message?: (peer: Peer, data: Buffer, isBinary: boolean) => void
  /** A fault is to happen now, on a socket that is open. False: not one that the server can do alone. */
  readonly now?: (fault: FaultName, peer: Peer) => boolean
  /** A fault is to happen now, in every answer to a request that is on its way. */
  readonly spoil?: (fault: FaultName) => void
}

/**
 * Listens on a free port of loopback for requests and sockets of one vendor; checks the key, notes what
 * comes, and does those faults that are the same for all vendors: everything that goes wrong when a
 * connection is opened, and `abrupt-close`, `half-open`, `clean-end`, `garbage` and `huge` on sockets that
 * are open. What is built on it does the rest: it asks `take('answer')` when it begins an answer.
 */
export class EmulatorServer implements Emulator {
  readonly vendor: string
  readonly key: string
  readonly clock: Clock
  readonly received: Received[] = []
  readonly abandoned: Abandoned[] = []
  readonly violations: string[] = []
  sentBytes = 0
  readonly #init: ServerInit
  readonly #server: Server
  readonly #wss = new WebSocketServer({ noServer: true, maxPayload: longestRequest })
  readonly #peers = new Set<Peer>()
  readonly #sockets = new Set<Socket>()
  readonly #closing = new AbortController()
  #faults: Fault[] = []
  #healed = Promise.withResolvers<void>()
  /** Bytes sent so far, by what they were sent on. */
  readonly #sent = new WeakMap<object, number>()
  #connections = 0
  #answering = 0

  private constructor(init: ServerInit) {
    this.#init = init
    this.vendor = init.vendor
    this.key = init.key ?? emulatorKey
    this.clock = init.clock ?? createLiveClock()
    this.#server = createServer((request, response) => {
      void this.#answer(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('upgrade', (request, socket: Socket, head) => {
      void this.#upgrade(request, socket, head).catch(() => socket.destroy())
    })
  }

  /** Begins to listen. */
  static async listen(init: ServerInit): Promise<EmulatorServer> {
    const made = new EmulatorServer(init)
    await new Promise<void>((resolve) => made.#server.listen(0, '127.0.0.1', resolve))
    return made
  }

  get endpoint(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}${this.#init.base ?? ''}`
  }

  get open(): number {
    return this.#peers.size + this.#answering
  }

  /** Resolves when what hangs is to go on: `heal` or `close`. */
  get healed(): Promise<void> {
    return this.#healed.promise
  }

  /** The next fault that was ordered for a moment, taken off the list; undefined when all is to go well. */
  take(moment: FaultMoment): Fault | undefined {
    const isDue = ({ when, after = 0 }: Fault): boolean => when === moment && after === 0
    const index = this.#faults.findIndex(isDue)
    const fault = this.#faults[index]
    if (fault === undefined) {
      // This one goes well: it counts for those that come later.
      this.#faults = this.#faults.map((later) =>
        later.when === moment ? { ...later, after: (later.after ?? 0) - 1 } : later,
      )
      return undefined
    }
    const times = (fault.times ?? 1) - 1
    if (times > 0) this.#faults[index] = { ...fault, times }
    else this.#faults.splice(index, 1)
    return fault
  }

  /** Notes what the vendor would not have accepted. */
  violate(what: string): void {
    this.violations.push(`${this.vendor}: ${what}`)
  }

  /** Writes part of an answer and counts it; nothing once the client has gone. */
  write(response: ServerResponse, part: string | Uint8Array): void {
    if (response.destroyed || response.writableEnded) return
    this.#count(response, Buffer.byteLength(part))
    response.write(part)
  }

  fail(fault: Fault): void {
    if (fault.when !== 'now') return void this.#faults.push(fault)
    for (const peer of this.#peers) this.#spoilNow(fault.fault, peer)
    this.#init.spoil?.(fault.fault)
  }

  heal(): void {
    this.#faults = []
    this.#healed.resolve()
    this.#healed = Promise.withResolvers()
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#healed.resolve()
    for (const { socket } of this.#peers) socket.terminate()
    for (const socket of this.#sockets) socket.destroy()
    this.#wss.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #note(of: Pick<Received, 'kind' | 'connection' | 'body'>, url: URL, on?: object): void {
    const path = url.pathname + url.search
    this.received.push({ ...of, at: this.clock.now(), path, sentBytes: this.#sentOn(on) })
  }

  #sentOn(on: object | undefined): number {
    return on === undefined ? 0 : (this.#sent.get(on) ?? 0)
  }

  #count(on: object, bytes: number): void {
    this.sentBytes += bytes
    this.#sent.set(on, this.#sentOn(on) + bytes)
  }

  /** What goes wrong before a connection is answered. @returns true when it has been dealt with */
  async #spoil(socket: Socket, refuse: (status: number, fault: Fault) => void): Promise<boolean> {
    const fault = this.take('open')
    if (fault === undefined) return false
    switch (fault.fault) {
      case 'refuse':
      case 'abrupt-close':
        socket.resetAndDestroy()
        return true
      case 'unauthorized':
        refuse(401, fault)
        return true
      case 'rate-limit':
        refuse(429, fault)
        return true
      case 'overloaded':
        refuse(this.#init.overloaded, fault)
        return true
      case 'garbage':
        socket.end(proxyPage)
        return true
      case 'stall':
      case 'half-open':
        await this.healed
        socket.destroy()
        return true
      default:
        // It can only happen in the middle of an answer: whoever answers takes it then.
        this.#faults.unshift({ ...fault, when: 'answer', times: 1 })
        return false
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = ++this.#connections
    const url = new URL(request.url ?? '/', 'http://localhost')
    const body = await bodyOf(request)
    this.#note({ kind: 'request', connection, body: readable(body, false) }, url)
    const refuse = (status: number, fault?: Fault): void => {
      const { body: text, headers } = this.#init.refusal(status)
      const after = status === 429 ? { 'retry-after': String(fault?.retryAfterS ?? 1) } : {}
      response.writeHead(status, { 'content-type': 'application/json', ...headers, ...after })
      response.end(text)
    }
    if (await this.#spoil(request.socket, refuse)) return
    if (this.#init.keyOf(request.headers, url) !== this.key) return refuse(401)
    const gone = new AbortController()
    this.#answering++
    response.once('close', () => {
      this.#answering--
      const at = this.clock.now()
      const isWhole = response.writableFinished || this.#closing.signal.aborted
      if (!isWhole) this.abandoned.push({ at, connection, sentBytes: this.#sentOn(response) })
      gone.abort()
    })
    const signal = AbortSignal.any([gone.signal, this.#closing.signal])
    const { method = 'GET', headers } = request
    await this.#init.request({ connection, method, url, headers, body, response, signal })
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const connection = ++this.#connections
    const url = new URL(request.url ?? '/', 'http://localhost')
    this.#note({ kind: 'socket', connection, body: null }, url)
    const refuse = (status: number, fault?: Fault): void => {
      const { body } = this.#init.refusal(status)
      const lines = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
        'content-type: application/json',
        `content-length: ${Buffer.byteLength(body)}`,
        ...(status === 429 ? [`retry-after: ${fault?.retryAfterS ?? 1}`] : []),
        'connection: close',
      ]
      socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
    }
    if (await this.#spoil(socket, refuse)) return
    const { opened, keyOf } = this.#init
    if (opened === undefined || keyOf(request.headers, url) !== this.key) return refuse(401)
    this.#wss.handleUpgrade(request, socket, head, (made) => {
      this.#adopt({ connection, url, headers: request.headers, socket: made })
    })
  }

  #adopt(of: Pick<Peer, 'connection' | 'url' | 'headers' | 'socket'>): void {
    const { socket, connection, url } = of
    const gone = new AbortController()
    let isFrozen = false
    const peer: Peer = {
      ...of,
      signal: AbortSignal.any([gone.signal, this.#closing.signal]),
      send: (message) => {
        if (isFrozen || socket.readyState !== socket.OPEN) return
        const isRaw = typeof message === 'string' || message instanceof Uint8Array
        const data = isRaw ? message : JSON.stringify(message)
        this.#count(socket, Buffer.byteLength(data))
        socket.send(data)
      },
      freeze: () => {
        isFrozen = true
        socket.pause()
        // Only then is it seen that the other side has gone.
        void this.healed.then(() => socket.resume())
      },
    }
    this.#peers.add(peer)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      this.#peers.delete(peer)
      gone.abort()
    })
    socket.on('message', (data: Buffer, isBinary) => {
      if (isFrozen) return
      this.#note({ kind: 'message', connection, body: readable(data, isBinary) }, url, socket)
      this.#init.message?.(peer, data, isBinary)
    })
    this.#init.opened?.(peer)
  }

  #spoilNow(fault: FaultName, peer: Peer): void {
    if (this.#init.now?.(fault, peer) === true) return
    if (fault === 'abrupt-close') peer.socket.terminate()
    else if (fault === 'half-open' || fault === 'stall') peer.freeze()
    else if (fault === 'garbage') peer.send('{"type":')
    else if (fault === 'huge') peer.send('x'.repeat(hugeLength))
    else if (fault === 'clean-end') peer.socket.close(1000)
  }
}

/** Length of a message that is far too long, in bytes. */
export const hugeLength = 20_000_000

/** What a proxy says that stands where the vendor should be. */
const proxyPage =
  'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 22\r\n\r\n<html>a proxy</html>\r\n'

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > longestRequest) throw new Error('the request is too long')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** JSON where it is some; otherwise how long it is. */
function readable(data: Buffer, isBinary: boolean): unknown {
  if (isBinary || data.length === 0) return data.length
  try {
    return JSON.parse(data.toString()) as unknown
  } catch {
    return data.length
  }
}
