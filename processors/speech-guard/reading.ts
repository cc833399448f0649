import type { Place } from './finder.ts'

/** A word of a text: where it stands, and its plain form. */
export interface Word extends Place {
  readonly plain: string
}

/** A text that several rules look at. */
export interface Reading {
  readonly text: string
  /** Its words, found when the first rule asks for them. */
  readonly words: readonly Word[]
}

/** Reads a text once for all rules. */
export function read(text: string): Reading {
  let words: readonly Word[] | undefined
  return {
    text,
    get words() {
      return (words ??= wordsOf(text))
    },
  }
}

const ascii = /^[\0-\x7f]*$/
const asciiWord = /[A-Za-z0-9]+/g
/**
 * A word; a character of a script that has no spaces; half a character whose rest has not come yet. Signs
 * that nobody sees (soft hyphens, joiners) belong to the word, or they would break it up.
 */
const word =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}\p{Cf}\p{Cs}])+/gu

/** Without case, width, composition and signs that nobody sees. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Cf}/gu, '')
    .toUpperCase()
    .toLowerCase()
    .replaceAll('ς', 'σ')

function wordsOf(text: string): Word[] {
  const isAscii = ascii.test(text)
  const words: Word[] = []
  for (const { 0: found, index } of text.matchAll(isAscii ? asciiWord : word)) {
    const form = isAscii ? found.toLowerCase() : plain(found)
    if (form !== '') words.push({ start: index, end: index + found.length, plain: form })
  }
  return words
}
