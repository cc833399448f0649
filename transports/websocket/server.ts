import { randomUUID } from 'node:crypto'
import type { RawData, WebSocket } from 'ws'
import {
  busyTexts,
  createCatalogue,
  createCodec,
  type Accept,
  type Busy,
  type Clock,
  type Connection,
  type FrameCodec,
  type Listener,
  type Place,
  type Web,
  type WebUpgrade,
} from 'voxgraph/plugin'
import { closeWith } from './call-line.ts'
import { connectCaller } from './caller.ts'
import { faultTexts, Gate, type GateFault, type GateRules } from './gate.ts'
import type { Proven } from './jwt.ts'
import type { RtviDoor } from './rtvi/door.ts'
import {
  isViolation,
  protocolVersion,
  readHello,
  subprotocol,
  type ReadHello,
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
  /** Where Pipecat clients are served, too. */
  readonly rtvi?: RtviDoor | undefined
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
  const gate = new Gate(init.gate, site.publicAddress)
  const lobby = new Lobby(init, gate)
  const { path } = init.gate
  site.socket(path, (upgrade) => void lobby.admit(upgrade))
  init.rtvi?.open(site, path, gate)
  return {
    address: `${site.publicAddress.replace(/^http/, 'ws')}${path}`,
    async close() {
      lobby.close()
      await site.close()
    },
  }
}

/** A connection that has not said hello. */
interface Guest {
  readonly socket: WebSocket
  /** Path and query of its request. */
  readonly url: string
  /** What it has proven before it said hello; undefined where it has brought no token yet. */
  readonly proven: Proven | undefined
  /** How it is told why it is sent away; undefined: as this protocol does. */
  explain?: (reason: string) => Uint8Array
  leave(): void
}

/** Most messages that are kept while somebody's token is looked at: more than come in a second. */
const mostKept = 250
/** Most bytes of them: a second of the fastest sound. The set of keys may take five seconds to come. */
const mostKeptBytes = 131_072

/** Where connections wait until they have said hello. */
class Lobby {
  readonly #init: ServerInit
  readonly #gate: Gate
  readonly #codec: FrameCodec
  readonly #guests = new Set<Guest>()
  readonly #calls = new Set<WebSocket>()
  #isClosed = false

  constructor(init: ServerInit, gate: Gate) {
    this.#init = init
    this.#gate = gate
    this.#codec = createCodec(createCatalogue(), { maxBytes: init.limits.maxMessage })
  }

  async admit(upgrade: WebUpgrade): Promise<void> {
    const { limits } = this.#init
    const answer = await this.#gate.ask(upgrade.request)
    if ('refused' in answer) return upgrade.refuse(answer.refused)
    if (this.#isClosed) return upgrade.refuse({ status: 503 })
    upgrade.accept({ maxMessage: limits.maxMessage, protocol: subprotocol }, (socket) =>
      this.#receive(socket, upgrade.request.url, answer.proven),
    )
  }

  /** Sends everybody away who has not said hello. Calls go on. */
  close(): void {
    this.#isClosed = true
    for (const guest of [...this.#guests]) this.#sendAway(guest, 'goingAway', 'the server closes')
  }

  #receive(socket: WebSocket, url: string, proven: Proven | undefined): void {
    const { clock, limits } = this.#init
    const late = clock.after(limits.helloTimeoutMs, () =>
      this.#sendAway(guest, 'helloTimeout', 'no hello came in time'),
    )
    const onMessage = (data: RawData, isBinary: boolean): void => {
      socket.off('message', onMessage)
      const { rtvi } = this.#init
      const first = data as Buffer
      if (isBinary && rtvi?.knows(first) === true) this.#hearRtvi(guest, rtvi, first)
      else this.#hear(guest, isBinary ? '' : first.toString())
    }
    const onClose = (): void => guest.leave()
    const guest: Guest = {
      socket,
      url,
      proven,
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
    const hello = readHello(text, this.#init.audio, this.#init.inspect)
    if (isViolation(hello)) return this.#sendAway(guest, hello.code, hello.message)
    this.#prove(guest, hello.token, (proven) => this.#begin(guest, hello, proven))
  }

  /** A Pipecat client has brought its token in the address, or none. */
  #hearRtvi(guest: Guest, rtvi: RtviDoor, first: Buffer): void {
    const { audio, limits, clock } = this.#init
    const { socket, url } = guest
    guest.explain = (reason) => rtvi.explain(reason)
    this.#prove(guest, '', (proven) =>
      rtvi.connect({ socket, url, first, clock, audio, limits, proven }),
    )
  }

  #prove(guest: Guest, token: string, connect: (proven: Proven) => Connection): void {
    const verdict = guest.proven ?? this.#gate.check(token)
    if (!(verdict instanceof Promise)) return this.#judge(guest, verdict, connect)
    const { socket } = guest
    // Sound may follow the hello at once.
    const kept: [RawData, boolean][] = []
    let left = mostKeptBytes
    const keep = (data: RawData, isBinary: boolean): void => {
      left -= (data as Buffer).length
      if (kept.length < mostKept && left >= 0) kept.push([data, isBinary])
    }
    socket.on('message', keep)
    void verdict.then((proven) => {
      socket.off('message', keep)
      // It may have gone, or been sent away, since.
      if (!this.#guests.has(guest)) return
      this.#judge(guest, proven, connect)
      for (const [data, isBinary] of kept) socket.emit('message', data, isBinary)
    })
  }

  #judge(guest: Guest, proven: Proven | GateFault, connect: (proven: Proven) => Connection): void {
    if (typeof proven === 'string') {
      const code = proven === 'keys-unavailable' ? 'busy' : 'unauthorized'
      this.#sendAway(guest, code, faultTexts[proven])
    } else if (this.#calls.size >= this.#init.limits.maxSessions) {
      this.#sendAway(guest, 'busy', busyTexts.full)
    } else {
      const place = this.#init.admit()
      if ('busy' in place) return this.#sendAway(guest, 'busy', busyTexts[place.busy])
      const { socket } = guest
      guest.leave()
      this.#calls.add(socket)
      socket.once('close', () => this.#calls.delete(socket))
      this.#init.accept(connect(proven), place)
    }
  }

  #begin({ socket }: Guest, hello: ReadHello, proven: Proven): Connection {
    const { audio, limits, clock } = this.#init
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
    // Who somebody is says the token; without one nobody says it.
    const { user: _user, ...call } = hello.call
    return connectCaller({
      socket,
      clock,
      hello: { ...hello, call: { ...call, ...proven } },
      codec: this.#codec,
      limits: { ...limits, bytesPerSecond },
    })
  }

  #sendAway(guest: Guest, code: Parameters<typeof closeWith>[1], reason: string): void {
    guest.leave()
    closeWith(guest.socket, code, reason, guest.explain?.(reason))
  }
}
