import { verdictDueAt } from './barge-in.ts'
import { turnEndsAt } from './turn-end.ts'
import type { TurnPolicy } from './turn-policy.ts'
import type { TurnState } from './turn-state.ts'

/** When time alone changes something; undefined when nothing is waited for. */
export function nextTurnTick(policy: TurnPolicy, state: TurnState): number | undefined {
  if (state.isEnding) return verdictDueAt(policy, state)
  const { startedAt, idle, overspent, voiceSince } = state
  const endsAt = turnEndsAt(policy, state)
  const step = idle && policy.idle[idle.done]
  const dues = [
    verdictDueAt(policy, state),
    // A turn that is over and has to wait is taken up by whatever it waits for.
    endsAt !== undefined && endsAt > state.now ? endsAt : undefined,
    // Who speaks is waited for so long; whatever else it waits for takes it up.
    overspent && voiceSince !== undefined && leaveOffAt(overspent) > state.now
      ? leaveOffAt(overspent)
      : undefined,
    idle && step && isQuiet(state) ? idle.since + step.afterMs : undefined,
    startedAt === undefined ? undefined : startedAt + policy.maxCallMs,
  ].filter((due) => due !== undefined)
  return dues.length === 0 ? undefined : Math.max(state.now, Math.min(...dues))
}

/** A caller who speaks is waited for so long when the call has cost as much as it may, in ms. */
const patienceMs = 10_000

/** When a call that has cost as much as it may ends although the caller speaks. */
export const leaveOffAt = ({ since }: NonNullable<TurnState['overspent']>): number =>
  since + patienceMs

/** Nobody speaks, and nothing is on its way. */
export const isQuiet = (state: TurnState): boolean =>
  state.startedAt !== undefined &&
  state.voiceSince === undefined &&
  state.turn === undefined &&
  state.floor === undefined &&
  state.keys === undefined &&
  state.tools === 0 &&
  !state.isHandingOver &&
  !state.isAsking
