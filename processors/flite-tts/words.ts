/** A word as it stands in the text, and what of it can be spoken. */
export interface TextWord {
  /** As written, punctuation included. */
  readonly text: string
  /** Plain ASCII for the synthesiser; empty when there is nothing to say (a dash, an emoji). */
  readonly spoken: string
}

/** Signs that flite would leave out, by their English names. */
const names: Readonly<Record<string, string>> = {
  '&': ' and ',
  '@': ' at ',
  '+': ' plus ',
  '=': ' equals ',
  '€': ' euro ',
  '£': ' pound ',
  '°': ' degrees ',
}

/**
 * The words of a text, split at white space. What flite cannot read is written in ASCII: accents are
 * dropped, typographic quotes and dashes made plain, other signs left out.
 */
export function wordsOf(text: string): TextWord[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => ({ text: word, spoken: spokenForm(word) }))
}

function spokenForm(word: string): string {
  const plain = word
    .replace(/[&@+=€£°]/g, (sign) => names[sign] ?? '')
    .replace(/[‘’‛′]/g, "'")
    .replace(/[“”„″]/g, '"')
    .replace(/[‐‑‒]/g, '-')
    .replace(/[–—―]/g, ', ')
    .replace(/…/g, '...')
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/_+/g, ' ')
    .trim()
  return /[a-z0-9]/i.test(plain) ? plain : ''
}
