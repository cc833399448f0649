import { VoxgraphError } from '../errors/index.ts'
import type { ErrorCategory } from '../frames/index.ts'

/** Longest part of a vendor's own words that goes into a message, in characters. */
const longestReason = 200

/** What `ProviderError` takes beside its category. */
export interface ProviderErrorInit {
  /** Id of the processor. */
  readonly provider: string
  /** What went wrong, in the vendor's words or ours, without a secret: `401 Invalid credentials`. */
  readonly reason: string
  /** Whether asking again may help; where it is left out the category says so. */
  readonly retryable?: boolean
  /** How long the vendor wants us to wait, in ms: its `retry-after`. */
  readonly retryAfterMs?: number
  /** What is to be installed for it, where that is what went wrong: `@deepgram/sdk@5.13.0`. */
  readonly sdk?: string | undefined
  readonly cause?: unknown
}

/** Categories in which another attempt may go better. */
const passing: readonly ErrorCategory[] = [
  'rate-limit',
  'overloaded',
  'connectivity',
  'server',
  'timeout',
]

/**
 * A vendor did not do what it was asked. The category decides what happens next: `auth`, `invalid` and
 * `quota` go to the next provider at once, the others are tried again first.
 */
export class ProviderError extends VoxgraphError {
  readonly category: ErrorCategory
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(category: ErrorCategory, init: ProviderErrorInit) {
    const { provider, cause, sdk } = init
    // One line: it goes to logs and terminals.
    const line = init.reason.replace(/\s+/g, ' ').trim().slice(0, longestReason)
    // The message has a full stop of its own.
    const reason = line.replace(/[\s.]+$/, '')
    const code = sdk === undefined ? (`provider-${category}` as const) : 'provider-sdk'
    const told = { provider, reason: reason || 'no reason was given' }
    super(code, sdk === undefined ? told : { ...told, sdk }, { cause })
    this.category = category
    this.retryable = init.retryable ?? passing.includes(category)
    this.retryAfterMs = init.retryAfterMs
  }
}

/** The category that an HTTP status means, the same for every vendor. */
export function categoryOfStatus(status: number): ErrorCategory {
  if (status === 401 || status === 403) return 'auth'
  if (status === 402) return 'quota'
  if (status === 408 || status === 504) return 'timeout'
  if (status === 429) return 'rate-limit'
  if (status === 503 || status === 529) return 'overloaded'
  return status >= 400 && status < 500 ? 'invalid' : 'server'
}

/** The `retry-after` of an answer in ms, where it is a number of seconds; undefined otherwise. */
export function retryAfterMsOf(header: string | null | undefined): number | undefined {
  const seconds = Number.parseFloat(header ?? '')
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}
