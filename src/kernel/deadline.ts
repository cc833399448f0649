import type { Clock } from '../time/clock.ts'

/**
 * Waits for `work`, `limitMs` on the clock at most.
 * @returns true when it came in time, false when it did not; then whatever it does later is ignored
 * @throws what `work` rejects with in time
 */
export async function inTime(clock: Clock, limitMs: number, work: Promise<void>): Promise<boolean> {
  let cancel = (): void => undefined
  const late = new Promise<boolean>((resolve) => {
    cancel = clock.after(limitMs, () => resolve(false))
  })
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    cancel()
    work.catch(() => undefined)
  }
}
