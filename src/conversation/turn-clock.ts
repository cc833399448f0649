import { verdictDueAt } from './barge-in.ts'
import { turnEndsAt } from './turn-end.ts'
import type { TurnPolicy } from './turn-policy.ts'
import type { TurnState } from './turn-state.ts'

/** When time alone changes something; undefined when nothing is waited for. */
export function nextTurnTick(policy: TurnPolicy, state: TurnState): number | undefined {
  if (state.isEnding) return verdictDueAt(policy, state)
  const { startedAt, idle } = state
  const endsAt = turnEndsAt(policy, state)
  const step = idle && policy.idle[idle.done]
  const dues = [
    verdictDueAt(policy, state),
    // A turn that is over and has to wait is taken up by whatever it waits for.
    endsAt !== undefined && endsAt > state.now ? endsAt : undefined,
    idle && step && isQuiet(state) ? idle.since + step.afterMs : undefined,
    startedAt === undefined ? undefined : startedAt + policy.maxCallMs,
  ].filter((due) => due !== undefined)
  return dues.length === 0 ? undefined : Math.max(state.now, Math.min(...dues))
}

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
