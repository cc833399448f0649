import { isIPv6 } from 'node:net'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Clock } from '../time/clock.ts'

/** How much one client may ask for. */
export interface RateLimit {
  /** Takes one request off what `address` may still ask; gives ms until it may ask again, 0: it may now. */
  spend(address: string): Promise<number>
}

/** How long requests are counted together, in seconds: a burst of so many seconds' worth passes. */
export const windowSeconds = 10
/**
 * Most addresses that are told apart within a window; those beyond share one allowance. At about 500 bytes
 * each that is 10 MB.
 */
const mostAddresses = 20_000
/** The allowance that is shared: no address looks like it. */
const others = 'others'

/** A limit of `perSecond` requests for each address, on average over ten seconds. */
export function createRateLimit(clock: Clock, perSecond: number): RateLimit {
  const limiter = new RateLimiterMemory({
    points: Math.max(1, Math.round(perSecond * windowSeconds)),
    duration: windowSeconds,
  })
  let known = new Set<string>()
  let since = clock.now()
  return {
    async spend(address) {
      if (clock.now() - since > windowSeconds * 1000) {
        known = new Set()
        since = clock.now()
      }
      const key = networkOf(address)
      const isKnown = known.has(key) || known.size < mostAddresses
      if (isKnown) known.add(key)
      try {
        await limiter.consume(isKnown ? key : others)
        return 0
      } catch (thrown) {
        if (thrown instanceof RateLimiterRes) return Math.max(1, thrown.msBeforeNext)
        throw thrown
      }
    },
  }
}

/** Whoever has one IPv6 address has all of its network: 2^64 of them. */
function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head === '' ? [] : head.split(':')
  const behind = tail === '' ? [] : tail.split(':')
  const gap = address.includes('::') ? Math.max(0, 8 - groups.length - behind.length) : 0
  const all = [...groups, ...Array.from({ length: gap }, () => '0'), ...behind]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
