import type { WebSocket } from 'ws'
import { VoxgraphError, type Accept, type ListenContext, type Listener } from 'voxgraph/plugin'
import { createDial } from './dial.ts'
import { createHandOver, type HandOver } from './hand-over.ts'
import { isFinal, Legs } from './legs.ts'
import { loadSdk } from './load-sdk.ts'
import type { TwilioOptions } from './options.ts'
import { Reception, type ExpectedCall } from './reception.ts'
import { createRest, type TwilioRest } from './rest.ts'
import { createSigned, type Fields, type Signed, type SignedRequest } from './signed.ts'
import { StreamCall } from './stream-call.ts'
import { StreamDoor } from './stream-door.ts'
import type { StreamStart } from './stream-messages.ts'
import { Twiml } from './twiml.ts'

type Context = ListenContext<TwilioOptions>

/** Parameter of a stream that says which call it belongs to. */
const tokenName = 'voxgraph_token'
/** Most parameters that are taken from the address of the webhook, and the longest in characters. */
const mostParameters = 20
const longestParameter = 200
/** How long a socket may still say what Twilio has said elsewhere, in ms. */
const graceMs = 1000

/**
 * Opens for calls: the webhook, the socket of the streams, and the addresses at which Twilio tells how calls go.
 * @throws VoxgraphError `address-in-use` or `address-refused`; ProviderError when keys or the SDK are missing
 */
export async function openDesk(ctx: Context, accept: Accept): Promise<Listener> {
  const { options, log, web } = ctx
  const { account_sid: accountSid = '', auth_token: authToken = '' } = options
  const sdk = await loadSdk()
  const rest = createRest(sdk, options, ctx.clock)
  const twiml = new Twiml(sdk, options)
  const site = await web.open(options)
  const publicAddress = (options.public_url ?? site.publicAddress).replace(/\/+$/, '')
  const isReal = new URL(options.endpoint).hostname.endsWith('twilio.com')
  if (isReal && !publicAddress.startsWith('https:')) {
    log.warn(`Twilio cannot reach ${publicAddress}: set public_url to an address of https`)
  }
  const signed = createSigned({ sdk, accountSid, authToken, publicAddress })
  const desk = new Desk(ctx, accept, { rest, twiml, publicAddress })
  const { path } = options
  for (const route of desk.routes(signed)) site.route(route)
  site.socket(`${path}/stream`, (upgrade) => {
    if (!signed.holds(upgrade, `${path}/stream`)) return upgrade.refuse({ status: 403 })
    if (desk.isClosed) return upgrade.refuse({ status: 503 })
    upgrade.accept({ maxMessage: options.max_message }, (socket) => desk.enter(socket))
  })
  return {
    address: `${publicAddress}${path}`,
    dial: desk.dial,
    async close() {
      desk.close()
      await site.close()
    },
  }
}

interface DeskInit {
  readonly rest: TwilioRest
  readonly twiml: Twiml
  readonly publicAddress: string
}

/** Knows every call from the webhook to the end of its stream. */
class Desk {
  isClosed = false
  readonly dial: NonNullable<Listener['dial']>
  readonly #ctx: Context
  readonly #accept: Accept
  readonly #init: DeskInit
  readonly #reception: Reception
  readonly #door: StreamDoor
  readonly #legs: Legs
  readonly #handOver: HandOver
  readonly #live = new Map<string, StreamCall>()

  constructor(ctx: Context, accept: Accept, init: DeskInit) {
    const { options, clock, log } = ctx
    const { rest, twiml } = init
    this.#ctx = ctx
    this.#accept = accept
    this.#init = init
    this.#reception = new Reception(clock, options.stream_timeout)
    this.#door = new StreamDoor({
      clock,
      timeoutMs: options.stream_timeout,
      begin: (start, socket) => this.#begin(start, socket),
    })
    this.#legs = new Legs({
      clock,
      rest,
      urls: {
        answered: this.#url('/answered'),
        taken: this.#url('/taken'),
        answeredBy: this.#url('/answered-by'),
        status: this.#url('/status'),
      },
      // Twilio counts the ringing; what is behind it is listening for a machine, a brief, a key.
      limitMs: options.ring_timeout + 60_000,
      goodbye: twiml.hangUp(),
    })
    this.#handOver = createHandOver({ rest, legs: this.#legs, twiml, log, from: options.from })
    this.dial = createDial({
      legs: this.#legs,
      twiml,
      options,
      admit: () => ctx.admit(),
      expect: (call) => this.#expect(call, {}),
      live: (sid) => this.#live.get(sid),
    })
  }

  routes(signed: Signed) {
    const { path } = this.#ctx.options
    const legs = this.#legs
    return [
      signed.route(path, (request) => this.#incoming(request)),
      signed.route(`${path}/status`, (request) => this.#status(request)),
      signed.route(`${path}/answered`, ({ form, query }) => legs.answered(query['leg'], form)),
      signed.route(`${path}/taken`, ({ form, query }) => legs.taken(query['leg'], form)),
      signed.route(`${path}/answered-by`, ({ form, query }) => {
        legs.answeredBy(query['leg'], form)
        return ''
      }),
    ]
  }

  enter(socket: WebSocket): void {
    this.#door.enter(socket)
  }

  /** Takes no more calls. Calls under way are not touched. */
  close(): void {
    this.isClosed = true
    this.#reception.close()
    this.#door.close()
  }

  #url(path: string): string {
    return `${this.#init.publicAddress}${this.#ctx.options.path}${path}`
  }

  #incoming({ form, query }: SignedRequest): string {
    const { twiml } = this.#init
    const sid = form['CallSid'] ?? ''
    // Asked again about a call that runs: its stream is over at Twilio, and soon here.
    if (sid === '' || this.#live.has(sid)) return twiml.hangUp()
    if (this.isClosed) return twiml.busy()
    const place = this.#reception.placeOf(sid) ?? this.#ctx.admit()
    if ('busy' in place) return twiml.busy()
    return this.#expect({ sid, call: callOf(form), place }, query)
  }

  /** TwiML that connects a call with its stream; one that has it already ends there. */
  #expect(call: ExpectedCall, query: Fields): string {
    if (this.#live.has(call.sid)) return this.#init.twiml.hangUp()
    const token = this.#reception.expect(call)
    return this.#init.twiml.stream({
      url: this.#url('/stream').replace(/^http/, 'ws'),
      status: this.#url('/status'),
      parameters: { ...parametersOf(query), [tokenName]: token },
    })
  }

  #begin({ streamSid, accountSid, callSid, parameters }: StreamStart, socket: WebSocket) {
    const { clock, options, log } = this.#ctx
    const { [tokenName]: token = '', ...others } = parameters
    if (accountSid !== options.account_sid) return 'the stream is of another account'
    const expected = this.#reception.claim(callSid, token)
    if (expected === undefined) return 'no such call was announced'
    const call = { ...others, ...expected.call }
    const ours = String(call[call['direction'] === 'outbound' ? 'from' : 'to'] ?? '')
    const made = new StreamCall({
      socket,
      clock,
      streamSid,
      call,
      limits: {
        maxUnread: options.max_unread,
        maxSpeed: options.max_speed,
        idleTimeoutMs: options.idle_timeout,
      },
      hangUp: () =>
        this.#init.rest
          .hangUp(callSid)
          .catch((thrown: Error) => log.warn(`the call was not hung up: ${thrown.message}`)),
      transfer: (destination, init, moves) =>
        this.#handOver({ sid: callSid, ours, moves }, destination, init),
    })
    this.#live.set(callSid, made)
    socket.once('close', () => {
      this.#live.delete(callSid)
      this.#legs.forget(callSid)
    })
    this.#accept(made, expected.place)
    expected.onStream?.()
    return undefined
  }

  /** Twilio says how a call goes, or its stream. */
  #status({ form, query }: SignedRequest): string {
    const { clock, log } = this.#ctx
    const sid = form['CallSid'] ?? ''
    const stream = form['StreamEvent']
    if (stream === 'stream-error') {
      log.warn(
        `Twilio could not stream a call: ${(form['StreamError'] ?? 'it does not say why').slice(0, 200)}`,
      )
      this.#reception.miss(sid)
    }
    const isOver = isFinal(form['CallStatus']) && stream === undefined
    if (isOver) {
      this.#reception.miss(sid)
      this.#legs.ended(query['leg'], form)
    }
    const call = this.#live.get(sid)
    const failure = stream === 'stream-error' ? new VoxgraphError('connection-lost') : undefined
    // The socket says the same, and the last of the sound before it.
    const isLast = isOver || stream === 'stream-stopped' || stream === 'stream-error'
    if (isLast && call !== undefined) clock.after(graceMs, () => call.ended(failure))
    return ''
  }
}

/** What is known of a call that has come in, by what Twilio calls it. */
const details = {
  CallerName: 'caller_name',
  ForwardedFrom: 'forwarded_from',
  FromCity: 'from_city',
  FromCountry: 'from_country',
} as const

function callOf(form: Fields): Readonly<Record<string, string>> {
  const known = Object.entries(details).flatMap(([field, name]) => {
    const value = form[field] ?? ''
    return value === '' ? [] : [[name, value] as const]
  })
  const { From: from = '', To: to = '', CallSid: sid = '' } = form
  return { ...Object.fromEntries(known), from, to, direction: 'inbound', sid }
}

/** What stands in the address of the webhook, which Twilio signs, comes along with the stream. */
const parametersOf = (query: Fields): Fields =>
  Object.fromEntries(
    Object.entries(query)
      .filter(([name, value]) => name.length + value.length <= longestParameter)
      .slice(0, mostParameters),
  )
