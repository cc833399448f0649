import type { TimedText } from 'voxgraph/plugin'

/** Where each character of a piece of sound lies, in ms. */
export interface Characters {
  readonly chars: readonly string[]
  readonly startMs: readonly number[]
  readonly endMs: readonly number[]
}

/** Puts characters together to words, or to what of a word is in this piece; `fromMs` is added to all times. */
export function wordsOf({ chars, startMs, endMs }: Characters, fromMs: number): TimedText[] {
  const words: TimedText[] = []
  let isInWord = false
  for (const [index, char] of chars.entries()) {
    const start = fromMs + (startMs[index] ?? Number.NaN)
    const end = fromMs + (endMs[index] ?? Number.NaN)
    const last = words.at(-1)
    if (/^\s*$/.test(char)) isInWord = false
    else if (isInWord && last !== undefined) {
      words[words.length - 1] = {
        ...last,
        text: last.text + char,
        endMs: Math.max(last.endMs, end),
      }
    } else {
      words.push({ text: char, startMs: start, endMs: end })
      isInWord = true
    }
  }
  return words
}
