/**
 * The words of a text as they are compared: lower case, without punctuation, `'` kept inside a word. At
 * most the last `limit` of them.
 */
export function wordsOf(text: string, limit = 200): readonly string[] {
  const plain = text.normalize('NFKC').toLowerCase().replaceAll('’', "'")
  const words = plain.match(/[\p{L}\p{M}\p{N}]+(?:'[\p{L}\p{M}\p{N}]+)*/gu) ?? []
  return words.slice(-limit)
}

/** The sentences of a text; together they are the text. */
export function sentencesOf(text: string): readonly string[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
  return [...segmenter.segment(text)].map(({ segment }) => segment)
}

/** A text in pieces of one word and what follows it, as a model would stream it. */
export const tokensOf = (text: string): readonly string[] => text.match(/\s*\S+\s*/g) ?? []
