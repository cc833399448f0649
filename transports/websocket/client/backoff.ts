/** Wait before the first try, and the longest, in ms. */
const firstMs = 500
const longestMs = 10_000
/** Tries before a client gives up: about 45 s in all. */
export const mostAttempts = 8

/**
 * How long to wait before try `attempt` (from 1), in ms: twice as long each time, and up to half of it by chance,
 * so that those who lost one server do not all come back at once.
 *
 * @param chance from 0 to 1
 */
export function delayBefore(attempt: number, chance: number): number {
  const longest = Math.min(longestMs, firstMs * 2 ** (attempt - 1))
  return longest * (1 - chance / 2)
}
