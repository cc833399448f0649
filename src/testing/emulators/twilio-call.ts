import { randomBytes } from 'node:crypto'
import type { Clock } from '../../time/clock.ts'
import { signatureHeader, type Signing } from './twilio-signature.ts'
import { TwilioStream, type PhonePerson } from './twilio-stream.ts'
import { readTwiml, type Verb } from './twilio-twiml.ts'

/** A status of Twilio's. */
export type CallStatus =
  | 'queued'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'no-answer'
  | 'failed'
  | 'canceled'

/** What every call of an emulator shares. */
export interface Exchange {
  readonly clock: Clock
  readonly accountSid: string
  readonly token: string
  /** Who is in which conference. */
  readonly conferences: Map<string, Set<TwilioCall>>
  /** Where an address of the world is on this machine. */
  reach(url: string): string
  violate(what: string): void
}

/** What `TwilioCall` takes. */
export interface TwilioCallInit {
  readonly from: string
  readonly to: string
  readonly direction: 'inbound' | 'outbound-api'
  /** Where Twilio asks what is to be done. */
  readonly url: string
  /** Where it says that the call is over. */
  readonly status?: string | undefined
  readonly farEnd?: PhonePerson | undefined
  /** Keys that the far end presses when it is asked for one. */
  readonly presses?: string | undefined
  /** The stream is not opened: the test does it, by `connect`. */
  readonly holdsStream?: boolean | undefined
  readonly mangle?: ((message: object) => readonly object[]) | undefined
  /** Further fields of the form. */
  readonly fields?: Readonly<Record<string, string>> | undefined
}

/** How a stream is opened that Twilio would have opened. */
export interface ConnectInit {
  readonly signing?: Signing
  /** Of another call. */
  readonly callSid?: string
  readonly parameters?: Readonly<Record<string, string>>
  readonly mangle?: (message: object) => readonly object[]
}

/** A name of Twilio's: `CA` and 32 digits. */
export const newSid = (kind: string): string => `${kind}${randomBytes(16).toString('hex')}`

/** A call at Twilio: does what TwiML says, until there is no more of it. */
export class TwilioCall {
  readonly sid = newSid('CA')
  readonly from: string
  readonly to: string
  status: CallStatus = 'queued'
  /** What was done, a line each: `connect`, `say: Hello.`, `dial +442071838750`, `conference x`, `hangup`. */
  readonly done: string[] = []
  /** Statuses with which the webhooks were answered. */
  readonly answers: number[] = []
  stream: TwilioStream | undefined
  readonly #exchange: Exchange
  readonly #init: TwilioCallInit
  readonly #over = Promise.withResolvers<CallStatus>()
  /** What is being done now; another one takes its place when Twilio is told to do something else. */
  #doing = new AbortController()
  #streamUrl = ''
  #parameters: Readonly<Record<string, string>> = {}

  constructor(exchange: Exchange, init: TwilioCallInit) {
    this.#exchange = exchange
    this.#init = init
    this.from = init.from
    this.to = init.to
  }

  /** Resolves with its last status. */
  get ended(): Promise<CallStatus> {
    return this.#over.promise
  }

  get isOver(): boolean {
    return !['queued', 'ringing', 'in-progress'].includes(this.status)
  }

  /** It is answered: asks what is to be done, and does it. */
  async answer(fields: Readonly<Record<string, string>> = {}): Promise<void> {
    this.status = this.#init.direction === 'inbound' ? 'ringing' : 'in-progress'
    await this.ask(this.#init.url, fields)
  }

  /** Asks for TwiML and does it. */
  async ask(url: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const { status, text } = await this.post(url, fields)
    if (status === 200) await this.run(text)
    else if (!this.isOver) await this.end('failed')
  }

  /** Posts a form that is signed. */
  async post(
    url: string,
    fields: Readonly<Record<string, string>> = {},
    signing?: Signing,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const form = { ...this.#form(), ...this.#init.fields, ...fields }
    const headers = signatureHeader(this.#exchange.token, url, form, signing)
    try {
      const response = await fetch(this.#exchange.reach(url), {
        method: 'POST',
        headers,
        body: new URLSearchParams(form),
      })
      this.answers.push(response.status)
      return { status: response.status, text: await response.text() }
    } catch {
      this.answers.push(0)
      return { status: 0, text: '' }
    }
  }

  /** Does what TwiML says, in the place of what is being done. */
  async run(text: string): Promise<void> {
    this.#doing.abort()
    this.#doing = new AbortController()
    const { signal } = this.#doing
    let verbs: readonly Verb[] = []
    try {
      verbs = readTwiml(text)
    } catch (thrown) {
      this.#exchange.violate(`TwiML: ${(thrown as Error).message}`)
    }
    for (const verb of verbs) {
      const isBusy = verb.name === 'Reject'
      if (!isBusy && !this.isOver) this.status = 'in-progress'
      await this.#do(verb, signal)
      if (signal.aborted || this.isOver) return
    }
    await this.end('completed')
  }

  /** Ends it. */
  async end(status: CallStatus): Promise<void> {
    if (this.isOver) return
    this.status = status
    this.#doing.abort()
    for (const [name, members] of this.#exchange.conferences) {
      if (!members.delete(this)) continue
      this.#exchange.conferences.delete(name)
      for (const other of members) void other.end('completed')
    }
    this.stream?.stop()
    const { status: url } = this.#init
    if (url !== undefined) await this.post(url, { CallStatus: status })
    this.#over.resolve(status)
  }

  /** It is in no conference any more, and those who are do not notice. */
  leaveConferences(): void {
    for (const members of this.#exchange.conferences.values()) members.delete(this)
  }

  /** Opens the stream that TwiML asked for. */
  connect(init: ConnectInit = {}): TwilioStream {
    const { accountSid, token, clock } = this.#exchange
    const stream = new TwilioStream({
      clock,
      url: this.#exchange.reach(this.#streamUrl),
      headers: signatureHeader(token, this.#streamUrl, {}, init.signing),
      streamSid: newSid('MZ'),
      start: {
        accountSid,
        callSid: init.callSid ?? this.sid,
        tracks: ['inbound'],
        customParameters: init.parameters ?? this.#parameters,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
      },
      farEnd: this.#init.farEnd ?? {},
      mangle: init.mangle ?? this.#init.mangle,
      violate: (what) => this.#exchange.violate(what),
      hungUp: () => void this.end('completed'),
    })
    this.stream = stream
    return stream
  }

  #form(): Readonly<Record<string, string>> {
    const { direction } = this.#init
    return {
      AccountSid: this.#exchange.accountSid,
      ApiVersion: '2010-04-01',
      CallSid: this.sid,
      CallStatus: this.status,
      Direction: direction,
      From: this.from,
      To: this.to,
    }
  }

  async #do({ name, attributes, children, text }: Verb, signal: AbortSignal): Promise<void> {
    const [first] = children
    switch (name) {
      case 'Connect':
        this.done.push('connect')
        return this.#connect(first, signal)
      case 'Say':
        this.done.push(`say: ${text}`)
        return
      case 'Reject':
        this.done.push(`reject ${attributes['reason'] ?? 'rejected'}`)
        return this.end('busy')
      case 'Hangup':
        this.done.push('hangup')
        return this.end('completed')
      case 'Redirect':
        return this.ask(text)
      case 'Enqueue':
        this.done.push(`enqueue ${text}`)
        return aborted(signal)
      case 'Dial':
        if (first?.name === 'Conference') {
          this.done.push(`conference ${first.text}`)
          this.#meet(first.text)
        } else this.done.push(`dial ${first === undefined ? text : `${first.name} ${first.text}`}`)
        return aborted(signal)
      case 'Gather':
        return this.#gather(attributes['action'] ?? '', children)
    }
  }

  async #connect(stream: Verb | undefined, signal: AbortSignal): Promise<void> {
    this.#streamUrl = stream?.attributes['url'] ?? ''
    this.#parameters = Object.fromEntries(
      (stream?.children ?? []).map(({ attributes: { name = '', value = '' } }) => [name, value]),
    )
    const status = stream?.attributes['statusCallback']
    if (this.#init.holdsStream === true) return aborted(signal)
    const open = this.connect()
    signal.addEventListener('abort', () => open.stop(), { once: true })
    await open.closed
    if (status === undefined) return
    await this.post(status, { StreamEvent: 'stream-stopped', CallStatus: 'in-progress' })
  }

  #meet(conference: string): void {
    const { conferences } = this.#exchange
    const members = conferences.get(conference) ?? new Set()
    conferences.set(conference, members.add(this))
  }

  async #gather(action: string, said: readonly Verb[]): Promise<void> {
    for (const { text } of said) this.done.push(`say: ${text}`)
    const { presses = '' } = this.#init
    if (presses !== '') await this.ask(action, { Digits: presses })
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
