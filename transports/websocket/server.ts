import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from 'ws'
import {
  VoxgraphError,
  createCatalogue,
  createCodec,
  fileFault,
  type Clock,
  type Connection,
  type FrameCodec,
  type Listener,
} from 'voxgraph/plugin'
import { closeWith, connectCaller } from './caller.ts'
import { bearerOf, isSameSecret, refusalOf, type GateRules } from './gate.ts'
import {
  isViolation,
  protocolVersion,
  readHello,
  subprotocol,
  type ServerMessage,
  type WireAudio,
} from './protocol.ts'

/** What `openServer` takes. */
export interface ServerInit {
  readonly clock: Clock
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly gate: GateRules
  readonly audio: WireAudio
  readonly limits: ServerLimits
  readonly accept: (connection: Connection) => void
}

/** What clients may cost. */
export interface ServerLimits {
  /** Longest message in bytes; a longer one is refused by its header, unread. */
  readonly maxMessage: number
  /** Calls at a time. */
  readonly maxSessions: number
  /** Connections that have not said hello; when there are more the oldest goes. */
  readonly maxPending: number
  readonly helloTimeoutMs: number
  readonly idleTimeoutMs: number
  /** Bytes that may wait for a client to read them. */
  readonly maxUnread: number
  /** How much faster than real time a client may send. */
  readonly maxSpeed: number
}

/** Real time that an HTTP request may take to arrive, in ms; Node counts it. */
const requestMs = 5000
/** Real time after which a socket that does not answer a close is dropped, in ms; `ws` counts it. */
const closeMs = 2000

/**
 * Opens the server.
 * @throws VoxgraphError `address-in-use` or `address-refused`
 */
export async function openServer(init: ServerInit): Promise<Listener> {
  const http = createServer({
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: 1000,
  })
  http.on('request', (_request, response) => {
    response.writeHead(426, { Connection: 'close', Upgrade: 'websocket' }).end()
  })
  const lobby = new Lobby(init)
  http.on('upgrade', (request, socket, head) => lobby.admit(request, socket, head))
  await listenOn(http, init)
  const { port } = http.address() as AddressInfo
  const host = init.host.includes(':') ? `[${init.host}]` : init.host
  return {
    address: `ws://${host}:${port}${init.gate.path}`,
    async close() {
      lobby.close()
      http.close()
      http.closeIdleConnections()
      // The port is free when the handle is closed, which takes one turn of the loop.
      await new Promise((resolve) => void setImmediate(resolve))
    },
  }
}

function listenOn(http: Server, { host, port }: ServerInit): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (cause: Error & { readonly code?: string }) => {
      const code = cause.code === 'EADDRINUSE' ? 'address-in-use' : 'address-refused'
      reject(new VoxgraphError(code, { host, port, reason: fileFault(cause) }, { cause }))
    })
    http.listen(port, host, resolve)
  })
}

/** A connection that has not said hello. */
interface Guest {
  readonly socket: WebSocket
  /** It brought the token in a header. */
  readonly isTrusted: boolean
  leave(): void
}

/** Where connections wait until they have said hello. */
class Lobby {
  readonly #init: ServerInit
  readonly #codec: FrameCodec
  readonly #sockets: WebSocketServer
  readonly #guests = new Set<Guest>()
  readonly #calls = new Set<WebSocket>()
  #isClosed = false

  constructor(init: ServerInit) {
    this.#init = init
    this.#codec = createCodec(createCatalogue(), { maxBytes: init.limits.maxMessage })
    // `closeTimeout` is missing from the types of ws.
    const options: ServerOptions & { readonly closeTimeout: number } = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: init.limits.maxMessage,
      closeTimeout: closeMs,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    }
    this.#sockets = new WebSocketServer(options)
  }

  admit(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = refusalOf(request, this.#init.gate)
    if (refusal !== undefined || this.#isClosed) {
      const { status, text } = refusal ?? { status: 503, text: 'Service Unavailable' }
      socket.on('error', () => {})
      socket.end(`HTTP/1.1 ${status} ${text}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      this.#receive(opened, bearerOf(request) !== undefined)
    })
  }

  /** Sends everybody away who has not said hello. Calls go on. */
  close(): void {
    this.#isClosed = true
    for (const guest of [...this.#guests]) this.#sendAway(guest, 'goingAway', 'the server closes')
  }

  #receive(socket: WebSocket, isTrusted: boolean): void {
    const { clock, limits } = this.#init
    const late = clock.after(limits.helloTimeoutMs, () =>
      this.#sendAway(guest, 'helloTimeout', 'no hello came in time'),
    )
    const onMessage = (data: RawData, isBinary: boolean): void =>
      this.#hear(guest, isBinary ? '' : (data as Buffer).toString())
    const onClose = (): void => guest.leave()
    const guest: Guest = {
      socket,
      isTrusted,
      leave: () => {
        late()
        this.#guests.delete(guest)
        socket.off('message', onMessage)
        socket.off('close', onClose)
      },
    }
    this.#guests.add(guest)
    socket.on('error', () => {})
    socket.on('message', onMessage)
    socket.on('close', onClose)
    const [oldest] = this.#guests
    if (this.#guests.size > limits.maxPending && oldest !== undefined) {
      this.#sendAway(oldest, 'busy', 'too many connections wait')
    }
  }

  #hear(guest: Guest, text: string): void {
    const { gate, audio, limits, clock, accept } = this.#init
    const { socket } = guest
    const hello = readHello(text, audio)
    if (isViolation(hello)) {
      this.#sendAway(guest, hello.code, hello.message)
    } else if (gate.token !== '' && !guest.isTrusted && !isSameSecret(hello.token, gate.token)) {
      this.#sendAway(guest, 'unauthorized', 'the token is wrong or missing')
    } else if (this.#calls.size >= limits.maxSessions) {
      this.#sendAway(guest, 'busy', 'all lines are busy')
    } else {
      guest.leave()
      this.#calls.add(socket)
      socket.once('close', () => this.#calls.delete(socket))
      const ready: ServerMessage = {
        type: 'ready',
        version: protocolVersion,
        session: randomUUID(),
        audio,
        frames: hello.frames,
      }
      socket.send(JSON.stringify(ready))
      const bytesPerSample = audio.encoding === 'pcm' ? 2 : 1
      const bytesPerSecond = audio.sampleRate * bytesPerSample * limits.maxSpeed
      accept(
        connectCaller({
          socket,
          clock,
          hello,
          codec: this.#codec,
          limits: { ...limits, bytesPerSecond },
        }),
      )
    }
  }

  #sendAway(guest: Guest, code: Parameters<typeof closeWith>[1], reason: string): void {
    guest.leave()
    closeWith(guest.socket, code, reason)
  }
}
