import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createRateLimit, windowSeconds } from './rate-limit.ts'

describe('a rate limit', () => {
  it('lets ten seconds of requests pass at once, and says when there are more again', async () => {
    const limit = createRateLimit(createVirtualClock(), 2)
    for (let count = 0; count < 2 * windowSeconds; count++) {
      expect(await limit.spend('192.0.2.1')).toBe(0)
    }
    const waitMs = await limit.spend('192.0.2.1')
    expect(waitMs).toBeGreaterThan(0)
    expect(waitMs).toBeLessThanOrEqual(windowSeconds * 1000)
    expect(await limit.spend('192.0.2.2')).toBe(0)
  })

  it('counts all addresses of one IPv6 network together', async () => {
    const limit = createRateLimit(createVirtualClock(), 0.2)
    expect(await limit.spend('2001:db8::1')).toBe(0)
    expect(await limit.spend('2001:db8:0:0:5::')).toBe(0)
    expect(await limit.spend('2001:0db8::ffff:1')).toBeGreaterThan(0)
    expect(await limit.spend('2001:db8:0:1::1')).toBe(0)
    expect(await limit.spend('::1')).toBe(0)
  })

  it('tells so many addresses apart and no more; those beyond share one allowance', async () => {
    const clock = createVirtualClock()
    const limit = createRateLimit(clock, 0.1)
    const address = (number: number): string =>
      `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}`
    for (let number = 0; number < 20_000; number++) await limit.spend(address(number))
    expect(await limit.spend(address(20_000))).toBe(0)
    expect(await limit.spend(address(20_001))).toBeGreaterThan(0)
    await clock.advance(windowSeconds * 1000 + 1)
    expect(await limit.spend(address(20_002))).toBe(0)
  })
})
