import type { Busy, Place } from '../define/index.ts'
import type { Clock } from '../time/clock.ts'
import type { LoopLag } from '../time/loop-lag.ts'

/** Room for calls in a process. */
export interface Admission {
  /** Asks for room for one more call. Each place counts until it is left; leaving it twice counts once. */
  admit(): Place | Busy
  /** From now on nobody is let in. */
  drain(): void
  /** Why nobody would be let in now; undefined while there is room. */
  readonly busy: Busy['busy'] | undefined
  /** Places that are taken. */
  readonly taken: number
  /** Callers that were turned away, by why. */
  readonly turnedAway: Readonly<Record<Busy['busy'], number>>
}

/** What `createAdmission` takes. */
export interface AdmissionInit {
  readonly clock: Clock
  /** Most calls at a time. */
  readonly maxCalls: number
  /** Lag of the event loop (p99) above which nobody is let in, in ms. */
  readonly maxLagMs: number
  readonly lag: Pick<LoopLag, 'p99'>
}

/** Once overloaded, the lag has to fall to this share of the limit before callers are let in again. */
const easedShare = 0.5
/** How long a look at the lag holds, in ms: a hundred callers in a second ask as good as once. */
const lookMs = 100

/** Makes an empty house. */
export function createAdmission(init: AdmissionInit): Admission {
  const turnedAway = { full: 0, overloaded: 0, draining: 0 }
  let taken = 0
  let isDraining = false
  let isOverloaded = false
  let lookedAt = Number.NEGATIVE_INFINITY
  const look = (): void => {
    const now = init.clock.now()
    if (now - lookedAt < lookMs) return
    lookedAt = now
    const limit = isOverloaded ? init.maxLagMs * easedShare : init.maxLagMs
    isOverloaded = init.lag.p99() > limit
  }
  const why = (): Busy['busy'] | undefined => {
    if (isDraining) return 'draining'
    if (taken >= init.maxCalls) return 'full'
    look()
    return isOverloaded ? 'overloaded' : undefined
  }
  return {
    turnedAway,
    drain: () => void (isDraining = true),
    get busy() {
      return why()
    },
    get taken() {
      return taken
    },
    admit() {
      const busy = why()
      if (busy !== undefined) {
        turnedAway[busy]++
        return { busy }
      }
      taken++
      let isLeft = false
      return {
        leave() {
          if (isLeft) return
          isLeft = true
          taken--
        },
      }
    },
  }
}
