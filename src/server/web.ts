import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { fastify, type FastifyInstance } from 'fastify'
import { WebSocketServer, type ServerOptions } from 'ws'
import { fileFault } from '../audio/file-fault.ts'
import type { Log, Site, WebResponse, WebRoute, WebUpgrade } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'

/** Longest body of a request unless its route says otherwise, in bytes. */
const maxBody = 65_536
/** Real time that a request may take to arrive, in ms; Node counts it. */
const requestMs = 5000
/** Real time after which a socket that does not answer a close is dropped, in ms; `ws` counts it. */
const closeMs = 2000

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
  /** Origin under which the world reaches it. */
  readonly publicOrigin?: string | undefined
}

/**
 * Opens a listener.
 * @throws VoxgraphError `address-in-use` or `address-refused`
 */
export async function openListener(init: ListenerInit): Promise<WebListener> {
  const app = fastify({ bodyLimit: maxBody, requestTimeout: requestMs, exposeHeadRoutes: false })
  // Bodies are read as they are: what they mean is the transport's affair.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  const listener = new Listening(app, init)
  await listener.listen()
  return listener
}

type Upgraded = (upgrade: WebUpgrade) => void

class Listening implements WebListener {
  readonly #app: FastifyInstance
  readonly #init: ListenerInit
  readonly #routes = new Map<string, WebRoute>()
  readonly #sockets = new Map<string, Upgraded>()

  constructor(app: FastifyInstance, init: ListenerInit) {
    this.#app = app
    this.#init = init
    app.server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
    // Transports come and go while the listener stands, so paths are looked up here.
    app.all('/*', async (request, reply) => {
      const [path = ''] = request.url.split('?')
      const route = this.#routes.get(`${request.method} ${path}`)
      if (route === undefined) {
        const status = this.#sockets.has(path) ? 426 : 404
        return reply.status(status).send({ error: STATUS_CODES[status] })
      }
      const { method, url, headers, ip: remote } = request
      const body = typeof request.body === 'string' ? request.body : ''
      if (Buffer.byteLength(body) > (route.maxBody ?? maxBody)) return reply.status(413).send()
      try {
        const answer = await route.answer({ method, url, headers, body, remote })
        return await reply
          .status(answer.status)
          .headers(answer.headers ?? {})
          .send(answer.body)
      } catch (thrown) {
        init.log.warn(`${method} ${path} failed: ${reasonOf(thrown)}`)
        return reply.status(500).send({ error: STATUS_CODES[500] })
      }
    })
  }

  async listen(): Promise<void> {
    const { host, port } = this.#init
    try {
      await this.#app.listen({ host, port })
    } catch (thrown) {
      const cause = thrown as Error & { readonly code?: string }
      const code = cause.code === 'EADDRINUSE' ? 'address-in-use' : 'address-refused'
      throw new VoxgraphError(code, { host, port, reason: fileFault(cause) }, { cause })
    }
  }

  get address(): string {
    const { host } = this.#init
    const { port } = this.#app.server.address() as AddressInfo
    return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  site(prefix: string): Site {
    const mine: (() => void)[] = []
    const address = `${this.address}${prefix}`
    const { publicOrigin } = this.#init
    return {
      address,
      publicAddress: publicOrigin === undefined ? address : `${publicOrigin}${prefix}`,
      route: (route) => {
        const key = `${route.method} ${prefix}${route.path}`
        this.#routes.set(key, route)
        mine.push(() => this.#routes.delete(key))
      },
      socket: (path, upgraded) => {
        const key = `${prefix}${path}`
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
    // The port is free when the handle is closed, which takes one turn of the loop.
    await new Promise((resolve) => void setImmediate(resolve))
  }

  #upgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined)
    const { method = '', url = '', headers } = message
    const remote = message.socket.remoteAddress ?? ''
    const refuse = ({ status, headers: more = {}, body = '' }: WebResponse): void => {
      const lines = Object.entries({
        Connection: 'close',
        'Content-Length': String(Buffer.byteLength(body)),
        ...more,
      })
      const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n`)
      socket.end(body)
    }
    const [path = ''] = url.split('?')
    const upgraded = this.#sockets.get(path)
    if (upgraded === undefined) return refuse({ status: 404 })
    upgraded({
      request: { method, url, headers, remote },
      refuse,
      accept({ maxMessage, protocol }, opened) {
        // `closeTimeout` is missing from the types of ws.
        const options: ServerOptions & { readonly closeTimeout: number } = {
          noServer: true,
          clientTracking: false,
          perMessageDeflate: false,
          maxPayload: maxMessage,
          closeTimeout: closeMs,
          handleProtocols: (offered) =>
            protocol !== undefined && offered.has(protocol) ? protocol : false,
        }
        new WebSocketServer(options).handleUpgrade(message, socket, head, opened)
      },
    })
  }
}
