import type { Place } from './finder.ts'
import { read, type Reading } from './reading.ts'
import type { BlockRule, MaskRule, Rules } from './rules.ts'

/** Length of a sentence at most, in characters; what is longer is taken in parts. */
export const longestSentence = 2000
/** How much of what went before is looked at again: a match may have begun there. */
const contextLength = 300

/** What may go on of a text. */
export interface Passed {
  readonly text: string
  /** Names of the rules by which something in it was replaced. */
  readonly masked: readonly string[]
  /** The rule that the sentence breaks: nothing after `text` goes on. */
  readonly blocked: BlockRule | undefined
}

const nothing: Passed = { text: '', masked: [], blocked: undefined }

interface MaskedPlace extends Place {
  readonly rule: MaskRule
}

/**
 * Lets a text pass sentence by sentence. Where there are rules that block and `hold` is `sentence`, it keeps a
 * sentence until its end, else what a rule may still be about; from a match on, the rest of the sentence.
 * White space in front of a sentence passes at once. In which pieces the text comes makes no difference to
 * what passes in the end.
 */
export class Sieve {
  readonly #rules: Rules
  /** The end of what came before this sentence. */
  #context = ''
  /** As much of that as belongs to a sentence that is not over: a clause may be a span of its own. */
  #clause = ''
  #text = ''
  /** What came before was a part of the same sentence, and may end within a word. */
  #isPart = false
  /** White space in front of it. */
  #lead = 0
  /** Characters of `#text` that are gone. */
  #gone = 0

  constructor(rules: Rules) {
    this.#rules = rules
  }

  /** Takes the next piece of the sentence. */
  push(piece: string): Passed {
    const passed: Passed[] = []
    let rest = piece
    while (this.#text.length + rest.length > longestSentence) {
      const taken = longestSentence - this.#text.length
      this.#text += rest.slice(0, taken)
      rest = this.#cutLong() + rest.slice(taken)
      const part = this.end()
      this.#isPart = true
      passed.push(part)
      if (part.blocked !== undefined) return joined(passed)
    }
    this.#text += rest
    return joined([...passed, this.#pass(false)])
  }

  /** The sentence is over. */
  end(): Passed {
    const passed = this.#pass(true)
    const text = this.#text
    const isOver = /[.!?…。！？]["'”’»)\]]*$/.test(text.trimEnd().slice(-10))
    this.#clause = isOver ? '' : (this.#clause + text).slice(-contextLength)
    this.#context = endOf(this.#context + text)
    this.#isPart = false
    this.#text = ''
    this.#lead = 0
    this.#gone = 0
    return passed
  }

  /** Cuts a sentence that is too long behind a word. @returns what is left over */
  #cutLong(): string {
    const space = lastSpace(this.#text)
    const end = space > this.#gone ? space + 1 : this.#text.length
    const rest = this.#text.slice(end)
    this.#text = this.#text.slice(0, end)
    return rest
  }

  #pass(isEnd: boolean): Passed {
    const from = this.#gone
    this.#lead = this.#text.length - this.#text.trimStart().length
    this.#gone = Math.max(this.#gone, this.#lead)
    const blank = this.#text.slice(from, this.#gone)
    if (this.#gone === this.#text.length) return { ...nothing, text: blank }
    if (!isEnd && this.#rules.waits) return { ...nothing, text: blank }
    const passed = this.#decide(isEnd)
    return { ...passed, text: blank + passed.text }
  }

  #decide(isEnd: boolean): Passed {
    const { blocks, masks } = this.#rules
    const { before, reading } = this.#read(this.#context)
    const open = isEnd ? Infinity : this.#openAt(reading) - before
    if (open <= this.#gone) return nothing
    const clause = this.#read(this.#clause)
    const placesOf = <R extends BlockRule | MaskRule>(
      rule: R,
    ): (Place & { readonly rule: R })[] => {
      const seen = rule.finder.seesSentence ? clause : { before, reading }
      const found = rule.finder.find(seen.reading).map(({ start, end }) => {
        return { start: start - seen.before, end: end - seen.before, rule }
      })
      return found.filter(({ end }) => end > this.#gone)
    }
    const block = firstOf(blocks.flatMap(placesOf).filter(({ start }) => start < open))
    const places = masks.flatMap(placesOf)
    if (block !== undefined) {
      const until = this.#rules.holdsSentence ? this.#gone : block.start
      return { ...this.#release(until, places), blocked: block.rule }
    }
    if (isEnd) return this.#release(this.#text.length, places)
    // What is masked is told of when all of the sentence is known.
    const ready = places.reduce((least, { start }) => Math.min(least, start), open)
    return this.#release(ready, [])
  }

  /** What is looked at, and how much of it stands before the sentence (less than nothing: behind its beginning). */
  #read(context: string): { readonly before: number; readonly reading: Reading } {
    // Nothing that is gone can be the beginning of anything. Looked at from the middle of a number it could.
    const from = this.#gone > this.#lead ? lastWord(this.#text, this.#gone) : -1
    if (from >= 0) return { before: -from, reading: read(this.#text.slice(from)) }
    // What came before is apart from the first word.
    const isApart = this.#isPart || context === '' || /^\s/.test(this.#text)
    const before = isApart ? context : `${context} `
    return { before: before.length, reading: read(before + this.#text) }
  }

  #openAt(reading: Reading): number {
    const { blocks, masks } = this.#rules
    let open = reading.text.length
    for (const { finder } of blocks) open = Math.min(open, finder.openAt(reading))
    for (const { finder } of masks) open = Math.min(open, finder.openAt(reading))
    return open
  }

  /** Lets go of the sentence up to a place in it. */
  #release(until: number, places: readonly MaskedPlace[]): Passed {
    let text = ''
    let at = this.#gone
    const masked: string[] = []
    for (const { start, end, rule } of merged(places)) {
      if (start >= until || end <= at) continue
      text += this.#text.slice(at, Math.max(at, start)) + rule.with
      masked.push(rule.name)
      at = end
    }
    if (until > at) text += this.#text.slice(at, until)
    this.#gone = Math.max(at, this.#gone, Math.min(until, this.#text.length))
    return { text, masked, blocked: undefined }
  }
}

const joined = (parts: readonly Passed[]): Passed => ({
  text: parts.map(({ text }) => text).join(''),
  masked: parts.flatMap(({ masked }) => masked),
  blocked: parts.at(-1)?.blocked,
})

function lastSpace(text: string): number {
  let at = text.length - 1
  while (at >= 0 && /\S/.test(text.charAt(at))) at--
  return at
}

/** Where the last word begins that begins with a letter, has white space before it and begins before `end`; or -1. */
function lastWord(text: string, end: number): number {
  for (let at = end - 1; at > 0; at--) {
    if (/\p{L}/u.test(text.charAt(at)) && /\s/.test(text.charAt(at - 1))) return at
  }
  return -1
}

/** The end of a text, from a whole word on. */
function endOf(text: string): string {
  if (text.length <= contextLength) return text
  const end = text.slice(-contextLength)
  const space = end.search(/\s/)
  return space < 0 ? end : end.slice(space)
}

/** The one that begins first; of several, the one that is listed first. */
const firstOf = <T extends Place>(places: readonly T[]): T | undefined =>
  places.toSorted((one, other) => one.start - other.start)[0]

/** Places in order; those that overlap are one, with the word of the one that is listed first. */
function merged(places: readonly MaskedPlace[]): MaskedPlace[] {
  const made: MaskedPlace[] = []
  for (const place of places.toSorted((one, other) => one.start - other.start)) {
    const last = made.at(-1)
    if (last === undefined || place.start >= last.end) made.push(place)
    else made[made.length - 1] = { ...last, end: Math.max(last.end, place.end) }
  }
  return made
}
