import { describe, expect, it } from 'vitest'
import { createValidators } from '../../schema/compile.ts'
import { requestFault } from './anthropic-request.ts'

const validators = createValidators()
const text = (value: string, more: object = {}) => ({ type: 'text', text: value, ...more })
const user = (...content: readonly object[]) => ({ role: 'user', content })
const assistant = (...content: readonly object[]) => ({ role: 'assistant', content })
const use = (id: string) => ({ type: 'tool_use', id, name: 'price', input: {} })
const result = (id: string) => ({ type: 'tool_result', tool_use_id: id, content: '90' })
const tools = [{ name: 'price', description: 'Tells.', input_schema: { type: 'object' } }]
const mark = { cache_control: { type: 'ephemeral' } }
const base = { model: 'claude-haiku-4-5', max_tokens: 100, stream: true }
const body = (...messages: readonly object[]) => ({ ...base, tools, messages })
const faultOf = (request: unknown): string | undefined => requestFault(request, validators)

describe('a request to the emulated service', () => {
  it('may hold texts, calls with their results, marks and what the model is to do', () => {
    const all = {
      ...body(
        { role: 'user', content: 'Hello' },
        assistant(text('Let me see.'), use('a'), use('b')),
        user(result('b'), result('a'), text('And?', mark)),
      ),
      ...{ system: [text('Be brief.', mark)], tool_choice: { type: 'none' } },
      ...{ thinking: { type: 'disabled' }, output_config: { effort: 'low' } },
    }
    expect(faultOf(all)).toBeUndefined()
    expect(faultOf({ ...base, stream: false, max_tokens: 0, messages: [user(text('Hi'))] })).toBe(
      undefined,
    )
  })

  it.each([
    ['no object', null, /not valid JSON/],
    ['a temperature', { ...body(user(text('Hi'))), temperature: 1 }, /^temperature: not supported/],
    ['an unknown field', { ...body(user(text('Hi'))), seed: 1 }, /additional properties \(seed\)/],
    ['no messages', body(), /messages: must NOT have fewer than 1 items/],
    ['an empty text', body(user(text(' '))), /text content blocks must be non-empty/],
    ['an empty turn', body(user()), /messages.0.content/],
    ['the assistant first', body(assistant(text('Hi')), user(text('Hi'))), /alternate/],
    ['two turns of one side', body(user(text('Hi')), user(text('Hi'))), /alternate/],
    ['the assistant last', body(user(text('Hi')), assistant(text('Hi'))), /prefill/],
    [
      'a call without its result',
      body(user(text('Hi')), assistant(use('a'), use('b')), user(result('a'))),
      /without `tool_result` blocks immediately after: b/,
    ],
    [
      'a result without its call',
      body(user(text('Hi')), assistant(text('Yes?')), user(result('a'))),
      /unexpected `tool_use_id`.*: a/,
    ],
    ['a result at the beginning', body(user(result('a'))), /messages.0: unexpected/],
    [
      'a text before a result',
      body(user(text('Hi')), assistant(use('a')), user(text('And?'), result('a'))),
      /must come first/,
    ],
    [
      'a result twice',
      body(user(text('Hi')), assistant(use('a')), user(result('a'), result('a'))),
      /unexpected `tool_use_id`/,
    ],
    [
      'an id twice',
      body(...[0, 1].flatMap(() => [user(text('Hi')), assistant(use('a'))]), user(result('a'))),
      /without|unique/,
    ],
    ['a call by the user', body(user(use('a'))), /not permitted in a message of the user/],
    [
      'an id of other letters',
      body(user(text('Hi')), assistant(use('a/b')), user(result('a/b'))),
      /pattern/,
    ],
    [
      'calls and no tools',
      { ...base, messages: [user(text('Hi')), assistant(use('a')), user(result('a'))] },
      /must define tools/,
    ],
    ['a tool twice', { ...body(user(text('Hi'))), tools: [...tools, ...tools] }, /must be unique/],
    [
      'five marks',
      body(user(...Array.from({ length: 5 }, () => text('Hi', mark)))),
      /maximum of 4/,
    ],
    [
      'an hour after five minutes',
      body(user(text('a', mark), text('b', { cache_control: { type: 'ephemeral', ttl: '1h' } }))),
      /must not come after/,
    ],
    [
      'an answer of no token, streamed',
      { ...body(user(text('Hi'))), max_tokens: 0 },
      /cannot be streamed/,
    ],
    [
      'a choice of tools and no tools',
      { ...base, messages: [user(text('Hi'))], tool_choice: { type: 'none' } },
      /while providing tools/,
    ],
  ])('with %s is refused', (_, request, words) => {
    expect(faultOf(request)).toMatch(words)
  })
})
