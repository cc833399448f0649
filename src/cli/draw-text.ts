/**
 * A text that anybody may have written, as one line that any picture can hold: no line break, and nothing
 * that steers a terminal, turns the direction of writing round, or is no character at all.
 */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    // The joiner holds emoji together.
    .replaceAll(/[\p{C}--[\p{Cc}\u200d]]/gv, '')
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()

/** What a terminal draws two columns wide; widths that only a font knows are left to it. */
const wide =
  /^(?:\p{RGI_Emoji}|[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6])/v

const widthOfOne = (character: string): number =>
  wide.test(character) ? 2 : /^\p{M}/u.test(character) ? 0 : 1

/** Characters as they are read: an accent or a joined emoji is part of one. */
function* charactersOf(text: string): Generator<string> {
  for (const { segment } of new Intl.Segmenter().segment(text)) yield segment
}

/** Columns that a line takes in a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of charactersOf(text)) width += widthOfOne(character)
  return width
}

/** A line that is at most `columns` wide: cut behind a word where one ends in its second half, with `…`. */
export function cut(text: string, columns: number): string {
  let kept = ''
  let width = 0
  for (const character of charactersOf(text)) {
    width += widthOfOne(character)
    if (width > columns) return shortened(kept, columns)
    kept += character
  }
  return kept
}

function shortened(kept: string, columns: number): string {
  if (columns < 1) return ''
  let short = kept
  while (widthOf(short) >= columns) short = [...charactersOf(short)].slice(0, -1).join('')
  const words = /^(.*)\s/.exec(short)?.[1] ?? ''
  const whole = widthOf(words) * 2 >= columns ? words : short
  return `${whole.replace(/[\s.,;:]+$/, '')}…`
}

/** A line on several, each at most `columns` wide, broken between words; what is left over is cut with `…`. */
export function wrapped(text: string, columns: number, lines: number): string[] {
  const words = text.split(' ')
  let first = ''
  while (words.length > 0) {
    const longer = first === '' ? (words[0] ?? '') : `${first} ${words[0]}`
    if (widthOf(longer) > columns) break
    first = longer
    words.shift()
  }
  if (words.length === 0) return [first]
  // A word that is wider than a line is cut as well.
  if (lines <= 1 || first === '') return [cut(text, columns)]
  return [first, ...wrapped(words.join(' '), columns, lines - 1)]
}

/** A line with spaces behind it, `columns` wide. */
export const padded = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - widthOf(text)))
