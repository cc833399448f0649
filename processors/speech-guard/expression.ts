import { RE2JS } from 're2js'
import type { Finder, Place } from './finder.ts'

const flagBits: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  // It is always Unicode.
  u: 0,
}

/**
 * Finds a regular expression, in time that grows with the length of the text and nothing else: the engine
 * is RE2's. It knows no look-around and no back-reference. A match of nothing is none.
 * @throws Error when it is no expression of RE2's, or too large
 */
export function expression(source: string, flags: string): Finder {
  let bits = 0
  for (const flag of flags) {
    const bit = flagBits[flag]
    if (bit === undefined) throw new Error(`there is no flag "${flag}"; there are i, m, s and u`)
    bits |= bit
  }
  const compiled = RE2JS.compile(source, bits)
  return {
    seesSentence: true,
    find({ text }) {
      const matcher = compiled.matcher(text)
      const places: Place[] = []
      while (matcher.find()) {
        const place = { start: matcher.start(), end: matcher.end() }
        if (place.end > place.start) places.push(place)
      }
      return places
    },
    openAt: () => 0,
  }
}
