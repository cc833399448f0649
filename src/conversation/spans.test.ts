import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSpanner, type SpanPiece } from './spans.ts'

function spansOf(texts: readonly string[]): string[] {
  let ids = 0
  const spanner = createSpanner(() => ++ids)
  const spans: string[] = []
  for (const text of texts) {
    for (const piece of spanner.push(text)) {
      spans[piece.span - 1] = (spans[piece.span - 1] ?? '') + piece.text
    }
  }
  return spans
}

const tokens = (text: string): string[] => text.match(/\s*\S+/g) ?? []

describe('a spanner', () => {
  it('begins a span with each sentence, however the text is cut into tokens', () => {
    const text = 'Good morning. How can I help? Say stop at any time. Bye.'
    const sentences = ['Good morning. ', 'How can I help? ', 'Say stop at any time. ', 'Bye.']
    expect(spansOf([text])).toEqual(sentences)
    expect(spansOf([...text])).toEqual(sentences)
    expect(spansOf(tokens(text)).map((span) => span.trim())).toEqual(
      sentences.map((sentence) => sentence.trim()),
    )
  })

  it('does not end a sentence in a number, a title or an abbreviation', () => {
    const text = 'It costs 3.14 euros for Mr. Smith, e.g. tonight. Fine.'
    expect(spansOf([...text])).toEqual([
      'It costs 3.14 euros for Mr. Smith, e.g. tonight. ',
      'Fine.',
    ])
  })

  it('loses and changes nothing, and never goes back to an earlier span', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }), { maxLength: 30 }),
        (texts) => {
          let ids = 0
          const spanner = createSpanner(() => ++ids)
          const pieces: SpanPiece[] = texts.flatMap((text) => spanner.push(text))
          expect(pieces.map((piece) => piece.text).join('')).toBe(texts.join(''))
          expect(pieces.map((piece) => piece.span)).toEqual(
            pieces.map((piece) => piece.span).toSorted((a, b) => a - b),
          )
        },
      ),
      { numRuns: 500 },
    )
  })
})
