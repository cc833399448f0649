/** Text that is held back at most because its meaning may depend on the next word, in characters. */
const longestHeld = 200

/** A word, and the white space (or a sign of a script without spaces) after it. */
const wordAndGap = /[^\s\u2e80-\u9fff\uff00-\uffef]*[\s\u2e80-\u9fff\uff00-\uffef]+/gy

/** A number or the beginning of one; a month; an abbreviation in front of a number or a name. */
const openWord =
  /[\d@$€£¥]|^\(?(?:USD|EUR|GBP|JPY|the|of|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|January|February|March|April|June|July|August|Sept|September|October|November|December|St)\b|^\(?[Nn]os?\.$/

/**
 * How much of a text can be put into words before the rest of it is known: up to the last word that does
 * not go on in the next one. `isOpen` names words that do beside numbers, dates and the like.
 */
export function readyLength(text: string, isOpen: (word: string) => boolean): number {
  let ready = 0
  let at = 0
  for (const [part] of text.matchAll(wordAndGap)) {
    at += part.length
    const word = part.trimEnd()
    if (!openWord.test(word) && !isOpen(word)) ready = at
  }
  if (text.length - ready <= longestHeld) return ready
  return text.length - at <= longestHeld ? at : text.length
}
