/** A piece of a span: as it was written, and as the voice was to say it. */
export interface KeptPiece {
  readonly text: string
  readonly spoken: string
}

/**
 * What was heard of a span: how many characters of what was to be spoken; or the words that the voice said;
 * or how many words of how many, which need not be as many as were to be spoken: the voice may have said
 * "twenty five" for "25". Without `of` they are taken for the same words.
 */
export type Heard = number | readonly string[] | { readonly words: number; readonly of?: number }

/** Words of the text that are looked at ahead and back for the word that was heard. */
const aheadWords = 2
const backWords = 3

/**
 * The part of a written text that was heard, up to the last whole word, with the marks that end there.
 * All heard is the whole text; more heard is never less text.
 */
export function keptUpTo(pieces: readonly KeptPiece[], heard: Heard): string {
  const text = pieces.map((piece) => piece.text).join('')
  const spoken = pieces.map((piece) => piece.spoken).join('')
  const length = wholeWords(spoken, charactersOf(spoken, heard))
  if (length >= spoken.trimEnd().length) return text
  const signs = countSigns(spoken.slice(0, length))
  return signs === 0 ? '' : text.slice(0, endOfSign(pieces, text, spoken, signs))
}

/** How far in what was to be spoken the caller has heard, in characters. */
function charactersOf(spoken: string, heard: Heard): number {
  if (typeof heard === 'number') return heard
  const words = [...spoken.matchAll(/\S+/g)]
  const endOf = (count: number): number => {
    const last = words[Math.min(count, words.length) - 1]
    return last === undefined ? 0 : last.index + last[0].length
  }
  if (!('words' in heard)) return endOf(countWords(words.map(String), heard))
  const { words: count, of = words.length } = heard
  if (count >= of) return spoken.length
  // Other words than were written: as far as there in proportion.
  return of === words.length ? endOf(count) : Math.floor((spoken.length * count) / of)
}

/**
 * How many words of a text were heard, given what the voice said. A word that cannot be found counts for
 * one; a word with digits may have been said in several.
 */
function countWords(words: readonly string[], heard: readonly string[]): number {
  const known = words.map(plainWord)
  let count = 0
  let isInNumber = false
  const skipSigns = (): void => {
    while (count < known.length && known[count] === '') count++
  }
  for (const word of heard.map(plainWord)) {
    if (word === '') continue
    skipSigns()
    const reach = word.length > 3 ? aheadWords : 0
    const ahead = known.slice(count, count + 1 + reach).indexOf(word)
    if (ahead >= 0) {
      count += ahead + 1
      isInNumber = false
    } else if (/\d/.test(known[count] ?? '')) {
      if (!isInNumber || !/\d/.test(known[count - 1] ?? '')) count++
      isInNumber = true
    } else if (!isInNumber && !known.slice(Math.max(0, count - backWords), count).includes(word)) {
      count++
    }
  }
  skipSigns()
  return Math.min(count, known.length)
}

const plainWord = (word: string): string => word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

const sign = /[\p{L}\p{N}]/u
const wordOrSpace = /[\s\p{L}\p{N}]/u
/** A script without spaces may be cut anywhere. */
const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
/** Quotes, brackets and marks that begin something. */
const openers = /[*_~`[("“‘«<#|]+$/

/** Where the last whole word within `length` characters ends. */
function wholeWords(spoken: string, length: number): number {
  if (length >= spoken.length) return spoken.length
  let end = Math.max(0, Math.floor(length))
  const isWithin = (): boolean => {
    const before = spoken.charAt(end - 1)
    const after = spoken.charAt(end)
    return /\S/.test(before) && /\S/.test(after) && !wide.test(before) && !wide.test(after)
  }
  while (end > 0 && isWithin()) end--
  return end
}

const countSigns = (text: string): number => [...text].filter((one) => sign.test(one)).length

/** Where in a written text the word ends that holds the n-th letter or digit that was spoken. */
function endOfSign(
  pieces: readonly KeptPiece[],
  text: string,
  spoken: string,
  signs: number,
): number {
  const silence = silentParts(pieces, text)
  const places: number[] = []
  let at = 0
  for (const one of text) {
    if (silence[at] === 0 && sign.test(one)) places.push(at + one.length)
    at += one.length
  }
  const total = countSigns(spoken)
  // Where not each letter that was written is spoken, or others are: in proportion.
  const nth = places.length === total ? signs : Math.round((signs * places.length) / total)
  let end = places[nth - 1] ?? 0
  const goesOn = places.length === total ? '' : /^[\p{L}\p{N}]*/u.exec(text.slice(end))?.[0]
  end += goesOn?.length ?? 0
  const from = end
  const endsAt = (place: number): boolean => {
    const stops = silence[place] === 0 ? wordOrSpace : /\s/
    return (
      silence[place] !== target && stops.test(String.fromCodePoint(text.codePointAt(place) ?? 0))
    )
  }
  while (end < text.length && !endsAt(end)) end++
  if (end === text.length || /\s/.test(text.charAt(end))) return end
  return end - (openers.exec(text.slice(from, end))?.[0].length ?? 0)
}

/** Letters of a target or a tag, which belongs to the word before, and others that nobody speaks. */
const target = 1
const unspoken = 2

/** Parts of a written text whose letters nobody speaks: targets of links, tags, code in a fence. */
function silentParts(pieces: readonly KeptPiece[], text: string): Uint8Array {
  const silence = new Uint8Array(text.length)
  let at = 0
  for (const piece of pieces) {
    if (piece.spoken === '') silence.fill(unspoken, at, at + piece.text.length)
    at += piece.text.length
  }
  for (const { 0: part, index } of text.matchAll(
    /\]\([^)\n]*\)|\]\[[^\]\n]*\]|\[\^[^\]\s]*\]|<\/?[a-z]{1,6} ?\/?>/gi,
  )) {
    silence.fill(target, index, index + part.length)
  }
  return silence
}
