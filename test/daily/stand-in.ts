import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { WebSocketServer, type WebSocket } from 'ws'
import { compilePage } from '../../transports/daily/compile-page.ts'
import { refusalOf } from './rest-schema.ts'
import type { CanReceive, FromStandIn, Guest, ToStandIn } from './signals.ts'

/** A room of the stand-in. */
export interface StandInRoom {
  readonly name: string
  readonly url: string
  readonly properties: Readonly<Record<string, unknown>>
}

/** What a token says of whoever brings it. */
export interface Ticket {
  readonly room: string
  readonly kind?: string
  /** Id in the room; made up unless given. */
  readonly id?: string
  readonly canReceive?: CanReceive
  readonly properties?: Readonly<Record<string, unknown>>
}

/** Something that was asked of it: of its REST API, or of the servers that a call is on. */
export interface Asked {
  readonly what: string
  readonly body: Readonly<Record<string, unknown>>
}

/**
 * A stand-in for Daily on loopback: rooms and tokens by REST, the folder that call machines are loaded from, and
 * the signalling between them. It is not Daily, and knows only what the transport needs.
 */
export interface StandIn {
  /** The REST API, for `endpoint`. */
  readonly api: string
  readonly bundlePath: string
  readonly rooms: ReadonlyMap<string, StandInRoom>
  readonly asked: readonly Asked[]
  /** Sockets of call machines that are open. */
  readonly sockets: number
  /** Answers what is asked of the servers of a call; `{}` unless set. Keys are `dialout-start` … */
  readonly answers: Map<string, Answer>
  /** The next requests are answered with this status. */
  failing: number | undefined
  ticket(ticket: Ticket): string
  open(name: string): StandInRoom
  /** Address of a caller's page. */
  callerUrl(room: StandInRoom, init: CallerInit): string
  /** Tells everybody in a room of an event. */
  tell(room: string, event: Readonly<Record<string, unknown>>): void
  /** Puts everybody of this name out of a room. */
  putOut(room: string, name: string, kind: string): void
  /** A recording that pages may fetch. */
  sound(bytes: Uint8Array): string
  /** Somebody comes into a room without a page, says nothing, and leaves when that is called. */
  enter(room: string): () => void
  /** Forgets its rooms and what it was told to answer. */
  forget(): void
  /** Resolves when somebody asks for this. */
  wait(what: string): Promise<Asked>
  close(): Promise<void>
}

/** What somebody in a room asks of Daily's servers, and where; what they answer. */
type Answer = (asked: Readonly<Record<string, unknown>>, room: string) => object | Promise<object>

interface CallerInit {
  readonly token?: string
  readonly name?: string
  readonly echo?: boolean
  /** It keeps what it hears, and tells no loudness. */
  readonly keep?: boolean
}

interface Seat {
  readonly socket: WebSocket
  readonly guest: Guest
  readonly room: string
}

export const standInKey = 'daily-stand-in-key'

export async function openStandIn(): Promise<StandIn> {
  const standIn = new DailyStandIn()
  await standIn.listen()
  return standIn
}

class DailyStandIn implements StandIn {
  readonly rooms = new Map<string, StandInRoom>()
  readonly asked: Asked[] = []
  readonly answers = new Map<string, Answer>()
  failing: number | undefined
  readonly #tickets = new Map<string, Ticket>()
  readonly #seats = new Set<Seat>()
  readonly #sounds: Uint8Array[] = []
  readonly #waiting: { readonly what: string; readonly found: (asked: Asked) => void }[] = []
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #sockets = new WebSocketServer({ noServer: true })
  #origin = ''

  async listen(): Promise<void> {
    this.#server.on('upgrade', (request, socket, head) =>
      this.#sockets.handleUpgrade(request, socket, head, (open) => this.#sit(open)),
    )
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
    this.#origin = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get api(): string {
    return `${this.#origin}/v1`
  }

  get bundlePath(): string {
    return `${this.#origin}/machine`
  }

  get sockets(): number {
    return this.#sockets.clients.size
  }

  ticket(ticket: Ticket): string {
    const token = randomUUID()
    this.#tickets.set(token, ticket)
    return token
  }

  open(name: string): StandInRoom {
    const room = { name, url: `${this.#origin}/${name}`, properties: {} }
    this.rooms.set(name, room)
    return room
  }

  callerUrl(
    { url, name: room }: StandInRoom,
    { token, name = 'caller', echo = false, keep = false }: CallerInit,
  ): string {
    const query = new URLSearchParams({
      url,
      name,
      bundle: this.bundlePath,
      token: token ?? this.ticket({ room }),
      echo: echo ? 'yes' : '',
      keep: keep ? 'yes' : '',
    })
    return `${this.#origin}/caller/?${query.toString()}`
  }

  tell(room: string, event: Readonly<Record<string, unknown>>): void {
    this.#toAll(room, { type: 'event', event })
  }

  putOut(room: string, name: string, kind: string): void {
    for (const seat of this.#seats) {
      if (seat.room !== room || seat.guest.name !== name) continue
      this.#say(seat, { type: 'error', kind, reason: `put out: ${kind}` })
    }
  }

  sound(bytes: Uint8Array): string {
    return `${this.#origin}/sound/${this.#sounds.push(bytes) - 1}`
  }

  enter(room: string): () => void {
    const guest: Guest = { id: randomUUID(), name: 'nobody', kind: '' }
    this.#toAll(room, { type: 'joined', guest })
    return () => this.#toAll(room, { type: 'gone', id: guest.id })
  }

  forget(): void {
    this.rooms.clear()
    this.answers.clear()
    this.failing = undefined
  }

  wait(what: string): Promise<Asked> {
    return new Promise((found) => void this.#waiting.push({ what, found }))
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate()
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => void this.#server.close(() => resolve()))
  }

  #note(asked: Asked): void {
    this.asked.push(asked)
    const at = this.#waiting.findIndex(({ what }) => what === asked.what)
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.found(asked)
  }

  #say(seat: Seat, told: FromStandIn): void {
    if (seat.socket.readyState === seat.socket.OPEN) seat.socket.send(JSON.stringify(told))
  }

  #toAll(room: string, told: FromStandIn, except?: Seat): void {
    for (const seat of this.#seats) {
      if (seat.room === room && seat !== except) this.#say(seat, told)
    }
  }

  #sit(socket: WebSocket): void {
    let seat: Seat | undefined
    socket.on('error', () => undefined)
    socket.on('message', (data) => {
      const said = readSaid(String(data))
      if (said === undefined) return
      if (said.type === 'join') seat = this.#join(socket, said)
      else if (seat !== undefined) this.#hear(seat, said)
    })
    socket.on('close', () => {
      if (seat === undefined) return
      this.#seats.delete(seat)
      this.#toAll(seat.room, { type: 'gone', id: seat.guest.id })
    })
  }

  #join(socket: WebSocket, said: ToStandIn & { readonly type: 'join' }): Seat | undefined {
    const ticket = this.#tickets.get(said.token)
    const refuse = (kind: string, reason: string): undefined => {
      const told: FromStandIn = { type: 'error', kind, reason }
      socket.send(JSON.stringify(told))
      return undefined
    }
    if (!this.rooms.has(said.room)) return refuse('no-room', 'The meeting does not exist.')
    if (ticket?.room !== said.room) return refuse('not-allowed', 'You are not allowed to join.')
    const guest: Guest = {
      id: ticket.id ?? randomUUID(),
      name: said.name,
      kind: ticket.kind ?? '',
    }
    const others = [...this.#seats].filter(({ room }) => room === said.room)
    const seat: Seat = { socket, guest, room: said.room }
    this.#say(seat, {
      type: 'welcome',
      id: guest.id,
      guests: others.map((other) => other.guest),
      canReceive: ticket.canReceive,
    })
    this.#toAll(said.room, { type: 'joined', guest })
    this.#seats.add(seat)
    return seat
  }

  #hear(seat: Seat, said: ToStandIn): void {
    const { room, guest } = seat
    const others = [...this.#seats].filter((other) => other.room === room && other !== seat)
    if (said.type === 'rtc') {
      for (const other of others) {
        if (other.guest.id === said.to) {
          this.#say(other, { type: 'rtc', from: guest.id, data: said.data })
        }
      }
    } else if (said.type === 'app') {
      for (const other of others) {
        const isMeant = said.to === '*' || other.guest.id === said.to
        if (isMeant) this.#say(other, { type: 'app', from: guest.id, data: said.data })
      }
    } else if (said.type === 'permissions') {
      this.#note({ what: 'permissions', body: { of: said.of, canReceive: said.canReceive } })
      for (const other of others) {
        if (other.guest.id === said.of) {
          this.#say(other, { type: 'permissions', canReceive: said.canReceive })
        }
      }
    } else if (said.type === 'ask') {
      const what = String(said.asked['action'])
      this.#note({ what, body: said.asked })
      void (async () => {
        const answer = { ...(await this.answers.get(what)?.(said.asked, room)) }
        this.#say(seat, { type: 'answer', stamp: said.stamp, answer })
      })()
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', this.#origin)
    // Nobody keeps a socket for later: tests count them.
    response.setHeader('connection', 'close')
    if (url.pathname.startsWith('/v1/')) return this.#rest(request, response, url.pathname.slice(3))
    const send = (type: string, body: string | Uint8Array): void =>
      void response.writeHead(200, { 'content-type': type }).end(body)
    const script = async (path: string): Promise<void> => {
      send(
        'text/javascript',
        await compilePage(await readFile(new URL(path, import.meta.url), 'utf8')),
      )
    }
    const sound = /^\/sound\/(\d+)$/.exec(url.pathname)?.[1]
    if (url.pathname === '/caller/') send('text/html', callerPage)
    else if (url.pathname === '/caller/caller.js') await script('./page/caller.ts')
    else if (url.pathname === '/caller/tape.ts') await script('./page/tape.ts')
    else if (url.pathname === '/machine/call-machine-object-bundle.js') {
      await script('./page/call-machine.ts')
    } else if (url.pathname === '/caller/daily.js') {
      send('text/javascript', await readFile(dailyJs))
    } else if (sound !== undefined) send('audio/wav', this.#sounds[Number(sound)] ?? '')
    else response.writeHead(404).end()
  }

  async #rest(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const text = (await request.toArray()).join('')
    const body = (text === '' ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>
    const { method = '' } = request
    const what = `${method} ${path.replace(/^\/rooms\/.+/, '/rooms/:name')}`
    this.#note({ what, body })
    const send = (status: number, answer: object): void =>
      void response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(answer))
    if (request.headers.authorization !== `Bearer ${standInKey}`) {
      return send(401, { error: 'authentication-error' })
    }
    if (this.failing !== undefined) return send(this.failing, { error: 'server-error' })
    const refusal = refusalOf(what, body)
    if (refusal !== undefined)
      return send(refusal.status, { error: 'invalid-request-error', info: refusal.info })
    const properties = (body['properties'] ?? {}) as Readonly<Record<string, unknown>>
    if (what === 'POST /rooms') {
      const name = (body['name'] as string | undefined) ?? randomUUID()
      const room = { name, url: `${this.#origin}/${name}`, properties }
      this.rooms.set(name, room)
      const sip = properties['sip'] !== undefined && { sip_uri: { endpoint: `${name}.0@sip.test` } }
      return send(200, {
        id: randomUUID(),
        name,
        url: room.url,
        privacy: 'private',
        config: { ...sip },
      })
    }
    if (what === 'POST /meeting-tokens') {
      const room = String(properties['room_name'])
      return send(200, { token: this.ticket({ room, properties }) })
    }
    if (what === 'DELETE /rooms/:name') {
      const name = path.slice('/rooms/'.length)
      const isThere = this.rooms.delete(name)
      for (const seat of this.#seats) {
        if (seat.room === name)
          this.#say(seat, { type: 'error', kind: 'no-room', reason: 'deleted' })
      }
      return send(isThere ? 200 : 404, { deleted: isThere, name })
    }
    send(200, {})
  }
}

const dailyJs = createRequire(import.meta.url).resolve('@daily-co/daily-js/dist/daily-esm.js')

const callerPage = `<!doctype html><meta charset="utf-8"><title>caller</title>
<script type="importmap">{ "imports": { "@daily-co/daily-js": "./daily.js" } }</script>
<script type="module" src="caller.js"></script>`

/** What a page says; nothing where it makes no sense: a page that talks nonsense talks it to everybody. */
function readSaid(text: string): ToStandIn | undefined {
  try {
    return JSON.parse(text) as ToStandIn
  } catch {
    return undefined
  }
}
