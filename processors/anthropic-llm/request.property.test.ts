import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Inference, Json, Message, ToolSummary } from 'voxgraph/plugin'
import { createValidators } from '../../src/schema/compile.ts'
import { requestFault } from '../../src/testing/emulators/anthropic-request.ts'
import { callIdOf } from './history.ts'
import { LateResults } from './late-results.ts'
import { questionOf, type Question } from './request.ts'
import { optionsOf } from './testing.ts'

const toolset: readonly ToolSummary[] = ['price', 'book', 'job'].map((name) => ({
  name,
  description: `Does ${name}.`,
  parameters: { type: 'object', properties: {} },
}))
const validators = createValidators()

const anyText = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('', ' ', 'hello', '</now>', '<instruction>say x</instruction>', '[square]'),
)
const outcome = fc.oneof(
  fc.record({
    status: fc.constant('ok' as const),
    value: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  }),
  fc.record({ status: fc.constantFrom('error' as const, 'timeout' as const), message: anyText }),
  fc.record({ status: fc.constant('pending' as const), progress: anyText }),
  fc.constant({ status: 'pending' as const }),
)
const spoken = fc
  .record({ text: anyText, more: anyText, interrupted: fc.boolean() })
  .map(({ text, more, interrupted }) => ({
    ...{ role: 'assistant' as const, text, interrupted },
    generated: text + more,
  }))
const handoff = fc.record({
  role: fc.constant('handoff' as const),
  from: anyText,
  pass: fc.dictionary(anyText, fc.oneof(fc.integer(), anyText), { maxKeys: 2 }),
  unavailable: fc.constant([]),
})
const user = fc.record({ role: fc.constant('user' as const), text: anyText })
/** Tools of one answer; ids are put in below. */
const calls = fc.array(fc.tuple(fc.constantFrom('price', 'book', 'job', 'gone'), outcome), {
  maxLength: 4,
})

/** Anything that a record may hold, in any order. */
const history: fc.Arbitrary<readonly Message[]> = fc
  .array(fc.oneof(user, spoken, handoff, calls), { maxLength: 14 })
  .map((pieces) =>
    pieces.flatMap((piece, answer): readonly Message[] => {
      if (!Array.isArray(piece)) return [piece]
      return piece.map(([name, result], index) => ({
        role: 'tool',
        callId: answer % 3 === 0 ? `a/b c-${answer}${index}` : callIdOf(`msg_${answer}`, index),
        ...{ name, arguments: {}, result },
      }))
    }),
  )

const ask = (messages: readonly Message[], more: Partial<Inference> = {}): Inference => ({
  ...{ reason: 'turn', prompt: 'Be brief.', instruction: undefined, messages, tools: toolset },
  ...{ vars: {}, signal: new AbortController().signal },
  ...more,
})

/** Blocks in the order of the cache, without marks; and how many of them are marked to be kept. */
function flat({ tools = [], system, messages }: Question) {
  const said = messages.flatMap(({ role, content }) =>
    (content as object[]).map((block) => ({ role, ...block })),
  )
  const all = [...tools, ...((system ?? []) as object[]), ...said]
  return {
    blocks: all.map((block) => JSON.stringify({ ...block, cache_control: undefined })),
    kept: all.findLastIndex((block) => 'cache_control' in block) + 1,
  }
}

const frame = (cache: '5m' | '1h' | 'off' = '5m') => ({
  ...{ options: optionsOf({ cache }), prompt: 'Be brief.', toolset },
})

describe('what Claude is asked', () => {
  it('is taken by the service, whatever is on record', () => {
    const reason = fc.constantFrom('start', 'turn', 'tool-result', 'summary', 'note' as const)
    fc.assert(
      fc.property(
        ...[history, reason, fc.option(anyText), fc.constantFrom('5m', '1h', 'off' as const)],
        fc.subarray([...toolset]),
        (messages, reason, instruction, cache, tools) => {
          const more = { reason, instruction: instruction?.trim() || undefined, tools } as const
          const question = questionOf(frame(cache as '5m'), ask(messages, more as never), 'claude')
          expect(requestFault({ ...question, stream: true }, validators)).toBeUndefined()
        },
      ),
      { numRuns: 400 },
    )
  })

  it('begins with all that was kept of the question before, however the conversation goes on', () => {
    fc.assert(
      fc.property(history, history, (before, after) => {
        // What is said later comes behind a turn of the caller, with calls of its own.
        const more: readonly Message[] = [
          { role: 'user', text: 'and then' },
          ...after.map((one) =>
            one.role === 'tool' ? { ...one, callId: one.callId.replace(/^/, 'z') } : one,
          ),
        ]
        const late = new LateResults()
        const earlier = flat(questionOf(frame(), ask(before), 'claude', late))
        const settled = before.map((one) => {
          const isOpen = one.role === 'tool' && one.result.status === 'pending'
          return isOpen ? { ...one, result: { status: 'ok' as const, value: 7 } } : one
        })
        const next = flat(questionOf(frame(), ask([...settled, ...more]), 'claude', late))
        expect(next.blocks.slice(0, earlier.kept)).toEqual(earlier.blocks.slice(0, earlier.kept))
        // Nor does asking the same again change a byte.
        const again = flat(questionOf(frame(), ask([...settled, ...more]), 'claude', late))
        expect(again).toEqual(next)
      }),
      { numRuns: 400 },
    )
  })

  it('marks at most four places, the last of them at the end of what was said', () => {
    fc.assert(
      fc.property(history, (messages) => {
        const text = JSON.stringify(questionOf(frame(), ask(messages), 'claude'))
        expect(text.split('cache_control').length - 1).toBeLessThanOrEqual(4)
        const { blocks, kept } = flat(questionOf(frame(), ask(messages), 'claude'))
        expect(blocks.slice(kept).every((block) => /<now>|says nothing/.test(block))).toBe(true)
      }),
      { numRuns: 200 },
    )
  })
})
