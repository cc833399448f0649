import type { Clock } from '../time/clock.ts'

/** Waits on the clock of the call; rejects when the work is stopped. */
export type Sleep = (delayMs: number) => Promise<void>

/**
 * Runs work that leaves the loop and may wait on the clock in between. The clock is told of the work
 * (virtual time stands still meanwhile), and let go while it sleeps.
 * @throws what the work throws
 */
export async function workThatSleeps<T>(
  clock: Clock,
  signal: AbortSignal,
  run: (sleep: Sleep) => Promise<T>,
): Promise<T> {
  let asleep = Promise.withResolvers<{ readonly nap: Promise<void> }>()
  const done = run((delayMs) => {
    const nap = clock.sleep(delayMs, signal)
    asleep.resolve({ nap: nap.catch(() => undefined) })
    return nap
  })
  for (;;) {
    const over = done.then(() => undefined)
    const sleeping = await clock.work(Promise.race([over, asleep.promise]))
    if (sleeping === undefined) return done
    asleep = Promise.withResolvers()
    await sleeping.nap
  }
}
