import type { Clock } from 'voxgraph/plugin'

/** How much a peer may still send. */
export interface Allowance {
  /** Takes `bytes` off it; false when there is not enough left. */
  spend(bytes: number): boolean
}

/** What a message costs at least, in bytes: its handling is not free. */
const leastCost = 64
/** How much of unused rate is kept, in seconds. */
const keptSeconds = 2

/** An allowance of `bytesPerSecond` on the clock; two seconds of it are there at the start. */
export function createAllowance(clock: Clock, bytesPerSecond: number): Allowance {
  const most = bytesPerSecond * keptSeconds
  let left = most
  let seenAt = clock.now()
  return {
    spend(bytes) {
      const now = clock.now()
      left = Math.min(most, left + ((now - seenAt) * bytesPerSecond) / 1000)
      seenAt = now
      left -= Math.max(leastCost, bytes)
      return left >= 0
    },
  }
}
