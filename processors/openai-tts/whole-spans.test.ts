import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { UtteranceText } from 'voxgraph/plugin'
import { wholeSpans } from './whole-spans.ts'

async function read(pieces: readonly UtteranceText[]): Promise<UtteranceText[]> {
  const read: UtteranceText[] = []
  const text = (async function* () {
    yield* pieces
  })()
  for await (const part of wholeSpans(text)) read.push(part)
  return read
}

/** Spans in order, each cut into pieces anyhow. */
const spoken = fc
  .array(fc.array(fc.string({ maxLength: 10 }), { minLength: 1, maxLength: 5 }), { maxLength: 6 })
  .map((spans) =>
    spans.flatMap((pieces, index) => pieces.map((text) => ({ span: index + 1, text }))),
  )

it('gives every span once, whole and in order, but for those with nothing to say', () =>
  fc.assert(
    fc.asyncProperty(spoken, async (pieces) => {
      const whole = new Map<number, string>()
      for (const { span, text } of pieces) whole.set(span, (whole.get(span) ?? '') + text)
      const expected = [...whole].flatMap(([span, text]) =>
        /[\p{L}\p{N}]/u.test(text) ? [{ span, text: text.trim() }] : [],
      )
      expect(await read(pieces)).toEqual(expected)
    }),
  ))

it('cuts what is too long, and loses no word of it', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '7'), minLength: 1, maxLength: 60 }), {
        minLength: 100,
        maxLength: 400,
      }),
      async (words) => {
        const parts = await read([{ span: 1, text: words.join(' ') }])
        expect(parts.map(({ text }) => text).join(' ')).toBe(words.join(' '))
        for (const { text } of parts) expect(text.length).toBeLessThanOrEqual(4096)
      },
    ),
    { numRuns: 20 },
  ))

it('gives text without a span as it comes', async () => {
  const pieces = [
    { span: 0, text: 'One.' },
    { span: 1, text: 'Two.' },
    { span: 0, text: 'Three.' },
    { span: 0, text: 'Four.' },
  ]
  expect(await read(pieces)).toEqual(pieces)
})
