import type { Reading } from './reading.ts'

/** A part of a text. */
export interface Place {
  readonly start: number
  readonly end: number
}

/** Finds what a rule is about. */
export interface Finder {
  /** It is told one sentence at a time, and nothing of one is decided before its end. */
  readonly seesSentence: boolean
  /** Every place in the text that fits, in order. */
  find(reading: Reading): readonly Place[]
  /** Where something may begin that what comes next decides; the length of the text for nowhere. */
  openAt(reading: Reading): number
}
