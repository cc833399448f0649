import type { Clock } from './clock.ts'
import { schedulerOf } from './scheduler.ts'

/** Longest delay that Node's timers take; beyond it they would fire at once. */
const longestDelayMs = 2 ** 31 - 1

/** A monotonic clock that starts at 0 now. Its timers keep the process alive until they are cancelled. */
export function createLiveClock(): Clock {
  const epoch = performance.now()
  const now = (): number => performance.now() - epoch
  const after = (delayMs: number, fire: () => void): (() => void) => {
    const timer = setTimeout(fire, Math.min(delayMs, longestDelayMs))
    return () => clearTimeout(timer)
  }
  return {
    kind: 'live',
    now,
    wall: () => Date.now(),
    after,
    sleep: (delayMs, signal) => sleepOn(after, delayMs, signal),
    work: (result) => result,
    breathe: (resume) => void setImmediate(resume),
    scheduler: schedulerOf({ now, after }),
  }
}

/** `sleep` in terms of `after`, for every clock. */
export function sleepOn(
  after: Clock['after'],
  delayMs: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error)
      return
    }
    const onAbort = (): void => {
      cancel()
      reject(signal?.reason as Error)
    }
    const cancel = after(delayMs, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    })
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
