import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSegmenter, createSpanCutter } from './spans.ts'

/** Spans of a text that comes in chunks. */
function spansOf(texts: readonly string[]): string[] {
  const cutter = createSpanCutter({ segmenter: createSegmenter() })
  const spans = ['']
  for (const unit of texts.join('').split('')) {
    if (cutter.take(unit)) spans.push('')
    spans[spans.length - 1] += unit
  }
  return spans
}

/** Spans of a text whose first clause may go early. */
function earlySpansOf(text: string): string[] {
  const cutter = createSpanCutter({ segmenter: createSegmenter(), early: true })
  const spans = ['']
  for (const unit of text.split('')) {
    if (cutter.take(unit)) spans.push('')
    spans[spans.length - 1] += unit
  }
  return spans
}

const tokens = (text: string): string[] => text.match(/\s*\S+/g) ?? []

describe('a cutter of spans', () => {
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

  it.each([
    ['One. Two! Three? Four… Five.', ['One. ', 'Two! ', 'Three? ', 'Four… ', 'Five.']],
    ['Wait... what? No…', ['Wait... what? ', 'No…']],
    [
      'He said "Stop." Then (he left.) She stayed.',
      ['He said "Stop." ', 'Then (he left.) ', 'She stayed.'],
    ],
    ['"Stop!" she said. “Why?” he asked.', ['"Stop!" she said. ', '“Why?” he asked.']],
    [
      'It is 3.14 or 1.000,5 or v1.2.3 now. Yes.',
      ['It is 3.14 or 1.000,5 or v1.2.3 now. ', 'Yes.'],
    ],
    ['It is 3. Then 4.', ['It is 3. ', 'Then 4.']],
    ['Dr. No met Prof. X vs. Mrs. Y.', ['Dr. No met Prof. X vs. Mrs. Y.']],
    ['See No. 5 on p. 7. No. It is not.', ['See No. 5 on p. 7. ', 'No. ', 'It is not.']],
    [
      'The U.S. Army and J. R. R. Tolkien, Ph.D. It is so.',
      ['The U.S. Army and J. R. R. Tolkien, Ph.D. It is so.'],
    ],
    ['So do I. You too.', ['So do I. ', 'You too.']],
    ['At 5 p.m. today. At 6 p.m. We close.', ['At 5 p.m. today. ', 'At 6 p.m. ', 'We close.']],
    [
      'On Jan. 5 we open. Apples, etc. are sold.',
      ['On Jan. 5 we open. ', 'Apples, etc. are sold.'],
    ],
    [
      'One line\nand another\n\n1. First\n2. Second',
      ['One line\n', 'and another\n\n', '1. First\n', '2. Second'],
    ],
    ['\n\nHello', ['\n\nHello']],
    ['你好。你好吗？「好！」再见', ['你好。', '你好吗？', '「好！」', '再见']],
    ['See https://a.b/?q=1.5 now. Done.', ['See https://a.b/?q=1.5 now. ', 'Done.']],
    ['Really?! Yes.', ['Really?! ', 'Yes.']],
  ])('cuts %j at sentence ends', (text, spans) => {
    expect(spansOf([text])).toEqual(spans)
    expect(spansOf([...text])).toEqual(spans)
  })

  it.each([
    [
      'One two three four five six seven eight, nine, ten.',
      ['One two three four five six seven eight, ', 'nine, ten.'],
    ],
    [
      'One two three, four five six seven eight: nine.',
      ['One two three, four five six seven eight: ', 'nine.'],
    ],
    [
      'One two three four five six seven—eight—nine.',
      ['One two three four five six seven—eight—', 'nine.'],
    ],
    [
      'Yes. One two three four five six seven eight, nine.',
      ['Yes. ', 'One two three four five six seven eight, nine.'],
    ],
    [
      'It costs one two three four five 1,000 euros.',
      ['It costs one two three four five 1,000 euros.'],
    ],
    [
      '我们今天可以帮您更改您的预订时间，也可以取消。',
      ['我们今天可以帮您更改您的预订时间，', '也可以取消。'],
    ],
  ])('may end the first clause of %j early', (text, spans) => {
    expect(earlySpansOf(text)).toEqual(spans)
  })

  it('cuts what has no end, at a space where there is one', () => {
    const long = spansOf(['word '.repeat(200)])
    expect(long.map((span) => span.length)).toEqual([400, 400, 200])
    expect(spansOf(['x'.repeat(1200)]).map((span) => span.length)).toEqual([500, 500, 200])
    expect(spansOf(['😀'.repeat(700)]).map((span) => span.length)).toEqual([600, 600, 200])
  })

  it('loses and changes nothing of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
        expect(spansOf([text]).join('')).toBe(text)
        expect(earlySpansOf(text).join('')).toBe(text)
      }),
      { numRuns: 500 },
    )
  })
})
