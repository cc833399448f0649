/** Flushes that one connection takes within a window; documented as 20 in 60 s. */
const mostFlushes = 20
const windowMs = 60_000

/** Counts the flushes of one connection: beyond its limit Deepgram answers with a warning and says nothing. */
export interface FlushBudget {
  readonly isUsedUp: boolean
  take(): void
}

/** Makes the budget of a fresh connection; `now` tells the time in ms. */
export function createFlushBudget(now: () => number): FlushBudget {
  const taken: number[] = []
  return {
    get isUsedUp() {
      const since = now() - windowMs
      while ((taken[0] ?? since + 1) <= since) taken.shift()
      return taken.length >= mostFlushes
    },
    take: () => void taken.push(now()),
  }
}
