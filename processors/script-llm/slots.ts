import type { Json } from 'voxgraph/plugin'
import { wordsOf } from './words.ts'

/** What a caller can say for a slot, and what it means. */
export interface SlotValue {
  /** As it is said back: `two nights`. */
  readonly heard: string
  /** As a tool gets it: `2`. */
  readonly value: Json
}

/** A slot: a choice of values, or any few words. */
export type Slot =
  | {
      readonly kind: 'choice'
      readonly values: readonly (SlotValue & { readonly words: readonly string[] })[]
    }
  | { readonly kind: 'words' }

/** The most words that a slot of free words takes. */
export const mostFreeWords = 5

/** Reads the declaration of a slot: a list of values, a map from what is said to what it means, `words`. */
export function readSlot(written: unknown): Slot {
  if (written === 'words') return { kind: 'words' }
  const entries: readonly (readonly [string, Json])[] = Array.isArray(written)
    ? written.map((value: Json) => [String(value), value] as const)
    : Object.entries(written as Record<string, Json>)
  const values = entries.map(([heard, value]) => ({ heard, value, words: wordsOf(heard) }))
  return { kind: 'choice', values }
}
