import { reasonOf } from '../errors/index.ts'
import { carried } from './carry.ts'
import type { Handover } from './handover.ts'
import type { Seat } from './seat.ts'

/**
 * What the next agent is to be told. It is collected while the old one still speaks: where a hand-off carries
 * a summary, the old agent's brain is asked for it at once.
 */
export class Briefing {
  /** Resolves when there is nothing to wait for any more. */
  readonly ready: Promise<void>
  readonly #from: Seat
  readonly #handover: Handover
  readonly #unanswered: number
  readonly #hurry = new AbortController()
  #summary: string | undefined

  constructor(from: Seat, handover: Handover) {
    this.#from = from
    this.#handover = handover
    this.#unanswered = from.unanswered
    this.ready = handover.handoff.carry === 'summary' ? this.#summarise() : Promise.resolve()
  }

  /** What is not there by now is not waited for: the transcript is carried in place of a summary. */
  hurry(): void {
    this.#hurry.abort()
  }

  /** Tells the next agent. `unavailable` are hand-offs of its own that are used up. */
  give(next: Seat, unavailable: readonly string[]): void {
    const { record, host } = this.#from
    const { handoff, callId, from, pass } = this.#handover
    const summary = this.#summary
    const isMissing = handoff.carry === 'summary' && summary === undefined
    const carry = isMissing ? 'transcript' : handoff.carry
    const { isCut } = host
    next.record.adopt(carried(record, { carry, unanswered: this.#unanswered, callId, isCut }))
    const short = summary === undefined ? {} : { summary }
    next.record.note({ role: 'handoff', from, pass, ...short, unavailable })
  }

  async #summarise(): Promise<void> {
    const { host } = this.#from
    const { signal } = this.#hurry
    const tooLate = Promise.withResolvers<undefined>()
    signal.addEventListener('abort', () => tooLate.resolve(undefined), { once: true })
    const summary = this.#from.summarise(signal).catch((thrown: unknown) => {
      host.log.warn(`no summary: ${reasonOf(thrown)}`)
      return undefined
    })
    this.#summary = await Promise.race([summary, tooLate.promise])
  }
}
