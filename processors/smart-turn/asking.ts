import type { Clock } from 'voxgraph/plugin'

/** Asks a slow judge about the caller's last words, and hears only what is still worth hearing. */
export interface Asking<Q> {
  /** Asks; takes the place of a question that still waits. */
  ask(question: Q): void
  /** The caller goes on: whatever comes of the questions so far is of no use. */
  forget(): void
}

/** What `createAsking` takes. */
export interface AskingInit<Q, A> {
  readonly clock: Clock
  /** Answers one question at a time; `signal` is aborted when nobody waits for it any more. */
  readonly judge: (question: Q, signal: AbortSignal) => Promise<A>
  /** An answer that comes later than this is not waited for, in ms. */
  readonly longestMs: number
  readonly onAnswer: (answer: A, tookMs: number) => void
  readonly onFailure: (reason: unknown) => void
}

/**
 * One question is under way at a time, and the newest of those that came meanwhile is asked next. An answer
 * is dropped when it took too long, or was forgotten.
 */
export function createAsking<Q, A>(init: AskingInit<Q, A>): Asking<Q> {
  const { clock, judge, longestMs, onAnswer, onFailure } = init
  let waiting: { readonly question: Q } | undefined
  let underWay: AbortController | undefined

  function next(): void {
    const asked = waiting
    if (asked === undefined || underWay !== undefined) return
    waiting = undefined
    const from = clock.now()
    const current = new AbortController()
    underWay = current
    const cancel = clock.after(longestMs, () => current.abort())
    const done = (tell: () => void): void => {
      cancel()
      underWay = undefined
      if (!current.signal.aborted) tell()
      next()
    }
    clock.work(judge(asked.question, current.signal)).then(
      (answer) => done(() => onAnswer(answer, clock.now() - from)),
      (reason: unknown) => done(() => onFailure(reason)),
    )
  }

  return {
    ask(question) {
      underWay?.abort()
      waiting = { question }
      next()
    },
    forget() {
      underWay?.abort()
      waiting = undefined
    },
  }
}
