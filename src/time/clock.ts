import type { SchedulerLike } from 'rxjs'

/** Takes a timer back; harmless when it has fired. */
export type Cancel = () => void

/**
 * Time as a session sees it. Everything that waits, paces or stamps goes through one of these: live it
 * is monotonic, in tests, scenarios and replay it is virtual and moves only when nothing is left to do.
 */
export interface Clock {
  /** `virtual` time stands still while registered work is under way. */
  readonly kind: 'live' | 'virtual'
  /** Milliseconds since the clock was made; never goes back. */
  now(): number
  /** Calendar time in ms since 1970, for names and logs; fixed at the start under virtual time. */
  wall(): number
  /** Calls `fire` once, `delayMs` from now (0: after what is queued now). */
  after(delayMs: number, fire: () => void): Cancel
  /** Resolves `delayMs` from now; rejects with the signal's reason when it is aborted before. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
  /**
   * Registers work that leaves the loop (a thread, a tool, an engine). Live, its result comes when it
   * comes. Under virtual time the clock waits for it and delivers it `latencyMs` after it was asked for,
   * results of one instant in the order in which they were asked for.
   */
  work<T>(result: Promise<T>, latencyMs?: number): Promise<T>
  /** Lets other sessions and I/O have the thread, then calls `resume`. */
  breathe(resume: () => void): void
  /** The same clock for RxJS operators that take a scheduler. */
  readonly scheduler: SchedulerLike
}
