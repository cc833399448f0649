import { SttError } from './stt-error.ts'

/** Pronunciations given by hand, as phones of CMU: `{ voxgraph: 'V AA K S G R AE F' }`. */
export type Pronunciations = Readonly<Record<string, string>>

/** A way to say a word. Further ways of the same word are `word(2)`, `word(3)` … */
export interface Pronunciation {
  readonly word: string
  /** Phones of CMU without stress, separated by spaces. */
  readonly phones: string
}

/** The phones that the acoustic model knows. */
const phoneNames = new Set(
  (
    'AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z' +
    ' ZH'
  ).split(' '),
)

/**
 * How words are said: as `given`, else as in the dictionary, with all its variants.
 *
 * @param dictionary lines of `word PH ON ES`, a variant as `word(2) PH ON ES`
 * @throws SttError `unknown-words`, with all words that have none or a wrong one
 */
export function pronounce(
  words: readonly string[],
  dictionary: string,
  given: Pronunciations = {},
): Pronunciation[] {
  const byHand = new Map(
    Object.entries(given).map(([word, phones]) => [word.toLowerCase(), withoutStress(phones)]),
  )
  const wrong = words.filter((word) => !(byHand.get(word) ?? 'AA').split(' ').every(isPhone))
  const found = lookUp(new Set(words.filter((word) => !byHand.has(word))), dictionary)
  const missing = words.filter((word) => !byHand.has(word) && !found.has(word))
  if (wrong.length + missing.length > 0) throw unknownWords(missing, wrong)
  return words.flatMap((word) => {
    const ways = byHand.has(word) ? [byHand.get(word) ?? ''] : (found.get(word) ?? [])
    return ways.map((phones, index) => ({
      word: index === 0 ? word : `${word}(${index + 1})`,
      phones,
    }))
  })
}

const isPhone = (name: string): boolean => phoneNames.has(name)

const withoutStress = (phones: string): string =>
  phones.trim().toUpperCase().replaceAll(/\d/g, '').replaceAll(/\s+/g, ' ')

/** Goes through the dictionary once: 130 000 lines in 20 ms, and nothing is kept. */
function lookUp(words: ReadonlySet<string>, dictionary: string): Map<string, string[]> {
  const found = new Map<string, string[]>()
  if (words.size === 0) return found
  for (let from = 0; from < dictionary.length;) {
    const newline = dictionary.indexOf('\n', from)
    const end = newline < 0 ? dictionary.length : newline
    const space = dictionary.indexOf(' ', from)
    if (space > from && space < end) {
      const word = dictionary.slice(from, space).replace(/\(\d+\)$/, '')
      if (words.has(word)) {
        const ways = found.get(word) ?? []
        ways.push(dictionary.slice(space + 1, end).trim())
        found.set(word, ways)
      }
    }
    from = end + 1
  }
  return found
}

function unknownWords(missing: readonly string[], wrong: readonly string[]): SttError {
  const parts = [
    ...(missing.length > 0 ? [`No pronunciation is known of: ${missing.join(', ')}.`] : []),
    ...(wrong.length > 0 ? [`Not made of phones of CMU: ${wrong.join(', ')}.`] : []),
  ]
  return new SttError('unknown-words', parts.join(' '), [...missing, ...wrong])
}
