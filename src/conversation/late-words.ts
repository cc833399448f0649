import { plainWords } from './turn-policy.ts'
import type { TurnState } from './turn-state.ts'

/** How long after a turn that ended without its last words these may still come, in ms. */
export const lateMs = 5000

/** The words that were taken for final before the recogniser said so, if they may still be revised. */
export function openWords({ provisional, now }: TurnState): string | undefined {
  return provisional === undefined || now > provisional.at + lateMs ? undefined : provisional.text
}

/** What of a text comes after words that are known; undefined when it does not begin with them. */
export function wordsAfter(known: string, text: string): string | undefined {
  const words = text.split(/\s+/)
  const count = known.split(/\s+/).length
  const again = plainWords(words.slice(0, count).join(' ')).join(' ')
  return again === plainWords(known).join(' ') ? words.slice(count).join(' ') : undefined
}
