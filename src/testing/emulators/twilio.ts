import { createValidators, type Validators } from '../../schema/compile.ts'
import type { Emulator, EmulatorInit } from './emulator.ts'
import { EmulatorServer, type Asked } from './server.ts'
import { newSid, TwilioCall, type Exchange, type TwilioCallInit } from './twilio-call.ts'
import { placeSchema, updateSchema } from './twilio-schema.ts'
import type { PhonePerson } from './twilio-stream.ts'

/** What `emulateTwilio` takes; `key` is the token of the account. */
export interface TwilioInit extends EmulatorInit {
  /** Name of the account; any unless given. */
  readonly accountSid?: string
  /**
   * Where an address of the world (`https://voice.example.com/twilio`, `wss://…`) is on this machine. Signed
   * is the one of the world. The same unless given.
   */
  readonly reach?: (url: string) => string
}

/** What happens when a number is called. */
export interface Answering {
  /** Nobody takes the call. */
  readonly refuses?: 'busy' | 'no-answer' | 'failed'
  /** Time until then, in ms; none unless given. */
  readonly ringMs?: number
  /** Who answers, as Twilio finds out where it is asked to: `human` unless given, or `machine_start` … */
  readonly by?: string
  readonly farEnd?: PhonePerson
  /** Keys that are pressed when Twilio asks for one; none unless given. */
  readonly presses?: string
  /** Hangs up when it has heard what it was told, so long after it was answered. */
  readonly hangsUpAfterMs?: number
}

/** A call that comes in to us: to the webhook at `url`. */
export type IncomingCall = Partial<Omit<TwilioCallInit, 'direction'>> & { readonly url: string }

/** Twilio on this machine. */
export interface TwilioEmulator extends Emulator {
  readonly accountSid: string
  /** All calls, the oldest first. */
  readonly calls: readonly TwilioCall[]
  /** Who is in which conference. */
  readonly conferences: ReadonlyMap<string, ReadonlySet<TwilioCall>>
  /** Somebody calls us: the webhook is asked, and what it says is done. */
  call(init: IncomingCall): TwilioCall
  /** A call that has not been announced yet: for forms that are posted by hand. */
  newCall(init: IncomingCall): TwilioCall
  /** Says what happens when a number is called. One that was not named does not answer. */
  answers(number: string, answering: Answering): void
}

/**
 * Starts Twilio on a free port: calls of its REST API, webhooks that it signs, and its side of media streams,
 * which opens a socket to us. All at the pace of its clock.
 */
export async function emulateTwilio(init: TwilioInit = {}): Promise<TwilioEmulator> {
  const { accountSid = newSid('AC'), reach = (url: string) => url } = init
  const server = await EmulatorServer.listen({
    ...init,
    vendor: 'twilio',
    keyOf: ({ authorization }) => passwordOf(authorization, accountSid),
    refusal: (status) => ({ body: JSON.stringify(problem(status, refusals[status] ?? 20_500)) }),
    overloaded: 503,
    request: (asked) => api.answer(asked),
  })
  const api = new Api(server, accountSid, reach)
  return Object.assign(server, {
    accountSid,
    calls: api.calls,
    conferences: api.exchange.conferences,
    newCall: (incoming: IncomingCall) => api.incoming(incoming),
    call: (incoming: IncomingCall) => {
      const call = api.incoming(incoming)
      void call.answer()
      return call
    },
    answers: (number: string, answering: Answering) => void api.numbers.set(number, answering),
  })
}

/** Codes of Twilio, by status. */
const refusals: Readonly<Record<number, number>> = { 401: 20_003, 429: 20_429, 503: 20_503 }

const problem = (status: number, code: number, message = `refused, status ${status}`): object => ({
  code,
  message,
  more_info: `https://www.twilio.com/docs/errors/${code}`,
  status,
})

function passwordOf(authorization: string | undefined, accountSid: string): string | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1] ?? ''
  const [user, password] = Buffer.from(encoded, 'base64').toString().split(':')
  return user === accountSid ? password : undefined
}

/** Its REST API, and what comes of it. */
class Api {
  readonly calls: TwilioCall[] = []
  readonly numbers = new Map<string, Answering>()
  readonly exchange: Exchange
  readonly #validators: Validators = createValidators()

  constructor(server: EmulatorServer, accountSid: string, reach: Exchange['reach']) {
    this.exchange = {
      clock: server.clock,
      accountSid,
      token: server.key,
      conferences: new Map(),
      reach,
      violate: (what) => server.violate(what),
    }
  }

  incoming(init: IncomingCall): TwilioCall {
    const numbers = { from: '+15550001111', to: '+15559990000' }
    const call = new TwilioCall(this.exchange, { ...numbers, ...init, direction: 'inbound' })
    this.calls.push(call)
    return call
  }

  answer({ method, url, body, response }: Asked): void {
    const send = (status: number, answer: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer))
    }
    const base = `/2010-04-01/Accounts/${this.exchange.accountSid}`
    const { pathname } = url
    const form = Object.fromEntries(new URLSearchParams(body.toString()))
    if (pathname === `${base}.json`) {
      return send(200, {
        sid: this.exchange.accountSid,
        status: 'active',
        friendly_name: 'emulated',
      })
    }
    if (pathname === `${base}/Calls.json` && method === 'POST') return this.#place(form, send)
    const sid = /\/Calls\/(CA[0-9a-f]{32})\.json$/.exec(pathname)?.[1]
    const call = this.calls.find((one) => one.sid === sid)
    if (!pathname.startsWith(base) || call === undefined) {
      return send(404, problem(404, 20_404, `The requested resource ${pathname} was not found`))
    }
    if (method === 'GET') return send(200, this.#resource(call))
    this.#update(call, form, send)
  }

  #place(form: Readonly<Record<string, string>>, send: Send): void {
    const [issue] = this.#validators.of(placeSchema)(form)
    if (issue !== undefined) {
      this.exchange.violate(`Calls.json: ${issue.pointer} ${issue.message}`)
      return send(400, problem(400, 21_205, issue.message))
    }
    const { To: to = '', From: from = '', Url: url = '' } = form
    const answering = this.numbers.get(to) ?? { refuses: 'no-answer' }
    const { farEnd, presses } = answering
    const status = form['StatusCallback']
    const of = { to, from, url, status, farEnd, presses, direction: 'outbound-api' } as const
    const call = new TwilioCall(this.exchange, of)
    this.calls.push(call)
    send(201, this.#resource(call))
    void this.#ring(call, form, answering)
  }

  async #ring(
    call: TwilioCall,
    form: Readonly<Record<string, string>>,
    { refuses, ringMs = 0, by = 'human', hangsUpAfterMs }: Answering,
  ): Promise<void> {
    const { clock } = this.exchange
    call.status = 'ringing'
    await clock.sleep(ringMs)
    if (call.isOver) return
    if (refuses !== undefined) return call.end(refuses)
    const isAsked = form['MachineDetection'] !== undefined
    const later = form['AsyncAmdStatusCallback']
    if (hangsUpAfterMs !== undefined) clock.after(hangsUpAfterMs, () => void call.end('completed'))
    if (later !== undefined) {
      clock.after(
        machineMs,
        () => void call.post(later, { AnsweredBy: by, MachineDetectionDuration: '1' }),
      )
    }
    await call.answer(isAsked && later === undefined ? { AnsweredBy: by } : {})
  }

  #update(call: TwilioCall, form: Readonly<Record<string, string>>, send: Send): void {
    const [issue] = this.#validators.of(updateSchema)(form)
    if (issue !== undefined) {
      this.exchange.violate(`update: ${issue.pointer} ${issue.message}`)
      return send(400, problem(400, 21_218, issue.message))
    }
    if (call.isOver) {
      return send(400, problem(400, 21_220, 'Call is not in-progress. Cannot redirect.'))
    }
    const twiml = form['Twiml']
    if (twiml !== undefined) void call.run(twiml)
    else void call.end(call.status === 'in-progress' ? 'completed' : 'canceled')
    send(200, this.#resource(call))
  }

  #resource({ sid, from, to, status }: TwilioCall): object {
    return {
      sid,
      account_sid: this.exchange.accountSid,
      from,
      to,
      status,
      api_version: '2010-04-01',
    }
  }
}

type Send = (status: number, answer: object) => void

/** How long it takes to find out that a machine has answered while the call runs, in ms. */
const machineMs = 1000
