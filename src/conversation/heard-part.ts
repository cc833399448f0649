import { keptUpTo } from './kept-text.ts'

/** Text as it is written, and as the voice is to say it. */
interface SpokenPiece {
  text: string
  spoken: string
}

/** A sentence-like piece of what the bot says, and how much of it was heard. */
export interface SpokenSpan {
  /** What was written, and what the voice makes of it. */
  readonly pieces: SpokenPiece[]
  /** Milliseconds heard; undefined before its sound begins. */
  heardMs: number | undefined
  /** Whole words heard, where the voice says when its words are. */
  words: number | undefined
  /** It is known from elsewhere what is said of it: what is written no longer counts. */
  isCorrected?: boolean
  /** How its sound ended; undefined while it may still be heard. */
  end: 'heard' | 'cut' | undefined
}

/** Adds to a span. Text that is said as it is written is kept in one piece, however many it came in. */
export function addPiece(
  { pieces, isCorrected }: SpokenSpan,
  { text, spoken }: Readonly<SpokenPiece>,
): void {
  if (isCorrected) return
  const last = pieces.at(-1)
  if (last !== undefined && last.text === last.spoken && text === spoken) {
    last.text += text
    last.spoken = last.text
  } else pieces.push({ text, spoken })
}

/** What was heard of a span: all of it, nothing, or up to the last whole word. */
export function heardPart(
  { pieces, end, heardMs, words }: SpokenSpan,
  lettersPerMs: number,
): string {
  if (end === 'heard') return written(pieces)
  if (heardMs === undefined) return ''
  return keptUpTo(pieces, words === undefined ? heardMs * lettersPerMs : { words })
}

/** True for a span in which there is nothing to say: code, for example, which is shown. */
export const isSilent = ({ pieces }: SpokenSpan): boolean =>
  pieces.every(({ spoken }) => spoken.trim() === '')

/** All that was written of a span. */
export const written = (pieces: SpokenSpan['pieces']): string =>
  pieces.map(({ text }) => text).join('')
