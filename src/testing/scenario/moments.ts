import { StepFailed } from './case-result.ts'
import type { CaseClock } from './case-clock.ts'
import type { TestEvent, TestEvents } from './events.ts'
import type { EventRef, Moment } from './scenario.ts'

/** What is known of the call when a moment is waited for. */
export interface MomentScope {
  readonly time: CaseClock
  readonly events: TestEvents
  /** Events before it belong to steps that are done. */
  readonly cursor: number
  /** Events from here on follow what the caller did last. */
  readonly actedAt: number
  /** When the step before was over. */
  readonly doneAt: number
}

/** How long an event is waited for, in ms of virtual time. */
const patienceMs = 10_000

/**
 * When a step is due, on the clock. Waits for the event it is counted from.
 * @throws StepFailed when the event does not come, or the moment has passed
 */
export async function dueAt(moment: Moment, scope: MomentScope): Promise<number> {
  const { after, atMs, delayMs } = moment
  const from = after === undefined ? (atMs ?? 0) : await timeOf(after, scope)
  const due = from + delayMs
  const now = scope.time.clock.now()
  if (due >= now) return due
  const [wanted, is] = [due, now].map((ms) => `${(ms / 1000).toFixed(2)} s`)
  throw new StepFailed(`its moment (${wanted}) has passed: it is ${is} already`)
}

async function timeOf(ref: EventRef, scope: MomentScope): Promise<number> {
  const { time, events, doneAt } = scope
  if (ref.type === 'start') return 0
  if (ref.type === 'step') return doneAt
  const find = (): number | undefined =>
    ref.type === 'quiet' ? events.quietSince : (underWay(ref, scope) ?? next(ref, scope))
  const isDone = (): boolean => find() !== undefined || events.endedAt !== undefined
  await time.runUntil(time.clock.now() + patienceMs, isDone)
  const at = find()
  if (at !== undefined) return at
  throw new StepFailed(`waited ${patienceMs / 1000} s for ${nameOf(ref)}, but it did not come`)
}

/** The first event of its kind after what was expected last. */
const next = (ref: EventRef, { events, cursor }: MomentScope): number | undefined =>
  events.all.slice(cursor).find((event) => isEvent(ref, event, events))?.at

/** The beginning of a response that is under way, though later words of it were expected already. */
function underWay(ref: EventRef, { events, actedAt }: MomentScope): number | undefined {
  if (ref.type !== 'heard' && ref.type !== 'first-audio') return undefined
  const since = events.all.slice(actedAt)
  const begun = since.findLast((event) => isEvent(ref, event, events))
  const response = begun !== undefined && 'response' in begun.does ? begun.does.response : 0
  return events.isUnderWay(response) ? begun?.at : undefined
}

function isEvent(ref: EventRef, { who, does }: TestEvent, events: TestEvents): boolean {
  if (ref.type === 'heard') return does.type === 'audible'
  if (ref.type !== 'first-audio' && ref.type !== 'frame') return false
  if (!events.isOf(who, ref.node)) return false
  if (ref.type === 'first-audio') return does.type === 'first-audio'
  const types: Readonly<Record<string, string>> = {
    text: 'said',
    audio: 'first-audio',
    'tool-call': 'tool',
  }
  const wanted = types[ref.frame] ?? ref.frame
  return does.type === wanted || (does.type === 'emitted' && does.frame.type === ref.frame)
}

const nameOf = (ref: EventRef): string =>
  ref.type === 'first-audio'
    ? `${ref.node}.first_audio`
    : ref.type === 'frame'
      ? `${ref.node}.${ref.frame}`
      : ref.type
