import type {
  Accept,
  Busy,
  Clock,
  DialInit,
  Listener,
  Log,
  Place,
  Site,
  Web,
  WebRequest,
  WebResponse,
} from 'voxgraph/plugin'
import { bearerOf, busyTexts, isSameSecret, jsonResponse, VoxgraphError } from 'voxgraph/plugin'
import { sendBot, type Bot } from './bot.ts'
import type { BrowserPool } from './browser-pool.ts'
import { connectCaller } from './connect-caller.ts'
import { heldCallOf, isSigned, type HeldCall } from './dial-in.ts'
import { ring } from './dial.ts'
import type { Participant } from './messages.ts'
import type { PageServer } from './page-server.ts'
import type { Rest, Room } from './rest.ts'
import { waitForCaller } from './wait-for-caller.ts'

/** How long a room outlives the longest call, in s: whoever is late is put out by Daily itself. */
const spareS = 60
/** How long Daily has to tell where a caller on hold is put through to, in ms. */
const readyWithinMs = 10_000
/** How long a fixed room is left alone after a failure, or when there was no room for a call, in ms. */
const againMs = 5000

/** What `openDaily` takes. */
export interface DailyInit {
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly web: Web
  readonly accept: Accept
  readonly admit: () => Place | Busy
  readonly pool: BrowserPool
  readonly server: PageServer
  readonly rest: Rest
  readonly options: DailyOptions
}

/** Options, as the code needs them. */
export interface DailyOptions {
  readonly host: string
  readonly port: number
  readonly path: string
  /** Empty: everybody may ask for a call. */
  readonly token: string
  /** Room that the bot is always in, and the token it brings; undefined: a room for every call. */
  readonly room: { readonly url: string; readonly token: string } | undefined
  readonly dialInSecret: string | undefined
  readonly dialOut: boolean
  readonly callerId: string | undefined
  readonly queues: Readonly<Record<string, string>>
  readonly refer: boolean
  readonly geo: string | undefined
  readonly botName: string
  readonly bundlePath: string | undefined
  readonly callerTimeoutMs: number
  readonly maxCallMs: number
}

/** How a caller comes into a room where the bot is; undefined where nobody came. */
type Arrival = (bot: Bot) => Promise<Participant | undefined>

/** A stay of the bot in one room. */
interface Visit {
  /** `name` is undefined where the room is not ours to delete. */
  readonly room: { readonly url: string; readonly token: string; readonly name: string | undefined }
  readonly arrival: Arrival
  /** Asked for when the caller is there, unless there is one already. */
  readonly place: Place | undefined
  readonly call: Readonly<Record<string, unknown>>
}

/**
 * Opens for calls in rooms of Daily's: over HTTP, from the telephone, to it, or in one room.
 * @throws VoxgraphError `address-in-use`, `address-refused`, or why the bot cannot be in its room
 */
export async function openDaily(init: DailyInit): Promise<Listener> {
  const daily = new Daily(init)
  const { room, dialOut, path } = init.options
  const close = (): Promise<void> => daily.close()
  try {
    if (room !== undefined) {
      await daily.sitIn(room)
      return { address: room.url, close }
    }
    const site = await daily.openSite()
    const address = `${site.address}${path}`
    return { address, ...(dialOut && { dial: (asked: DialInit) => daily.dial(asked) }), close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

class Daily {
  readonly #init: DailyInit
  /** Ends what waits for a caller; calls go on. */
  readonly #closing = new AbortController()
  readonly #visits = new Set<Promise<unknown>>()
  /** Visits without a caller yet: each resolves when there is one, or when it is over. */
  readonly #waiting = new Set<Promise<void>>()
  /** Callers on hold who are fetched, or were and are still here. */
  readonly #held = new Set<string>()
  #calls = 0
  #site: Site | undefined

  constructor(init: DailyInit) {
    this.#init = init
    init.signal.addEventListener('abort', () => void this.#free(), { once: true })
  }

  async openSite(): Promise<Site> {
    const { web, options } = this.#init
    const site = await web.open(options)
    this.#site = site
    const { path, dialInSecret } = options
    site.route({ method: 'POST', path, answer: (request) => this.#invite(request) })
    if (dialInSecret !== undefined) {
      const dialIn = `${path === '/' ? '' : path}/dialin`
      site.route({
        method: 'POST',
        path: dialIn,
        answer: (request) => this.#takeHeld(request, dialInSecret),
      })
    }
    return site
  }

  /** Takes one caller after the other in one room. Resolves when the bot is there for the first time. */
  async sitIn(room: { readonly url: string; readonly token: string }): Promise<void> {
    const { clock, log } = this.#init
    const { signal } = this.#closing
    const first = Promise.withResolvers<void>()
    const sit = async (): Promise<void> => {
      while (!signal.aborted) {
        try {
          await this.#visit({
            room: { ...room, name: undefined },
            arrival: (bot) => {
              first.resolve()
              return waitForCaller({ bot, clock, signal, withinMs: undefined })
            },
            place: undefined,
            call: { from: '', to: '', direction: 'inbound', room: room.url },
          })
        } catch (thrown) {
          first.reject(thrown as Error)
          if (signal.aborted) return
          log.warn(`the bot is not in its room: ${String(thrown)}`)
          await clock.sleep(againMs, signal).catch(() => undefined)
        }
      }
    }
    this.#track(sit())
    await first.promise
  }

  async dial({ to, call, signal }: DialInit): Promise<void> {
    const { options } = this.#init
    const place = this.#init.admit()
    const fail = (reason: string, cause?: unknown): VoxgraphError =>
      new VoxgraphError('dial-failed', { to, reason }, { cause })
    if ('busy' in place) throw fail(busyTexts[place.busy])
    const answered = Promise.withResolvers<void>()
    const arrival: Arrival = async (bot) => {
      const id = await ring({ bot, to, callerId: options.callerId, signal })
      answered.resolve()
      return bot.people.get(id) ?? { id, name: '', kind: 'pstn-dial-out' }
    }
    const visit = this.#open({ place, dialOut: true, dialIn: false }).then((room) =>
      this.#visit({
        room,
        arrival,
        place,
        call: { from: options.callerId ?? '', to, ...call, direction: 'outbound' },
      }),
    )
    visit.then(
      () => answered.reject(fail('nobody answered')),
      (thrown: unknown) => {
        const isDial = thrown instanceof VoxgraphError && thrown.code === 'dial-failed'
        answered.reject(isDial ? thrown : fail(String(thrown), thrown))
      },
    )
    this.#track(visit)
    await answered.promise
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#site?.close()
    await Promise.all(this.#waiting)
    const over = Promise.all(this.#visits).then(() => this.#free())
    // Calls under way keep their browsers; who closes waits only where there are none.
    if (this.#calls === 0) await over
  }

  async #free(): Promise<void> {
    await this.#init.pool.close()
    await this.#init.server.close()
  }

  #track(work: Promise<unknown>): void {
    const tracked: Promise<unknown> = work
      .catch(() => undefined)
      .then(() => void this.#visits.delete(tracked))
    this.#visits.add(tracked)
  }

  /** Somebody asks for a call: makes a room, puts the bot into it, and answers where it is. */
  async #invite(request: WebRequest): Promise<WebResponse> {
    const { options, clock, admit, rest, log } = this.#init
    const { token: secret } = options
    if (secret !== '' && !isSameSecret(bearerOf(request) ?? '', secret)) {
      return jsonResponse(401, { error: 'unauthorized' })
    }
    if (secret === '' && isForeign(request)) return jsonResponse(403, { error: 'forbidden' })
    const place = admit()
    if ('busy' in place) return jsonResponse(503, { error: place.busy }, { 'Retry-After': '5' })
    const there = Promise.withResolvers<void>()
    // Nobody may be waiting for it any more when it is rejected.
    there.promise.catch(() => undefined)
    try {
      const room = await this.#open({ place, dialIn: false, dialOut: options.dialOut })
      const visit = this.#visit({
        room,
        place,
        arrival: (bot) => {
          there.resolve()
          const { signal } = this.#closing
          return waitForCaller({ bot, clock, signal, withinMs: options.callerTimeoutMs })
        },
        call: { from: '', to: '', direction: 'inbound', room: room.url },
      })
      this.#track(visit)
      visit.catch(there.reject)
      const token = await rest.token({ room: room.name, expires: room.expires, isOwner: false })
      await there.promise
      return jsonResponse(200, { room_url: room.url, token })
    } catch (thrown) {
      log.warn(`no call could be made: ${String(thrown)}`)
      return jsonResponse(502, { error: 'no room' })
    }
  }

  /** Daily tells of a caller on hold: answers at once, then fetches them. */
  #takeHeld(request: WebRequest, secret: string): WebResponse {
    const { clock, admit, log } = this.#init
    if (!isSigned(request, secret, clock.wall()))
      return jsonResponse(401, { error: 'unauthorized' })
    const held = heldCallOf(request.body)
    if (held === undefined) return jsonResponse(400, { error: 'no call' })
    // Told twice, nobody is fetched twice: each time costs a room.
    if (held === 'test' || this.#held.has(held.callId)) return jsonResponse(200, {})
    const place = admit()
    if ('busy' in place) return jsonResponse(503, { error: place.busy })
    this.#held.add(held.callId)
    const fetching = this.#fetch(held, place).finally(() => this.#held.delete(held.callId))
    fetching.catch((thrown: unknown) => log.warn(`a caller was not put through: ${String(thrown)}`))
    this.#track(fetching)
    return jsonResponse(200, {})
  }

  async #fetch(held: HeldCall, place: Place): Promise<void> {
    const { clock, rest, options } = this.#init
    const { callId, callDomain, from, to } = held
    const { signal } = this.#closing
    const room = await this.#open({ place, dialIn: true, dialOut: options.dialOut })
    const arrival: Arrival = async (bot) => {
      const late = clock.sleep(readyWithinMs, signal).then(() => {
        throw new VoxgraphError('room-failed', { reason: 'no address for dial-in came in time' })
      })
      const sipUri = await Promise.race([bot.sip, late])
      late.catch(() => undefined)
      await rest.putThrough({ callId, callDomain, sipUri })
      return waitForCaller({ bot, clock, signal, withinMs: options.callerTimeoutMs })
    }
    const call = { from, to, direction: 'inbound', room: room.url, call_id: callId }
    await this.#visit({ room, place, arrival, call })
  }

  /** Makes a room for one call. The place is given back where that fails. */
  async #open(want: {
    readonly place: Place
    readonly dialIn: boolean
    readonly dialOut: boolean
  }): Promise<Room & { readonly token: string; readonly expires: number }> {
    const { rest, clock, options } = this.#init
    const { callerTimeoutMs, maxCallMs, geo, botName } = options
    const expires = Math.ceil((clock.wall() + callerTimeoutMs + maxCallMs) / 1000) + spareS
    const { place, ...kind } = want
    try {
      const room = await rest.openRoom({ expires, geo, ...kind })
      const asked = { room: room.name, expires, isOwner: true, name: botName }
      return { ...room, expires, token: await rest.token(asked) }
    } catch (thrown) {
      place.leave()
      throw thrown
    }
  }

  /** Puts the bot into a room, waits for the caller, and hands the call over. Resolves when all is over. */
  async #visit({ room, arrival, place: given, call }: Visit): Promise<void> {
    const { pool, server, clock, options, log, accept, admit } = this.#init
    let isHandedOver = false
    let bot: Bot | undefined
    const { promise: waiting, resolve: settle } = Promise.withResolvers<void>()
    this.#waiting.add(waiting)
    const settled = (): void => {
      this.#waiting.delete(waiting)
      settle()
    }
    try {
      bot = await sendBot({
        ...{ pool, server, clock, room, signal: this.#closing.signal },
        ...{ name: options.botName, bundlePath: options.bundlePath },
      })
      const caller = await arrival(bot)
      if (caller === undefined) return
      const place = given ?? admit()
      if ('busy' in place) {
        await bot.call('sendAppMessage', { type: 'busy', reason: place.busy }, caller.id)
        throw new VoxgraphError('room-failed', { reason: `no room for a call: ${place.busy}` })
      }
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const left = async (isKept: boolean): Promise<void> => {
        if (!isKept) await this.#closeRoom(room.name)
        resolve()
      }
      const { queues, callerId, refer } = options
      const mayStay = room.name !== undefined
      const init = { bot, caller, call, clock, log, queues, callerId, refer, mayStay, left }
      // From here on the runtime closes the call, and gives the place back.
      isHandedOver = true
      this.#calls++
      settled()
      accept(connectCaller(init), place)
      await over
      this.#calls--
    } finally {
      if (!isHandedOver) {
        given?.leave()
        await bot?.leave()
        await this.#closeRoom(room.name)
      }
      settled()
    }
  }

  async #closeRoom(name: string | undefined): Promise<void> {
    if (name === undefined) return
    const { rest, log } = this.#init
    await rest.closeRoom(name).catch((thrown: unknown) => {
      // It expires by itself.
      log.warn(`the room ${name} was not deleted: ${String(thrown)}`)
    })
  }
}

/** A page of another site may post here without reading the answer, and each time costs a room. */
function isForeign({ headers: { origin, host } }: WebRequest): boolean {
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
}
