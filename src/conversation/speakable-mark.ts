/** Most characters that are held back because they may be a mark that is not complete. */
export const longestMark = 200

/** A part of a text and what a voice is to say for it: itself, nothing, or something short. */
export interface Atom {
  readonly text: string
  readonly spoken: string
  /** True in a fenced code block: shown and kept, not spoken. */
  readonly code: boolean
  /** True when it ends something: it belongs to what comes before it. */
  readonly closes: boolean
}

/** What stands at the beginning of a text. */
export interface Mark {
  /** The part of the text that it covers. */
  readonly text: string
  readonly spoken: string
  readonly code?: true
  /** It ends emphasis or code: it belongs to what comes before it. */
  readonly closes?: true
  /** The line still begins after it: what comes may be a list item or a heading. */
  readonly keepsStart?: true
  /** A link whose target is longer than can be held back: the rest of it is still to come. */
  readonly goesOn?: true
  /** A link: its label is read, its target is not. `text` is all three. */
  readonly label?: { readonly open: string; readonly text: string; readonly close: string }
}

/** A mark, `more` when the next characters decide, or undefined: it is something else. */
export type Found = Mark | 'more' | undefined

/** Where in the text the reader is; all but `fence` and `isInTarget` is about one line. */
export interface Reading {
  /** Only white space, bullets and quote marks stand before this in the line. */
  isStart: boolean
  isHeading: boolean
  isTable: boolean
  isAfterBullet: boolean
  /** The character before; empty at the beginning of a line. */
  before: string
  isAfterEmoji: boolean
  /** Marks of emphasis that are open in this line. */
  open: string[]
  /** Backticks that will close the code in this line; 0 outside. */
  code: number
  /** In the target of a long link. */
  isInTarget: boolean
  /** The fenced code block: what closes it, and whether a line of it begins here. */
  fence: { readonly mark: string; isStart: boolean } | undefined
}

/** The beginning of a text. */
export const newReading = (): Reading => ({
  isStart: true,
  isHeading: false,
  isTable: false,
  isAfterBullet: false,
  before: '',
  isAfterEmoji: false,
  open: [],
  code: 0,
  isInTarget: false,
  fence: undefined,
})

/** A mark that is kept and not spoken. */
export const silent = (text: string): Mark => ({ text, spoken: '' })

/** The first sign of a text, as it is. */
export function plainSign(text: string): Mark {
  const sign = String.fromCodePoint(text.codePointAt(0) ?? 0)
  return { text: sign, spoken: sign }
}

/** Undecided while the text may go on; nothing when it is over. */
export const unlessOver = (isOver: boolean): Found => (isOver ? undefined : 'more')
