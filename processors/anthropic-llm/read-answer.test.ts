import type Anthropic from '@anthropic-ai/sdk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProviderError, type Said } from 'voxgraph/plugin'
import { AnswerReader } from './read-answer.ts'

type Event = Anthropic.MessageStreamEvent
/** An event as it may come, which the SDK does not check. */
const event = (type: string, fields: object = {}): Event =>
  ({ type, ...fields }) as unknown as Event

const begin = event('message_start', { message: { id: 'msg_1', usage: { input_tokens: 7 } } })
const open = (index: number, block: object): Event =>
  event('content_block_start', { index, content_block: block })
const text = (index: number, value: string): Event =>
  event('content_block_delta', { index, delta: { type: 'text_delta', text: value } })
const json = (index: number, partial_json: string): Event =>
  event('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json } })
const close = (index: number): Event => event('content_block_stop', { index })
const stop = (stop_reason: string): Event =>
  event('message_delta', { delta: { stop_reason }, usage: { output_tokens: 9 } })
const over = event('message_stop')
const words = { type: 'text', text: '' }
const tool = (name: string) => ({ type: 'tool_use', id: 'toolu_1', name, input: {} })

/** Reads events to the end of the stream. */
function readAll(events: readonly Event[]): readonly Said[] {
  const reader = new AnswerReader()
  const said = events.flatMap((one) => reader.read(one))
  reader.finish()
  return said
}

const call = (...parts: readonly string[]): readonly Event[] => [
  begin,
  open(0, tool('price')),
  ...parts.map((part) => json(0, part)),
  close(0),
]

describe('an answer', () => {
  it('is its text and its tool calls, in order', () => {
    const events = [
      ...[begin, event('ping'), open(0, words), text(0, 'Let '), text(0, 'me see.'), close(0)],
      ...[open(1, { type: 'thinking' }), event('content_block_delta', { index: 1, delta: {} })],
      ...[close(1), open(2, tool('price')), json(2, '{"room":'), json(2, '"double"}'), close(2)],
      ...[open(3, tool('end_call')), close(3), stop('tool_use'), over],
    ]
    expect(readAll(events)).toEqual([
      'Let ',
      'me see.',
      { tool: 'price', arguments: { room: 'double' }, callId: 'msg_1.2' },
      { tool: 'end_call', arguments: {}, callId: 'msg_1.3' },
    ])
  })

  it('has the same arguments however they were cut', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.array(fc.nat({ max: 40 })),
        (args, cuts) => {
          const whole = JSON.stringify(args)
          const places = [0, ...cuts.toSorted((a, b) => a - b), whole.length]
          const parts = places.slice(1).map((to, index) => whole.slice(places[index], to))
          const said = readAll([...call(...parts), stop('tool_use'), over])
          expect(said).toEqual([{ tool: 'price', arguments: JSON.parse(whole), callId: 'msg_1.0' }])
        },
      ),
    )
  })

  it('may have kinds of events and blocks that nobody knows yet', () => {
    const events = [
      begin,
      event('weather'),
      open(0, { type: 'picture' }),
      close(0),
      stop('end_turn'),
    ]
    expect(readAll([...events, over])).toEqual([])
  })

  it.each([
    ['nothing', []],
    ['no end', [begin, open(0, words), text(0, 'Hello'), close(0)]],
    ['no reason for its end', [begin, over]],
    ['an end without its last event', [begin, stop('end_turn')]],
    [
      'text before its beginning',
      [open(0, words), text(0, 'Hello'), begin, stop('end_turn'), over],
    ],
    ['two beginnings', [begin, begin, stop('end_turn'), over]],
    ['text in no block', [begin, text(0, 'Hello'), stop('end_turn'), over]],
    ['text in another block', [begin, open(0, words), text(1, 'Hello'), close(0)]],
    ['text among arguments', [...call().slice(0, 2), text(0, 'Hello')]],
    ['a block within a block', [begin, open(0, words), open(1, words)]],
    ['a block out of turn', [begin, open(1, words)]],
    ['the end of a block that is none', [begin, close(0)]],
    ['an end within a block', [begin, open(0, words), stop('end_turn'), over]],
    ['words after its end', [begin, stop('end_turn'), over, open(0, words)]],
    ['no event', [begin, null as unknown as Event]],
    ['arguments that are no JSON', [...call('{"room":'), stop('tool_use'), over]],
    ['arguments that are no object', [...call('[1]'), stop('tool_use'), over]],
    ['a million characters', [begin, open(0, words), text(0, 'x'.repeat(1_000_001))]],
  ])('with %s fails', (_, events) => {
    expect(() => readAll(events)).toThrow(ProviderError)
  })

  it('that was too long loses the tool call which it breaks off in, and nothing else', () => {
    expect(readAll([...call('{"room":'), stop('max_tokens'), over])).toEqual([])
  })

  it('fails as it should or not at all, whatever comes', () => {
    const types = ['message_start', 'content_block_start', 'content_block_delta', 'ping', 'other']
    const more = ['content_block_stop', 'message_delta', 'message_stop']
    const part = fc.record(
      {
        index: fc.oneof(fc.nat({ max: 2 }), fc.anything()),
        message: fc.anything(),
        delta: fc.oneof(
          fc.record({
            type: fc.constantFrom('text_delta', 'input_json_delta'),
            text: fc.anything(),
          }),
          fc.anything(),
        ),
        content_block: fc.oneof(fc.constantFrom(words, tool('a')), fc.anything()),
        usage: fc.anything(),
      },
      { requiredKeys: [] },
    )
    const any = fc.tuple(fc.constantFrom(...types, ...more), part)
    fc.assert(
      fc.property(fc.array(any), (events) => {
        try {
          readAll([begin, ...events.map(([type, fields]) => event(type, fields))])
        } catch (thrown) {
          if (!(thrown instanceof ProviderError)) throw thrown
        }
      }),
      { numRuns: 500 },
    )
  })
})
