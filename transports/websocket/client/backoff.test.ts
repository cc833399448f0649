import fc from 'fast-check'
import { expect, it } from 'vitest'
import { delayBefore, mostAttempts } from './backoff.ts'

it('waits longer each time, up to ten seconds, and never as long as everybody else', () => {
  const longest = Array.from({ length: mostAttempts }, (_, index) => delayBefore(index + 1, 0))
  expect(longest).toEqual([500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000])
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1 }),
      (attempt, chance) => {
        const delay = delayBefore(attempt, Number.isNaN(chance) ? 0 : chance)
        expect(delay).toBeGreaterThanOrEqual(delayBefore(attempt, 1))
        expect(delay).toBeLessThanOrEqual(delayBefore(attempt, 0))
      },
    ),
  )
})
