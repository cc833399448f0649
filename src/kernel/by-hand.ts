import type { Clock } from '../time/clock.ts'
import type { Log } from '../define/index.ts'

/** What a caller does by hand. */
type Handwork = 'typed' | 'key'

/**
 * How many a second, and how many at once: more than hands can do, a pasted number and a page that writes for its
 * user included. Each may end a turn, and then a model is asked that somebody pays for.
 */
const bounds: Readonly<Record<Handwork, { readonly perSecond: number; readonly atOnce: number }>> =
  { typed: { perSecond: 2, atOnce: 20 }, key: { perSecond: 20, atOnce: 100 } }

/**
 * Counts what the caller of one call types and presses. Says whether the next one is still taken; of what is not
 * the log is told once.
 */
export function createByHand(clock: Clock, log: Log): (what: Handwork) => boolean {
  const left = { typed: bounds.typed.atOnce, key: bounds.key.atOnce }
  const seenAt = { typed: clock.now(), key: clock.now() }
  let isTold = false
  return (what) => {
    const { perSecond, atOnce } = bounds[what]
    const now = clock.now()
    left[what] = Math.min(atOnce, left[what] + ((now - seenAt[what]) * perSecond) / 1000)
    seenAt[what] = now
    if (left[what] >= 1) {
      left[what]--
      return true
    }
    if (!isTold) log.warn('more was typed or pressed than hands can: what is too much is dropped')
    isTold = true
    return false
  }
}
