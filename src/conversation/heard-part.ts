/** A sentence-like piece of what the bot says, and how much of it was heard. */
export interface SpokenSpan {
  /** What was written, and what the voice makes of it. */
  readonly pieces: { readonly text: string; readonly spoken: string }[]
  /** Milliseconds heard; undefined before its sound begins. */
  heardMs: number | undefined
  /** Whole words heard, where the voice says when its words are. */
  words: number | undefined
  /** How its sound ended; undefined while it may still be heard. */
  end: 'heard' | 'cut' | undefined
}

/** What was heard of a span: all of it, nothing, or up to the last whole word. */
export function heardPart(span: SpokenSpan, lettersPerMs: number): string {
  const text = span.pieces.map((piece) => piece.text).join('')
  if (span.end === 'heard') return text
  if (span.heardMs === undefined) return ''
  if (span.words !== undefined) return firstWords(text, span.words)
  return wholeWords(text, Math.floor(span.heardMs * lettersPerMs))
}

function firstWords(text: string, count: number): string {
  let end = 0
  let words = 0
  for (const { 0: word, index } of text.matchAll(/\S+/g)) {
    if (words++ === count) break
    end = index + word.length
  }
  return text.slice(0, end)
}

/** The longest run of whole words within `letters` characters. */
function wholeWords(text: string, letters: number): string {
  if (letters >= text.length) return text
  const end = text.lastIndexOf(' ', letters)
  return end <= 0 ? '' : text.slice(0, end)
}
