import type { Finder, Place } from './finder.ts'
import { read, type Word } from './reading.ts'

/**
 * Finds a phrase: its words in order, whole, in any case, with any white space and punctuation between them.
 * @throws Error when there is no word in it
 */
export function phrase(text: string): Finder {
  const wanted = read(text).words.map(({ plain }) => plain)
  if (wanted.length === 0) throw new Error('there is no word in it')
  /** True where all words from `at` on fit, as far as there are any. */
  const fits = (words: readonly Word[], at: number): boolean => {
    for (let index = 0; index < wanted.length && at + index < words.length; index++) {
      if (words[at + index]?.plain !== wanted[index]) return false
    }
    return true
  }
  return {
    seesSentence: false,
    find({ words }) {
      const places: Place[] = []
      for (let at = 0; at + wanted.length <= words.length; at++) {
        if (!fits(words, at)) continue
        const last = at + wanted.length - 1
        places.push({ start: words[at]?.start ?? 0, end: words[last]?.end ?? 0 })
        at = last
      }
      return places
    },
    openAt({ text: said, words }) {
      const last = words.at(-1)
      const isWhole = last?.end !== said.length
      // The last word may go on; those before it are what they are.
      const known = isWhole ? words : words.slice(0, -1)
      const from = words.length - wanted.length + (isWhole ? 1 : 0)
      for (let at = Math.max(0, from); at < words.length; at++) {
        const goesOn = wanted[words.length - 1 - at] ?? ''
        const isOpen = fits(known, at) && (isWhole || goesOn.startsWith(last.plain))
        if (isOpen) return words[at]?.start ?? 0
      }
      return said.length
    },
  }
}
