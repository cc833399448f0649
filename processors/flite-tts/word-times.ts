/** A phone of flite and where it stands, in ms. */
export interface Phone {
  readonly name: string
  readonly startMs: number
  readonly endMs: number
}

/** Where a word sounds, in ms; both ends are the same for a word that makes no sound. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** flite's name of silence. */
const silence = 'pau'
const vowels = new Set('aa ae ah ao aw ax axr ay eh el em en er ey ih ix iy ow oy uh uw'.split(' '))

/** Reads the output of `flite -psdur`: `pau:0.224 w:0.296 …`, where each phone ends, in seconds. */
export function readPhones(printed: string): Phone[] {
  let startMs = 0
  return printed
    .trim()
    .split(/\s+/)
    .filter((entry) => entry.includes(':'))
    .map((entry) => {
      const [name = '', end = ''] = entry.split(':')
      const phone = { name, startMs, endMs: Number(end) * 1000 }
      startMs = phone.endMs
      return phone
    })
}

/** Names of phones that sound, from one line of `flite -ps`. */
export const readPhoneNames = (line: string): string[] =>
  line.split(/\s+/).filter((name) => name !== '' && name !== silence)

/**
 * Finds the words in a spoken sentence: `phones` is what was spoken, `pronunciations` how each word sounds
 * when it stands alone (empty for one that makes no sound). The two differ a little, since a sentence
 * joins its words, so the cheapest alignment of the phones is taken.
 */
export function alignWords(
  phones: readonly Phone[],
  pronunciations: readonly (readonly string[])[],
): Span[] {
  const spoken = phones.filter((phone) => phone.name !== silence)
  const alone = pronunciations.flatMap((names, word) => names.map((name) => ({ name, word })))
  const owners = ownersOf(
    spoken.map((phone) => phone.name),
    alone,
  )
  let endMs = spoken[0]?.startMs ?? 0
  return pronunciations.map((_, word) => {
    const first = spoken[owners.indexOf(word)]
    const last = spoken[owners.lastIndexOf(word)]
    if (first === undefined || last === undefined) return { startMs: endMs, endMs }
    endMs = last.endMs
    return { startMs: first.startMs, endMs }
  })
}

/** For each spoken phone the word it belongs to. */
function ownersOf(
  spoken: readonly string[],
  alone: readonly { readonly name: string; readonly word: number }[],
): number[] {
  const width = alone.length + 1
  const costs = new Float64Array((spoken.length + 1) * width)
  const cost = (row: number, column: number): number => costs[row * width + column] ?? Infinity
  for (let row = 0; row <= spoken.length; row += 1) {
    for (let column = 0; column < width; column += 1) {
      if (row + column === 0) continue
      const swap =
        row > 0 && column > 0
          ? cost(row - 1, column - 1) + difference(spoken[row - 1], alone[column - 1]?.name)
          : Infinity
      const extra = row > 0 ? cost(row - 1, column) + 1 : Infinity
      const missing = column > 0 ? cost(row, column - 1) + 1 : Infinity
      costs[row * width + column] = Math.min(swap, extra, missing)
    }
  }
  return readOwners(spoken, alone, cost)
}

/** Walks the cheapest way back from the end. */
function readOwners(
  spoken: readonly string[],
  alone: readonly { readonly name: string; readonly word: number }[],
  cost: (row: number, column: number) => number,
): number[] {
  const owners: number[] = []
  let row = spoken.length
  let column = alone.length
  while (row > 0) {
    const here = cost(row, column)
    const swap = difference(spoken[row - 1], alone[column - 1]?.name)
    if (column > 0 && here === cost(row - 1, column - 1) + swap) {
      owners.unshift(alone[column - 1]?.word ?? 0)
      row -= 1
      column -= 1
    } else if (here === cost(row - 1, column) + 1) {
      owners.unshift(alone[Math.max(0, column - 1)]?.word ?? 0)
      row -= 1
    } else {
      column -= 1
    }
  }
  return owners
}

/** Cost of taking one phone for another; two vowels are nearer than a vowel and a consonant. */
function difference(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Infinity
  if (one === other) return 0
  return vowels.has(one) === vowels.has(other) ? 0.8 : 1.6
}
