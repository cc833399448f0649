import { ConsecutiveBreaker } from 'cockatiel'
import type { Clock } from '../time/clock.ts'
import type { Member } from '../kernel/members.ts'

/** Remembers for all calls of a process which providers have failed, and gives them a rest. */
export interface Breakers {
  /**
   * True when a provider may be asked: it works, or its rest is over. Then whoever asked is the probe; the
   * others wait for one more rest, or until it has succeeded.
   */
  allows(member: Member): boolean
  succeeded(member: Member): void
  /** Whoever was let try has not found out whether it works: the next one who asks may. */
  untried(member: Member): void
  failed(member: Member): void
}

interface State {
  readonly count: ConsecutiveBreaker
  /** It is not asked before; undefined: it works. */
  restsUntil: number | undefined
}

/**
 * Makes the breakers of a process. cockatiel counts; the time is the calls' own, which its policies do not
 * take. Nodes that ask the same model at the same place with the same key share one.
 */
export function createBreakers(clock: Clock): Breakers {
  const states = new Map<string, State>()
  const stateOf = (member: Member): State => {
    const key = keyOf(member)
    const known = states.get(key)
    if (known !== undefined) return known
    const { failures } = member.plan.limits.breaker
    const made = { count: new ConsecutiveBreaker(failures), restsUntil: undefined }
    states.set(key, made)
    return made
  }
  return {
    allows(member) {
      const state = stateOf(member)
      if (state.restsUntil === undefined) return true
      if (clock.now() < state.restsUntil) return false
      state.restsUntil = clock.now() + member.plan.limits.breaker.resetMs
      return true
    },
    succeeded(member) {
      const state = stateOf(member)
      state.count.success()
      state.restsUntil = undefined
    },
    untried(member) {
      const state = stateOf(member)
      if (state.restsUntil !== undefined) state.restsUntil = clock.now()
    },
    failed(member) {
      const state = stateOf(member)
      if (!state.count.failure()) return
      state.restsUntil = clock.now() + member.plan.limits.breaker.resetMs
    },
  }
}

const keyOf = ({ plan: { use, options } }: Member): string =>
  JSON.stringify([use, ...['endpoint', 'model', 'api_key'].map((name) => options[name] ?? '')])
