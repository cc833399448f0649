/** Flushes that one connection takes within a window; documented as 20 in 60 s. */
const mostFlushes = 20
const windowMs = 60_000
/** What is kept for the ends of utterances: without one nothing of the rest is said. */
const reserve = 6

/** Counts the flushes of one connection: beyond its limit Deepgram answers with a warning and says nothing. */
export interface FlushBudget {
  /** Takes one for the end of a span; false when what is left is for ends of utterances. */
  takeInner(): boolean
  /** Takes one for the end of an utterance. */
  takeLast(): void
  /** True when a whole utterance may be begun. */
  readonly isEnough: boolean
}

/** Makes the budget of a fresh connection; `now` tells the time in ms. */
export function createFlushBudget(now: () => number): FlushBudget {
  const taken: number[] = []
  const left = (): number => {
    const since = now() - windowMs
    while ((taken[0] ?? since + 1) <= since) taken.shift()
    return mostFlushes - taken.length
  }
  return {
    takeInner() {
      if (left() <= reserve) return false
      taken.push(now())
      return true
    },
    takeLast: () => void taken.push(now()),
    get isEnough() {
      return left() > 0
    },
  }
}
