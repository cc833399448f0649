import type { Plan } from '../graph/plan.ts'
import type { Inspection, SessionSummary } from '../observe/inspection.ts'
import type { Moment } from '../observe/turns.ts'
import { aborted } from './aborted.ts'
import type { Terminal } from './command.ts'
import { createLiveOutput } from './live-output.ts'

/** Calls that are shown as they happen, and kept for a report. */
export interface CallWatch {
  observe(event: Inspection): void
  /** What was told of a call, `at` in ms since it began. */
  moments(session: string): readonly Moment[]
  /** The first call when it is over; undefined when there is none, or the signal is aborted. */
  first(signal: AbortSignal): Promise<SessionSummary | undefined>
}

/** Shows calls and keeps what is to be told of them afterwards, for as long as the process lives. */
export function watchCalls(terminal: Terminal, { budgets, agents }: Plan): CallWatch {
  const kept = new Map<string, { startedAt: number | undefined; moments: Moment[] }>()
  let resolveFirst = (_: SessionSummary | undefined): void => undefined
  const over = new Promise<SessionSummary | undefined>((resolve) => (resolveFirst = resolve))
  const { observe } = createLiveOutput({
    out: terminal.out,
    json: false,
    budgets,
    agents,
    onMoment: (session, moment) => {
      const call = kept.get(session)
      call?.moments.push({ ...moment, at: moment.at - (call.startedAt ?? moment.at) })
    },
  })
  return {
    observe(event) {
      const { session } = event
      if (event.type === 'session.started') kept.set(session, { startedAt: undefined, moments: [] })
      const call = kept.get(session)
      if (event.type === 'frame' && event.frame.type === 'start' && call !== undefined) {
        call.startedAt = event.frame.at
      }
      observe(event)
      if (event.type === 'session.ended') resolveFirst(event.summary)
    },
    moments: (session) => kept.get(session)?.moments ?? [],
    first(signal) {
      if (kept.size === 0) return Promise.resolve(undefined)
      return Promise.race([over, aborted(signal).then(() => undefined)])
    },
  }
}
