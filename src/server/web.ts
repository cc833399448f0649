import { once } from 'node:events'
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { fileFault } from '../audio/file-fault.ts'
import type { Log, Site, WebResponse, WebRoute, WebUpgrade } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import { createClientAddress, type ClientAddress } from './client-address.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Tls } from './tls.ts'
import { refuseUpgrade, upgradeOf } from './upgrade.ts'
import { boundWaiting, type Waiting } from './waiting.ts'

/** Longest body of a request unless its route says otherwise, in bytes. */
const maxBody = 65_536

/** Bounds of every listener. Times are real, in ms; Node counts them. */
const bounds = {
  /** Longest body that a route may ask for, in bytes. */
  largestBody: 1_048_576,
  /** From the connection, or the end of the request before, to the last header. */
  headersMs: 5000,
  /** To the end of the body. */
  requestMs: 10_000,
  /** Without a byte either way before a socket is open: what is asked and never answered, or not read. */
  silenceMs: 15_000,
  /** A connection that waits for another request. */
  keepAliveMs: 5000,
  /** The same of a proxy: longer than its own patience (60 s is usual), or it sends into a closed connection. */
  proxyKeepAliveMs: 65_000,
  /** How often Node looks whether one of these is over. */
  lookMs: 1000,
  /** TLS handshakes. */
  handshakeMs: 5000,
  /** All headers of a request in bytes, and how many; a token of 8 kB fits. */
  headerBytes: 16_384,
  headers: 100,
  requestsPerConnection: 1000,
  /** Connections that have asked for nothing yet: more than callers who come in one moment. */
  waiting: 1024,
  /** Connections in all. A call holds one. */
  connections: 10_000,
} as const

/** One HTTP listener, and the sites on it. */
export interface WebListener {
  /** `http://127.0.0.1:8765` */
  readonly address: string
  /** Opens a site below `prefix`: empty, or `/name`. */
  site(prefix: string): Site
  close(): Promise<void>
}

/** What `openListener` takes. */
export interface ListenerInit {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly log: Log
  /** Where the world reaches it, without a slash at the end. */
  readonly publicOrigin?: string | undefined
  readonly tls?: Tls | undefined
  /** Addresses and ranges of proxies whose `X-Forwarded-For` is believed; none unless given. */
  readonly trustProxy?: readonly string[] | undefined
  /** What each client address may ask; as much as it likes unless given. */
  readonly rate?: RateLimit | undefined
  /** Paths that the rate does not count. */
  readonly uncounted?: readonly string[]
}

/**
 * Opens a listener.
 * @throws VoxgraphError `address-in-use` or `address-refused`
 */
export async function openListener(init: ListenerInit): Promise<WebListener> {
  const { tls, trustProxy = [] } = init
  const http = {
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.headersMs,
    connectionsCheckingInterval: bounds.lookMs,
    // Java's own client asks for HTTP/2 along with everything, and takes HTTP/1.1 for an answer.
    shouldUpgradeCallback: ({ headers }: IncomingMessage) =>
      /websocket/i.test(headers.upgrade ?? ''),
  }
  const options = {
    bodyLimit: bounds.largestBody,
    requestTimeout: bounds.requestMs,
    connectionTimeout: bounds.silenceMs,
    keepAliveTimeout: trustProxy.length > 0 ? bounds.proxyKeepAliveMs : bounds.keepAliveMs,
    maxRequestsPerSocket: bounds.requestsPerConnection,
    exposeHeadRoutes: false,
  }
  const app =
    tls === undefined
      ? fastify({ ...options, http })
      : fastify({ ...options, https: { ...http, ...tls, handshakeTimeout: bounds.handshakeMs } })
  // Bodies are read as they are: what they mean is the transport's affair.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const listener = new Listening(app as unknown as FastifyInstance, init)
  await listener.listen()
  return listener
}

type Upgraded = (upgrade: WebUpgrade) => void

class Listening implements WebListener {
  readonly #app: FastifyInstance
  readonly #init: ListenerInit
  readonly #waiting: Waiting
  readonly #clientOf: ClientAddress
  readonly #routes = new Map<string, WebRoute>()
  readonly #sockets = new Map<string, Upgraded>()
  /** Requests that were read, and whose answer is on its way. */
  #answering = 0
  #isClosed = false

  constructor(app: FastifyInstance, init: ListenerInit) {
    this.#app = app
    this.#init = init
    this.#clientOf = createClientAddress(init.trustProxy ?? [])
    const { server } = app
    server.maxConnections = bounds.connections
    server.maxHeadersCount = bounds.headers
    this.#waiting = boundWaiting(server, bounds.waiting)
    server.on('request', (request: IncomingMessage) => this.#waiting.served(request))
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head))
    // Transports come and go while the listener stands, so paths are looked up here. Before the body is read.
    app.addHook('onRequest', async (request, reply) => {
      const refusal = await this.#refusalOf(request)
      // What it has not sent yet is not waited for.
      if (refusal !== undefined && !request.raw.complete) reply.header('Connection', 'close')
      return refusal && send(reply, refusal)
    })
    app.all('/*', (request, reply) => this.#answer(request, reply))
  }

  async listen(): Promise<void> {
    const { host, port } = this.#init
    try {
      await this.#app.ready()
      // Not by fastify: of `localhost` it makes two servers, and the second knows none of our bounds.
      this.#app.server.listen({ host, port })
      await once(this.#app.server, 'listening')
    } catch (thrown) {
      const cause = thrown as Error & { readonly code?: string }
      const code = cause.code === 'EADDRINUSE' ? 'address-in-use' : 'address-refused'
      throw new VoxgraphError(code, { host, port, reason: fileFault(cause) }, { cause })
    }
  }

  get address(): string {
    const { host, tls } = this.#init
    const { port } = this.#app.server.address() as AddressInfo
    const scheme = tls === undefined ? 'http' : 'https'
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  site(prefix: string): Site {
    const mine: (() => void)[] = []
    const address = `${this.address}${prefix}`
    const { publicOrigin } = this.#init
    return {
      address,
      publicAddress: publicOrigin === undefined ? address : `${publicOrigin}${prefix}`,
      route: (route) => {
        const key = `${route.method} ${trimmed(`${prefix}${route.path}`)}`
        this.#routes.set(key, route)
        mine.push(() => this.#routes.delete(key))
      },
      socket: (path, upgraded) => {
        const key = trimmed(`${prefix}${path}`)
        this.#sockets.set(key, upgraded)
        mine.push(() => this.#sockets.delete(key))
      },
      close: async () => {
        for (const leave of mine) leave()
      },
    }
  }

  async close(): Promise<void> {
    const { server } = this.#app as { readonly server: Server }
    // Sockets that were upgraded are nobody's but the transport's: only the port is freed.
    server.close()
    server.closeIdleConnections()
    this.#waiting.close()
    this.#isClosed = true
    this.#dropRest()
    // The port is free when the handle is closed, which takes one turn of the loop.
    await new Promise((resolve) => void setImmediate(resolve))
  }

  /** Node counts no time for requests that still come in once it is closed: those are not waited for. */
  #dropRest(): void {
    if (this.#isClosed && this.#answering === 0) this.#app.server.closeAllConnections()
  }

  #routeOf({ method, url }: { readonly method: string; readonly url: string }) {
    // Whoever asks for the head only gets it by the same route: Node leaves the body out.
    return this.#routes.get(`${method === 'HEAD' ? 'GET' : method} ${pathOf(url)}`)
  }

  /** What is refused before anybody reads a body. */
  async #refusalOf(request: FastifyRequest): Promise<WebResponse | undefined> {
    const { url, headers } = request
    const tooOften = await this.#tooOften(request.raw)
    if (tooOften !== undefined) return tooOften
    const route = this.#routeOf(request)
    if (route === undefined) return said(this.#sockets.has(pathOf(url)) ? 426 : 404)
    const length = Number(headers['content-length'] ?? 0)
    return length > (route.maxBody ?? maxBody) ? said(413) : undefined
  }

  async #tooOften(request: IncomingMessage): Promise<WebResponse | undefined> {
    const { rate, uncounted = [] } = this.#init
    if (rate === undefined || uncounted.includes(pathOf(request.url ?? ''))) return undefined
    const waitMs = await rate.spend(this.#clientOf(request))
    if (waitMs === 0) return undefined
    return said(429, { 'Retry-After': String(Math.ceil(waitMs / 1000)) })
  }

  async #answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { method, url, headers } = request
    this.#answering++
    reply.raw.once('close', () => {
      this.#answering--
      this.#dropRest()
    })
    const route = this.#routeOf(request)
    // Its transport has gone since.
    if (route === undefined) return send(reply, said(404))
    const body = typeof request.body === 'string' ? request.body : ''
    if (Buffer.byteLength(body) > (route.maxBody ?? maxBody)) return send(reply, said(413))
    try {
      const remote = this.#clientOf(request.raw)
      return await send(reply, await route.answer({ method, url, headers, body, remote }))
    } catch (thrown) {
      // What stands behind the path may be a secret.
      this.#init.log.warn(`${method} ${pathOf(url)} failed: ${reasonOf(thrown)}`)
      return send(reply, said(500))
    }
  }

  async #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => undefined)
    this.#waiting.served(message)
    const tooOften = await this.#tooOften(message)
    if (tooOften !== undefined) return refuseUpgrade(socket, tooOften)
    const upgraded = this.#sockets.get(pathOf(message.url ?? ''))
    if (upgraded === undefined) return refuseUpgrade(socket, { status: 404 })
    try {
      upgraded(upgradeOf(message, socket, head, this.#clientOf(message)))
    } catch (thrown) {
      this.#init.log.warn(`${pathOf(message.url ?? '')} failed: ${reasonOf(thrown)}`)
      refuseUpgrade(socket, { status: 500 })
    }
  }
}

const send = (reply: FastifyReply, { status, headers = {}, body }: WebResponse): FastifyReply =>
  reply.status(status).headers(headers).send(body)

const said = (status: number, headers: WebResponse['headers'] = {}): WebResponse => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify({ error: STATUS_CODES[status] }),
})

const pathOf = (url: string): string => trimmed(url.split('?', 1)[0] ?? '')

/** The same path with and without a slash at its end. */
const trimmed = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path)
