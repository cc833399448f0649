import { randomBytes } from 'node:crypto'
import { VoxgraphError, type Clock } from 'voxgraph/plugin'
import type { TwilioRest } from './rest.ts'
import type { Fields } from './signed.ts'

/** What is to become of a call that we place. */
export interface LegInit {
  readonly to: string
  readonly from: string
  readonly machineDetection?: 'Enable' | 'DetectMessageEnd' | undefined
  /** TwiML for who has answered; at `taken` is asked what a human gets who takes the call. */
  answered(sid: string, form: Fields, taken: string): string
  /** TwiML for a human who takes a call that waits. From then on nothing calls it off. */
  taken?(): Promise<string>
  /** It is over. */
  ended?(): void
  /** Twilio has found out who answered, while the call runs. */
  answeredBy?(sid: string, by: string): void
}

/** What `Legs` takes. */
export interface LegsInit {
  readonly clock: Clock
  readonly rest: TwilioRest
  /** Addresses that are asked, as the world reaches them. */
  readonly urls: Readonly<Record<'answered' | 'taken' | 'answeredBy' | 'status', string>>
  /** Longest time from placing a call to its outcome, in ms. */
  readonly limitMs: number
  /** TwiML that ends a call. */
  readonly goodbye: string
}

interface Leg {
  readonly init: LegInit
  sid: string | undefined
  /** What a human gets who has taken the call; undefined: nobody has. */
  taking: Promise<string> | undefined
  fail(reason: string): void
}

/** Why a call came to nothing, by the last status that Twilio has for it. */
const endings: Readonly<Record<string, string>> = {
  busy: 'the line is busy',
  'no-answer': 'nobody answered',
  failed: 'the network could not reach it',
  canceled: 'it was called off',
  completed: 'whoever answered hung up',
}
/** True for a status after which nothing happens to a call any more. */
export const isFinal = (status: string | undefined): status is string =>
  status !== undefined && Object.hasOwn(endings, status)

/** Calls that we have placed. Twilio asks about each by a name that nobody else knows. */
export class Legs {
  readonly #init: LegsInit
  readonly #legs = new Map<string, Leg>()

  constructor(init: LegsInit) {
    this.#init = init
  }

  /** Calls that may still be asked about. */
  get size(): number {
    return this.#legs.size
  }

  /**
   * Places a call, and waits until `done` has resolved. Hangs up when it has not by then, or `signal` is aborted.
   * @throws VoxgraphError `dial-failed`; ProviderError when Twilio does not place it
   */
  async place(init: LegInit, done: Promise<void>, signal: AbortSignal): Promise<void> {
    const { clock, rest, urls, limitMs } = this.#init
    const id = randomBytes(16).toString('base64url')
    const failed = Promise.withResolvers<never>()
    const fail = (reason: string): void =>
      failed.reject(new VoxgraphError('dial-failed', { to: init.to, reason }))
    const leg: Leg = { init, sid: undefined, taking: undefined, fail }
    const named = (url: string): string => `${url}?leg=${id}`
    const giveUp = (reason: string): void => {
      // A caller who is on the way to the human has left us, and is not gone.
      if (leg.taking === undefined) fail(reason)
    }
    const stop = (): void => giveUp('it was called off')
    const cancel = clock.after(limitMs, () => giveUp('nothing came of it in time'))
    signal.addEventListener('abort', stop, { once: true })
    this.#legs.set(id, leg)
    const isAsync = init.answeredBy !== undefined
    const placed = rest.place({
      to: init.to,
      from: init.from,
      url: named(urls.answered),
      status: named(urls.status),
      machineDetection: init.machineDetection,
      answeredBy: isAsync ? named(urls.answeredBy) : undefined,
    })
    placed.then(
      (sid) => (leg.sid = sid),
      () => undefined,
    )
    try {
      if (signal.aborted) stop()
      await Promise.race([placed.then(() => done), done, failed.promise])
      // Nothing is asked about it any more, unless somebody waits to know.
      if (!isAsync && init.ended === undefined) this.#legs.delete(id)
    } catch (thrown) {
      this.#legs.delete(id)
      // It may be placed only now, and ring.
      void placed.then((sid) => rest.hangUp(sid)).catch(() => undefined)
      throw thrown
    } finally {
      cancel()
      signal.removeEventListener('abort', stop)
    }
  }

  /** TwiML for who has answered. */
  answered(id: string | undefined, form: Fields): string {
    const leg = this.#find(id, form)
    const taken = `${this.#init.urls.taken}?leg=${id}`
    return leg?.init.answered(form['CallSid'] ?? '', form, taken) ?? this.#init.goodbye
  }

  /** TwiML for a human who takes the call. */
  async taken(id: string | undefined, form: Fields): Promise<string> {
    const leg = this.#find(id, form)
    if (leg?.init.taken === undefined) return this.#init.goodbye
    // Asked twice, nobody is moved twice: who leaves a conference ends it.
    leg.taking ??= leg.init.taken()
    return leg.taking
  }

  answeredBy(id: string | undefined, form: Fields): void {
    const by = form['AnsweredBy']
    if (by !== undefined) this.#find(id, form)?.init.answeredBy?.(form['CallSid'] ?? '', by)
  }

  /** A call is over. */
  ended(id: string | undefined, form: Fields): void {
    const leg = this.#find(id, form)
    if (leg === undefined || id === undefined) return
    this.#legs.delete(id)
    leg.init.ended?.()
    // Where it was taken the caller is on the way already: what becomes of that decides.
    if (leg.taking === undefined) leg.fail(endings[form['CallStatus'] ?? ''] ?? 'it is over')
  }

  /** A call that has been with the runtime is over. */
  forget(sid: string): void {
    for (const [id, leg] of this.#legs) if (leg.sid === sid) this.#legs.delete(id)
  }

  #find(id: string | undefined, form: Fields): Leg | undefined {
    const leg = this.#legs.get(id ?? '')
    if (leg === undefined) return undefined
    // Twilio may ask before it has told us the name.
    leg.sid ??= form['CallSid']
    return leg.sid === form['CallSid'] ? leg : undefined
  }
}
