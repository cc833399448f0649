import type OpenAI from 'openai'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Said } from 'voxgraph/plugin'
import { AnswerReader } from './read-answer.ts'

type Chunk = OpenAI.ChatCompletionChunk

const chunk = (delta: object, finish_reason: string | null = null): Chunk =>
  ({ choices: [{ index: 0, delta, finish_reason }] }) as unknown as Chunk

function read(chunks: readonly Chunk[]): readonly Said[] {
  const reader = new AnswerReader()
  const said = chunks.flatMap((one) => reader.read(one))
  reader.finish()
  return said
}

/** A text cut at some places. */
const cut = (text: string, sizes: readonly number[]): readonly string[] => {
  const parts: string[] = []
  let at = 0
  for (const size of sizes) parts.push(text.slice(at, (at += size)))
  return [...parts, text.slice(at)]
}
const sizes = fc.array(fc.nat(7), { maxLength: 10 })
const args = fc.dictionary(
  fc.string({ maxLength: 5 }).filter((name) => name !== '__proto__'),
  fc.oneof(fc.string({ maxLength: 9 }), fc.integer(), fc.boolean()),
)

/** Whatever JSON there is, in all the places in which something is expected. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.jsonValue().map((value) => ({ choices: [value] })),
  fc.jsonValue().map((value) => ({ choices: [{ delta: value }] })),
  fc.jsonValue().map((value) => ({ choices: [{ delta: { content: value, tool_calls: value } }] })),
  fc.jsonValue().map((value) => ({ choices: [{ delta: { tool_calls: [value] } }] })),
  fc.jsonValue().map((value) => ({
    choices: [
      { delta: { tool_calls: [{ index: value, function: value }] }, finish_reason: 'stop' },
    ],
  })),
  fc.jsonValue().map((value) => ({ choices: [], usage: value })),
)

describe('an answer in pieces', () => {
  it('is the same however its text is cut', () =>
    fc.assert(
      fc.property(fc.string(), sizes, (text, at) => {
        const said = read([
          ...cut(text, at).map((content) => chunk({ content })),
          chunk({}, 'stop'),
        ])
        expect(said.join('')).toBe(text)
      }),
    ))

  it('has the same calls however their arguments are cut and mixed, with an index or without', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(args, sizes), { maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        (calls, isMixed, hasIndex) => {
          const begun = calls.map((_, index) =>
            chunk({ tool_calls: [{ ...(hasIndex && { index }), function: { name: 't' } }] }),
          )
          const parts = calls.map(([value, at], index) =>
            cut(JSON.stringify(value), at).map((json) =>
              chunk({
                tool_calls: [{ ...(hasIndex && { index }), function: { arguments: json } }],
              }),
            ),
          )
          const mixed =
            isMixed && hasIndex
              ? [
                  ...begun,
                  ...Array.from({ length: 12 }, (_, at) =>
                    parts.flatMap((own) => own[at] ?? []),
                  ).flat(),
                ]
              : begun.flatMap((one, index) => [one, ...(parts[index] ?? [])])
          const said = read([...mixed, chunk({}, 'tool_calls')])
          expect(said).toEqual(
            calls.map(([value]) => ({
              tool: 't',
              arguments: value,
              callId: expect.stringMatching(/^[0-9a-z]{9}$/) as string,
            })),
          )
        },
      ),
    ))

  it('never breaks otherwise than by an error of ours', () =>
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (values) => {
        try {
          read(values as unknown as Chunk[])
        } catch (thrown) {
          expect(thrown).toMatchObject({ category: 'server' })
        }
      }),
    ))

  it.each([
    ['no reason to be over', [chunk({ content: 'Hi' })], 'the rest is missing'],
    ['more behind its end', [chunk({}, 'stop'), chunk({ content: 'Hi' })], 'after the end'],
    ['two ends', [chunk({}, 'stop'), chunk({}, 'stop')], 'after the end'],
    [
      'arguments of a call that never began',
      [chunk({ tool_calls: [{ index: 3, function: { arguments: '{}' } }] })],
      'has not begun',
    ],
  ])('fails with %s', (_, chunks, reason) => {
    expect(() => read(chunks)).toThrow(reason)
  })
})
