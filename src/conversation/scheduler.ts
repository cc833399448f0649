import type { Reason } from './turn-state.ts'

/** A question to the model. */
export interface Job {
  readonly id: number
  readonly reason: Reason
  /** Asked before it was certain that the answer is wanted. */
  readonly isGuess: boolean
  /** How much was on record when it was asked. */
  readonly version: number
  /** What is to be said as it is; undefined when the model is asked. */
  readonly sentence: string | undefined
}

/** What is being asked. */
export interface SchedulerState {
  readonly jobs: number
  /** At most one is under way. */
  readonly current: Job | undefined
}

/** What the scheduler is told; `version` grows with the record of the conversation. */
export type SchedulerEvent =
  | {
      readonly type: 'want'
      readonly reason: Reason
      readonly version: number
      readonly sentence?: string
    }
  /** The caller's turn is probably over. */
  | { readonly type: 'guess'; readonly version: number }
  /** It was not. */
  | { readonly type: 'discard' }
  /** The response under way was cut. */
  | { readonly type: 'cut' }
  /** The answer has come to its end. */
  | { readonly type: 'over'; readonly id: number }

/** What is to be done. `abort` ends a job at once; of a guess nothing has left the conversation. */
export type SchedulerCommand =
  | { readonly type: 'begin'; readonly job: Job }
  | { readonly type: 'promote'; readonly job: Job }
  | {
      readonly type: 'abort'
      readonly job: Job
      readonly outcome: 'superseded' | 'discarded' | 'cut'
    }

/** Before anything was asked. */
export const initialScheduler: SchedulerState = { jobs: 0, current: undefined }

type Step = readonly [SchedulerState, readonly SchedulerCommand[]]

/**
 * Decides which question goes to the model: one is under way at any time. The same question about the same
 * record is one; a newer turn of the caller takes the place of an older question; a guess is promoted when
 * the turn it guessed has come, and discarded otherwise. Anything else waits with whoever wants it until
 * nothing is under way. Pure.
 */
export function schedule(state: SchedulerState, event: SchedulerEvent): Step {
  const { current } = state
  switch (event.type) {
    case 'want':
      return want(state, event)
    case 'guess':
      if (current !== undefined) return [state, []]
      return begin(state, { type: 'want', reason: 'turn', version: event.version }, true)
    case 'discard':
      return current?.isGuess === true ? abort(state, current, 'discarded') : [state, []]
    case 'cut':
      return current?.isGuess === false ? abort(state, current, 'cut') : [state, []]
    case 'over':
      return [current?.id === event.id ? { ...state, current: undefined } : state, []]
  }
}

type Want = Extract<SchedulerEvent, { readonly type: 'want' }>

function want(state: SchedulerState, wanted: Want): Step {
  const { current } = state
  const { reason, version } = wanted
  if (current === undefined) return begin(state, wanted, false)
  if (current.isGuess) {
    if (reason !== 'turn') return replace(state, current, 'discarded', wanted)
    // The turn was put on record with the very words that the guess was made from.
    const job = { ...current, isGuess: false, version }
    return [{ ...state, current: job }, [{ type: 'promote', job }]]
  }
  if (reason !== 'turn' || current.version === version) return [state, []]
  return replace(state, current, 'superseded', wanted)
}

function begin(state: SchedulerState, wanted: Want, isGuess: boolean): Step {
  const { reason, version, sentence } = wanted
  const job: Job = { id: state.jobs + 1, reason, isGuess, version, sentence }
  return [{ jobs: job.id, current: job }, [{ type: 'begin', job }]]
}

function abort(state: SchedulerState, job: Job, outcome: 'discarded' | 'cut'): Step {
  return [{ ...state, current: undefined }, [{ type: 'abort', job, outcome }]]
}

function replace(
  state: SchedulerState,
  job: Job,
  outcome: 'superseded' | 'discarded',
  wanted: Want,
): Step {
  const [next, begun] = begin({ ...state, current: undefined }, wanted, false)
  return [next, [{ type: 'abort', job, outcome }, ...begun]]
}
