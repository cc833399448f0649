import { plainWords, type TurnPolicy } from './turn-policy.ts'
import type { OpenTurn, Suspicion, TurnState } from './turn-state.ts'

/** What is made of a caller who speaks while the bot does. */
export type Verdict = 'confirm' | 'reject' | 'wait'

/** True when the caller cannot interrupt now, whatever the response says. */
export function isMuted(policy: TurnPolicy, state: TurnState): boolean {
  const isFirst = !state.hasSpoken && (state.floor !== undefined || state.isAsking)
  return (policy.mutesFirstSpeech && isFirst) || (policy.mutesWhileTools && state.tools > 0)
}

/** True when what is being said can be interrupted. */
export const isOpenToCaller = (policy: TurnPolicy, state: TurnState): boolean =>
  state.floor?.thresholds !== undefined && !isMuted(policy, state)

/**
 * True for a listener's "mm hmm", or several of them: no turn of its own while the bot speaks. What may still
 * become one, because the recogniser is in the middle of it, counts when `isFinal` is false.
 */
export function isBackchannel(policy: TurnPolicy, text: string, isFinal = true): boolean {
  const words = plainWords(text)
  if (words.length === 0) return false
  /** Places up to which the words are listed ones, one after the other. */
  const reached = new Set([0])
  // A set grows while it is walked.
  for (const from of reached) {
    for (const listed of policy.backchannels) {
      const said = words.slice(from, from + listed.length)
      if (said.some((word, index) => word !== listed[index])) continue
      if (said.length === listed.length) reached.add(from + listed.length)
      else if (!isFinal) return true
    }
  }
  return reached.has(words.length)
}

/** True when the words of a turn are reason enough to fall silent. */
export function areWordsEnough(
  policy: TurnPolicy,
  state: TurnState,
  text: string,
  isFinal: boolean,
): boolean {
  const words = plainWords(text).length
  const { minWords = 0 } = state.floor?.thresholds ?? {}
  return words >= Math.max(1, minWords) && !isBackchannel(policy, text, isFinal)
}

/** What has been said since the suspicion arose. */
const said = (turn: OpenTurn | undefined, { from }: Suspicion): string =>
  turn === undefined ? '' : [...turn.finals.slice(from), turn.interim].join(' ').trim()

/**
 * Decides about a suspicion. Words confirm it: at once when they are final, else when the voice has lasted
 * long enough, because what a recogniser hears first is often nothing. A listener's word, and an end of
 * speech without words, reject it. When the hold is over, speech that goes on is an interruption where no
 * words are asked for.
 */
export function verdictOn(policy: TurnPolicy, state: TurnState, one: Suspicion): Verdict {
  const { turn, floor, voiceSince, now } = state
  const thresholds = floor?.thresholds
  if (thresholds === undefined || isMuted(policy, state)) return 'reject'
  const { afterMs, minWords } = thresholds
  const text = said(turn, one)
  const isLong = now - one.voiceSince >= afterMs
  const isExpired = now >= expiryOf(policy, one, afterMs)
  const hasFinal = turn !== undefined && turn.finals.length > one.from
  if (areWordsEnough(policy, state, text, turn?.interim === '')) {
    return hasFinal || isLong || isExpired ? 'confirm' : 'wait'
  }
  if (voiceSince === undefined) {
    const isEmpty = turn?.finalAt !== undefined && turn.finalAt > one.since && turn.interim === ''
    return hasFinal || isEmpty || isExpired ? 'reject' : 'wait'
  }
  // A voice alone may be the bot's own, where the line brings that back.
  const isVoiceEnough = isLong && minWords === 0 && !policy.echo
  // Where no words can change the verdict, there is nothing to wait for.
  if (isVoiceEnough && policy.backchannels.length === 0) return 'confirm'
  if (!isExpired) return 'wait'
  return isVoiceEnough && text === '' ? 'confirm' : 'reject'
}

/** The hold lasts at least until a voice can be long enough. */
const expiryOf = (policy: TurnPolicy, one: Suspicion, afterMs: number): number =>
  Math.max(one.since + policy.holdMs, one.voiceSince + afterMs)

/** When the verdict may change though nothing happens; undefined when there is no suspicion. */
export function verdictDueAt(policy: TurnPolicy, state: TurnState): number | undefined {
  const { suspicion: one, floor, now } = state
  if (one === undefined) return undefined
  const afterMs = floor?.thresholds?.afterMs ?? 0
  const expiresAt = expiryOf(policy, one, afterMs)
  const longAt = one.voiceSince + afterMs
  return longAt > now ? Math.min(expiresAt, longAt) : expiresAt
}

/** How long after it was heard a sentence may still come back from the line, in ms. */
const echoMs = 1500

/** True for text that only repeats what the caller hears: the line has brought it back. */
export function isEcho(policy: TurnPolicy, state: TurnState, text: string): boolean {
  const { text: playing, until } = state.playing
  if (!policy.echo || playing === '') return false
  if (until !== undefined && state.now > until + echoMs) return false
  // What is said after the bot has finished is an answer, though it may repeat a word of it.
  if (until !== undefined && (state.turn?.since ?? 0) > until) return false
  const words = plainWords(text).join(' ')
  return words !== '' && ` ${plainWords(playing).join(' ')} `.includes(` ${words} `)
}
