import { isMuted } from './barge-in.ts'
import { plainWords, type TurnPolicy } from './turn-policy.ts'
import type { OpenTurn, TurnState } from './turn-state.ts'

/** A final counts for the speech in hand when it came after its end; detectors are good to this, in ms. */
const edgeToleranceMs = 100
/** Final transcripts that are remembered to learn how long they take, and how many it needs. */
export const rememberedDelays = 20
const enoughDelays = 5
/** Learned waits are not shorter and not longer than this, in ms. */
const leastFinalWaitMs = 200
const mostFinalWaitMs = 5000
/** Wait for words that are known to be late, in ms: another recogniser may be on its way to them. */
const lateWaitMs = 10_000
/** Voice in which no recogniser finds a word for this long is noise, in ms. */
const wordlessMs = 8000
/** Keys belong together when they come within this time, in ms. */
export const keyPauseMs = 2000

/** What the caller has said in a turn, as far as it is known. */
export const textOf = (turn: OpenTurn): string =>
  [...turn.finals, turn.interim].filter((part) => part !== '').join(' ')

/** Keys, as something that the caller has said. */
export const textOfKeys = ({ digits }: NonNullable<TurnState['keys']>): string => `keys: ${digits}`

/** How long the recogniser's last words are waited for, counted from the true end of speech. */
export function finalWaitMs(policy: TurnPolicy, state: TurnState): number {
  const { finalDelays } = state
  if (finalDelays.length < enoughDelays) return policy.finalWithinMs
  const longest = Math.max(...finalDelays)
  return Math.min(mostFinalWaitMs, Math.max(leastFinalWaitMs, longest * 1.25))
}

/** True when all that was said in the turn has been transcribed for good. */
export function isTranscribed(turn: OpenTurn): boolean {
  if (turn.interim !== '' || turn.finalAt === undefined) return false
  return turn.endedAt === undefined || turn.finalAt >= turn.endedAt - edgeToleranceMs
}

/** When the open turn is over if nothing more happens; undefined when there is none. */
export function turnEndsAt(policy: TurnPolicy, state: TurnState): number | undefined {
  const { turn, voiceSince, keys } = state
  if (turn === undefined) return undefined
  if (keys !== undefined && voiceSince === undefined) return keys.at + keyPauseMs
  if (voiceSince !== undefined) {
    if (turn.isOver && isTranscribed(turn)) return turn.since
    return Math.max(voiceSince, turn.textAt ?? 0) + wordlessMs
  }
  const anchor = turn.endedAt ?? turn.textAt ?? turn.since
  const sureAt = turn.isOver ? anchor : anchor + policy.silenceMs
  const waitMs = turn.isLate ? lateWaitMs : finalWaitMs(policy, state)
  return isTranscribed(turn) ? sureAt : Math.max(sureAt, anchor + waitMs)
}

/** True for a turn in which nothing was said: no words, or one letter that nobody is sure of. */
export function isPhantom(turn: OpenTurn): boolean {
  const text = textOf(turn).trim()
  if (plainWords(text).length === 0 && !/[^\s\p{P}]/u.test(text)) return true
  return [...text].length < 2 && turn.confidence !== undefined && turn.confidence < 0.4
}

/** True when the model may be asked although the turn is not over: it probably is, and nobody else speaks. */
export function mayGuess(policy: TurnPolicy, state: TurnState, turn: OpenTurn): boolean {
  const { voiceSince, floor, keys, isEnding, isAsking } = state
  if (!policy.eager || isEnding || isAsking || keys !== undefined) return false
  if (voiceSince !== undefined || floor !== undefined || isMuted(policy, state)) return false
  return !isPhantom(turn) && (turn.isLikelyOver || isTranscribed(turn))
}
