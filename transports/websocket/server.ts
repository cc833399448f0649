import { randomUUID } from 'node:crypto'
import type { RawData, WebSocket } from 'ws'
import {
  createCatalogue,
  createCodec,
  type Accept,
  type Busy,
  type Clock,
  type FrameCodec,
  type Listener,
  type Place,
  type Web,
  type WebUpgrade,
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
  readonly web: Web
  readonly accept: Accept
  /** Clients may ask for `events: inspect`. */
  readonly inspect: boolean
  admit(): Place | Busy
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

/**
 * Opens the server.
 * @throws VoxgraphError `address-in-use` or `address-refused`
 */
export async function openServer(init: ServerInit): Promise<Listener> {
  const site = await init.web.open(init)
  const lobby = new Lobby(init)
  const { path } = init.gate
  site.socket(path, (upgrade) => lobby.admit(upgrade))
  return {
    address: `${site.address.replace(/^http/, 'ws')}${path}`,
    async close() {
      lobby.close()
      await site.close()
    },
  }
}

/** A connection that has not said hello. */
interface Guest {
  readonly socket: WebSocket
  /** It brought the token in a header. */
  readonly isTrusted: boolean
  leave(): void
}

/** What a client is told for whom there is no room. */
const busyReasons: Readonly<Record<Busy['busy'], string>> = {
  full: 'all lines are busy',
  overloaded: 'the server cannot take more calls now',
  draining: 'the server is going down',
}

/** Where connections wait until they have said hello. */
class Lobby {
  readonly #init: ServerInit
  readonly #codec: FrameCodec
  readonly #guests = new Set<Guest>()
  readonly #calls = new Set<WebSocket>()
  #isClosed = false

  constructor(init: ServerInit) {
    this.#init = init
    this.#codec = createCodec(createCatalogue(), { maxBytes: init.limits.maxMessage })
  }

  admit(upgrade: WebUpgrade): void {
    const { gate, limits } = this.#init
    const refusal = refusalOf(upgrade.request, gate)
    if (refusal !== undefined) return upgrade.refuse({ status: refusal })
    if (this.#isClosed) return upgrade.refuse({ status: 503 })
    const isTrusted = bearerOf(upgrade.request) !== undefined
    upgrade.accept({ maxMessage: limits.maxMessage, protocol: subprotocol }, (socket) =>
      this.#receive(socket, isTrusted),
    )
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
    const { gate, audio, limits, clock, accept, admit } = this.#init
    const { socket } = guest
    const hello = readHello(text, audio, this.#init.inspect)
    if (isViolation(hello)) {
      this.#sendAway(guest, hello.code, hello.message)
    } else if (gate.token !== '' && !guest.isTrusted && !isSameSecret(hello.token, gate.token)) {
      this.#sendAway(guest, 'unauthorized', 'the token is wrong or missing')
    } else if (this.#calls.size >= limits.maxSessions) {
      this.#sendAway(guest, 'busy', 'all lines are busy')
    } else {
      const place = admit()
      if ('busy' in place) return this.#sendAway(guest, 'busy', busyReasons[place.busy])
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
        place,
      )
    }
  }

  #sendAway(guest: Guest, code: Parameters<typeof closeWith>[1], reason: string): void {
    guest.leave()
    closeWith(guest.socket, code, reason)
  }
}
