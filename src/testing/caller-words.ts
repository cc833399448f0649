/** How well what was said was heard. */
export interface WordFigures {
  /** Words that were said. */
  readonly said: number
  /** Words left out, put in or taken for another. */
  readonly errors: number
  /** Share of the words that were heard, 0 to 1; words put in count against it. */
  readonly heard: number
}

/** Words as they are compared: lower case, no punctuation. */
const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .replaceAll('’', "'")
    .match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? []

/** Compares what was said with what was heard, word by word (edit distance). */
export function compareWords(said: string, heard: string): WordFigures {
  const [truth, found] = [wordsOf(said), wordsOf(heard)]
  let row = Array.from({ length: found.length + 1 }, (_, index) => index)
  truth.forEach((word, index) => {
    const next = [index + 1]
    found.forEach((other, column) => {
      const replaced = (row[column] ?? 0) + (word === other ? 0 : 1)
      const lost = (row[column + 1] ?? 0) + 1
      const added = (next[column] ?? 0) + 1
      next.push(Math.min(replaced, lost, added))
    })
    row = next
  })
  const errors = row.at(-1) ?? 0
  const share = truth.length === 0 ? 1 : Math.max(0, 1 - errors / truth.length)
  return { said: truth.length, errors, heard: share }
}
