/** A piece of text and the sentence-like span it belongs to. */
export interface SpanPiece {
  readonly span: number
  readonly text: string
}

/** Endings with a full stop that do not end a sentence. */
const abbreviation =
  /(?:^|[\s(])(?:mr|mrs|ms|dr|st|prof|no|vs|e\.g|i\.e|etc|a\.m|p\.m)\.["')\]]*\s*$/i

/** What finds sentence ends. It is dear to make and keeps nothing, so one serves a whole call. */
export const createSegmenter = (): Intl.Segmenter =>
  new Intl.Segmenter('en', { granularity: 'sentence' })

/**
 * Cuts a stream of text into spans at sentence ends, one character behind: "3." may go on as "3.14".
 * `next` gives the id of a new span. Nothing is lost or changed: the pieces add up to the text.
 */
export function createSpanner(
  next: () => number,
  segmenter: Intl.Segmenter = createSegmenter(),
): {
  /** Takes the next text and says which span each part of it belongs to. */
  push(text: string): SpanPiece[]
} {
  let sentence = ''
  let span = 0
  return {
    push(text) {
      const pieces: SpanPiece[] = []
      let known = sentence.length
      let rest = sentence + text
      for (;;) {
        const cut = sentenceEnd(segmenter, rest)
        if (cut === undefined || cut < known) break
        if (span === 0) span = next()
        if (cut > known) pieces.push({ span, text: rest.slice(known, cut) })
        rest = rest.slice(cut)
        known = 0
        span = 0
      }
      if (rest.length > known) {
        if (span === 0) span = next()
        pieces.push({ span, text: rest.slice(known) })
      }
      sentence = rest
      return pieces
    },
  }
}

/** Where the first sentence ends, if something follows it. */
function sentenceEnd(segmenter: Intl.Segmenter, text: string): number | undefined {
  let end = 0
  for (const { segment } of segmenter.segment(text)) {
    if (end > 0 && !abbreviation.test(text.slice(0, end))) return end
    end += segment.length
  }
  return undefined
}
