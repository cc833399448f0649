/** The candidate that was probably meant, if any is within a third of the length. */
export function nearest(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Infinity
  for (const candidate of candidates) {
    const bound = Math.floor(Math.max(written.length, candidate.length) / 3)
    if (Math.abs(written.length - candidate.length) > bound) continue
    const distance = editDistance(written, candidate)
    if (distance > bound || distance >= least) continue
    best = candidate
    least = distance
  }
  return best
}

/** Edits from one word to the other; two neighbours changing places are one edit. */
export function editDistance(from: string, to: string): number {
  if (from.length > 200 || to.length > 200) return from === to ? 0 : Infinity
  let before: number[] = []
  let above = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const line = [row]
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1]
      let cost = Math.min(
        at(above, column) + 1,
        at(line, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      )
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(before, column - 2) + 1)
      line.push(cost)
    }
    before = above
    above = line
  }
  return at(above, to.length)
}

const at = (row: readonly number[], index: number): number => row[index] ?? Infinity

/** `did you mean "stt"? `, or nothing. */
export const didYouMean = (meant: string | undefined): string =>
  meant === undefined ? '' : `did you mean "${meant}"? `

/** `did you mean "stt"?`, or else all there are: `Options of x: a, b.` */
export function meantOrAll(
  meant: string | undefined,
  label: string,
  all: Iterable<string>,
): string {
  if (meant !== undefined) return `did you mean "${meant}"?`
  const names = [...all]
  return names.length === 0 ? '' : `${label}: ${listNames(names)}.`
}

/**
 * The same for names that begin with what they belong to: "flite" means "flite-tts", and "deepgram" one of three.
 * `meant` is there when only one can be meant.
 */
export function meantOfFamily(
  written: string,
  label: string,
  all: readonly string[],
): { readonly suggestion: string; readonly meant: string | undefined } {
  const family = all.filter((name) => name.startsWith(`${written}-`))
  if (family.length > 1) {
    const names = family.toSorted().map((name) => `"${name}"`)
    return { suggestion: `did you mean ${choice(names)}?`, meant: undefined }
  }
  const meant = family[0] ?? nearest(written, all)
  return { suggestion: meantOrAll(meant, label, all), meant }
}

const shown = 12

/** Names in order of the alphabet; a long list is cut. */
export function listNames(names: Iterable<string>): string {
  const sorted = [...names].sort()
  if (sorted.length === 0) return 'none'
  if (sorted.length <= shown) return sorted.join(', ')
  return `${sorted.slice(0, shown).join(', ')} and ${sorted.length - shown} more`
}

/** `a, b or c`. */
export function choice(words: readonly string[], last = 'or'): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}

/** A value as messages show it: in quotes, cut when it is long. */
export const quote = (text: string): string =>
  `"${text.length > 60 ? `${text.slice(0, 60)}…` : text}"`

/** Ways to write a number as a length of time; a fix only where one of them must be meant. */
export function withUnit(written: string): { readonly choice: string; readonly fix?: string } {
  const ms = `${written}ms`
  // Whoever writes a small number may mean either.
  return Number(written) < 100 ? { choice: `${written}s or ${ms}` } : { choice: ms, fix: ms }
}
