import { ExponentialBackoff, noJitterGenerator, type IBackoff } from 'cockatiel'
import type { NodeDefinition } from '../define/index.ts'
import { errorCategories, type ErrorCategory } from '../frames/index.ts'
import type { Member } from '../kernel/members.ts'
import type { Breakers } from './breakers.ts'

/** Longest that a provider may ask us to wait when there is nobody else, in ms: a caller is on the line. */
const longestWaitMs = 3000

/** Failures that say nothing about the next caller's request: they are not held against a provider. */
const ownFault: readonly ErrorCategory[] = ['invalid', 'bug']

/** Who is to be asked, and when. */
export interface Try<D extends NodeDefinition> {
  readonly member: Member<D>
  /** 1 for the first time this one is asked. */
  readonly attempt: number
  /** Pause before it is asked, in ms. */
  readonly afterMs: number
}

/**
 * Decides who does one piece of work: the first provider that is not at rest, the same again where that may
 * help, then the next. One that let its time pass is not asked twice while there is another. Where all are at
 * rest they are asked all the same: nobody else is left.
 */
export class Choice<D extends NodeDefinition> {
  readonly #members: readonly Member<D>[]
  readonly #breakers: Breakers
  #tried = new Set<Member<D>>()
  #now: Try<D> | undefined
  /** Whoever is asked now is not at rest. */
  #isAllowed = false
  #backoff: IBackoff<unknown> | undefined

  constructor(members: readonly Member<D>[], breakers: Breakers) {
    this.#members = members
    this.#breakers = breakers
  }

  /** Who is asked first. */
  first(): Try<D> {
    const next = this.#next()
    if (next === undefined) throw new Error('a node without members')
    return next
  }

  /** It worked: what failed before is forgotten, and whoever was passed over may be asked again. */
  done(): void {
    const { member } = this.#now ?? {}
    if (member === undefined) return
    this.#breakers.succeeded(member)
    this.#tried = new Set([member])
    this.#backoff = undefined
    this.#now = { member, attempt: 1, afterMs: 0 }
  }

  /** It is ready, which says nothing of whether it works. */
  opened(): void {
    if (this.#now !== undefined && this.#isAllowed) this.#breakers.untried(this.#now.member)
  }

  /** It did not work. @returns who is asked now; undefined when everybody has been */
  after(thrown: unknown): Try<D> | undefined {
    const now = this.#now
    if (now === undefined) return this.first()
    const { category, retryable, retryAfterMs } = claimsOf(thrown)
    const { retry } = now.member.plan.limits
    const isSlow = category === 'timeout' || retryAfterMs > retry.backoffMs
    const hasOthers = this.#members.some((member) => !this.#tried.has(member))
    if (retryable && now.attempt <= retry.max && !(isSlow && hasOthers)) {
      this.#backoff = this.#backoff?.next(undefined) ?? backoffOf(retry.backoffMs)
      const afterMs = Math.max(this.#backoff.duration, retryAfterMs)
      if (afterMs <= longestWaitMs) {
        this.#now = { member: now.member, attempt: now.attempt + 1, afterMs }
        return this.#now
      }
    }
    if (!ownFault.includes(category)) this.#breakers.failed(now.member)
    return this.#next()
  }

  #next(): Try<D> | undefined {
    const left = this.#members.filter((member) => !this.#tried.has(member))
    const allowed = left.find((one) => this.#breakers.allows(one))
    const member = allowed ?? left[0]
    this.#isAllowed = allowed !== undefined
    if (member === undefined) return undefined
    this.#tried.add(member)
    this.#backoff = undefined
    this.#now = { member, attempt: 1, afterMs: 0 }
    return this.#now
  }
}

const backoffOf = (initialDelay: number): IBackoff<unknown> =>
  new ExponentialBackoff({ generator: noJitterGenerator, initialDelay, maxDelay: 5000 }).next()

/** What a failure says of itself; what says nothing is a fault in the code, which no repetition mends. */
export function claimsOf(thrown: unknown): {
  readonly category: ErrorCategory
  readonly retryable: boolean
  readonly retryAfterMs: number
} {
  const claims = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    readonly [claim: string]: unknown
  }
  const category = errorCategories.find((one) => one === claims['category']) ?? 'bug'
  const after = claims['retryAfterMs']
  return {
    category,
    retryable: claims['retryable'] === true,
    retryAfterMs: typeof after === 'number' ? after : 0,
  }
}
