import { plainWords } from './turn-policy.ts'
import type { TurnState } from './turn-state.ts'

/** How long after a turn that ended without its last words these may still come, in ms. */
const lateMs = 5000

/** The words that were taken for final before the recogniser said so, if they may still be revised. */
export function openWords({ provisional, now }: TurnState): string | undefined {
  return provisional === undefined || now > provisional.at + lateMs ? undefined : provisional.text
}

/** True end of the speech that words belong to which come when all is quiet: what was heard last. */
export function endOfLateSpeech({ voiceSince, voiceEndedAt, now }: TurnState): number | undefined {
  const isRecent = voiceEndedAt !== undefined && now <= voiceEndedAt + lateMs
  return voiceSince === undefined && isRecent ? voiceEndedAt : undefined
}

/** What of a text comes after words that are known; undefined when it does not begin with them. */
export function wordsAfter(known: string, text: string): string | undefined {
  const words = text.split(/\s+/)
  const count = known.split(/\s+/).length
  const again = plainWords(words.slice(0, count).join(' ')).join(' ')
  return again === plainWords(known).join(' ') ? words.slice(count).join(' ') : undefined
}

/** What a final says of words that are on record already. */
export interface LateWords {
  /** As they were put on record. */
  readonly known: string
  /** As they are known now. */
  readonly text: string
  /** What is new in it. */
  readonly rest: string
  /** They were others than was thought. */
  readonly isRevision: boolean
}

/** Undefined when a final has nothing to do with words that are on record. */
export function lateWords(state: TurnState, said: string): LateWords | undefined {
  const known = openWords(state)
  if (known === undefined || said === '') return undefined
  const rest = wordsAfter(known, said)
  const hasMore = state.turn !== undefined && state.turn.interim !== ''
  if (rest === '' || (rest !== undefined && hasMore)) {
    const text = said.slice(0, said.length - rest.length).trim()
    return { known, text, rest, isRevision: false }
  }
  // The recogniser has gone on since, or it speaks of something else.
  if (hasMore || !isLike(known, said)) return undefined
  return { known, text: said, rest: '', isRevision: true }
}

/** True when a text may be another hearing of the same words: half of them are in it. */
function isLike(known: string, text: string): boolean {
  const words = new Set(plainWords(text))
  const before = plainWords(known)
  return before.filter((word) => words.has(word)).length * 2 >= before.length
}
