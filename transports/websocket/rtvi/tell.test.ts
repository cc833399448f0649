import { describe, expect, it } from 'vitest'
import {
  correction,
  error,
  inference,
  interrupt,
  speech,
  toolCall,
  toolResult,
  transcript,
  turn,
  usage,
} from 'voxgraph/plugin'
import type { RtviMessage } from './rtvi-message.ts'
import { began, heard, made, over, run, sounded, wrote } from './tell-rig.ts'
import type { Exposure } from './told.ts'

/** One line a message: its type, and the text in it. */
const lines = (messages: readonly RtviMessage[]): string[] =>
  messages.map(({ type, data = {} }) => {
    const { text: said = '', spoken_status: status } = data as Record<string, unknown>
    const { accumulated_text: heard } = ((data as Record<string, object>)['spoken_progress'] ??
      {}) as Record<string, unknown>
    return [type, status, heard === undefined ? said : `${String(heard)}|`]
      .filter(Boolean)
      .join(' ')
  })

const called = { callId: 'c1', name: 'find_room', arguments: { room: 'double' } }

describe('what a client of RTVI is told', () => {
  it('is an answer as it is written, spoken and heard', () => {
    const { messages, told } = run([
      began(1),
      wrote(1, 1, 'Good '),
      wrote(1, 1, 'morning.'),
      wrote(1, 2, ' Who calls?'),
      made(1),
      sounded(1, 1),
      heard(1, 1),
      heard(1, 1, { state: 'progress', words: 1 }),
      sounded(1, 2),
      heard(1, 1, { state: 'stopped', words: 2 }),
      heard(1, 2),
      heard(1, 2, { state: 'stopped' }),
      over(1),
    ])
    expect(lines(messages)).toEqual([
      'bot-llm-started',
      'bot-tts-started',
      'metrics',
      'bot-llm-text Good morning.',
      'bot-started-speaking',
      'bot-output new Good morning.',
      'bot-tts-text Good',
      'bot-output in-progress Good |',
      'bot-llm-text  Who calls?',
      'bot-llm-stopped',
      'bot-tts-text morning.',
      'bot-output completed Good morning.|',
      'bot-transcription Good morning.',
      'bot-output new Who calls?',
      'bot-tts-text Who calls?',
      'bot-output completed Who calls?|',
      'bot-transcription Who calls?',
      'bot-tts-stopped',
      'bot-stopped-speaking',
    ])
    expect(messages.find(({ type }) => type === 'bot-output')?.data).toEqual({
      text: 'Good morning.',
      aggregated_by: 'sentence',
      segment_id: 1,
      will_be_spoken: true,
      spoken_status: 'new',
    })
    expect(told.responses.size).toBe(0)
  })

  it('ends with the interruption, and with the words that were heard', () => {
    const { messages } = run([
      began(1),
      wrote(1, 1, 'One two three.'),
      sounded(1, 1),
      heard(1, 1),
      interrupt({ phase: 'suspect', through: 1 }),
      interrupt({ through: 1 }),
      heard(1, 1, { state: 'stopped', words: 2, cut: true }),
      sounded(1, 1),
      heard(1, 2),
      over(1),
    ])
    expect(lines(messages).slice(6)).toEqual([
      'bot-interrupted',
      'bot-llm-stopped',
      'bot-tts-stopped',
      'bot-stopped-speaking',
      'bot-tts-text One two',
      'bot-output in-progress One two |',
      'bot-transcription One two',
    ])
  })

  it('is nothing of an interruption when nothing was being said', () => {
    expect(run([began(1), over(1), interrupt({ through: 1 })]).messages).toHaveLength(2)
  })

  it('is the caller’s words and turn, as the conversation decides it', () => {
    const { messages } = run([
      speech({ state: 'started', latency: 0 }),
      { ...turn({ state: 'started', text: '' }), source: 'llm' },
      { ...transcript({ text: 'a doub', final: false }), id: 1, source: 'stt', at: 1500 },
      { ...turn({ state: 'ended', text: 'a double' }), source: 'stt' },
      { ...turn({ state: 'ended', text: 'a double', probability: 0.9 }), source: 'smart' },
      { ...transcript({ text: 'a double', final: true }), id: 2, source: 'stt' },
      { ...transcript({ text: 'A double.', final: true }), id: 3, cause: 2, source: 'tidy' },
      { ...transcript({ text: 'typed', final: true, typed: true }), id: 4 },
      { ...transcript({ text: ' ', final: false }), id: 5, source: 'stt' },
      { ...turn({ state: 'ended', text: 'A double.' }), source: 'llm' },
      { ...turn({ state: 'ended', text: '' }), source: 'llm' },
    ])
    expect(lines(messages)).toEqual([
      'user-started-speaking',
      'user-transcription a doub',
      'user-transcription a double',
      'user-stopped-speaking',
      'user-llm-text A double.',
    ])
    expect(messages[1]?.data).toEqual({
      text: 'a doub',
      final: false,
      timestamp: '2026-01-01T00:00:01.500Z',
      user_id: 'ada',
    })
  })

  it('is not what a guard has taken out, whoever wrote it', () => {
    const { messages } = run([
      began(1),
      wrote(1, 1, 'The code is 1234.'),
      correction({ of: 1, span: 1, text: 'The code is ****.' }),
      wrote(1, 1, 'The code is ****.', { source: 'guard' }),
      wrote(1, 2, ' Never 5678.'),
      correction({ of: 1, span: 2, text: 'Sorry.', last: true }),
      wrote(1, 3, ' And 9999.'),
      sounded(1, 1),
      heard(1, 1, { state: 'stopped' }),
      sounded(1, 2),
      heard(1, 2, { state: 'stopped' }),
      over(1),
    ])
    expect(JSON.stringify(messages)).not.toMatch(/1234|5678|9999/)
    expect(lines(messages)).toContain('bot-transcription The code is ****.')
    expect(lines(messages)).toContain('bot-transcription Sorry.')
  })

  it('is an answer to be read only, where the caller has asked for that', () => {
    const { messages } = run([
      { type: 'typed', isSpoken: false },
      began(1, 'idle'),
      over(1),
      began(2),
      wrote(2, 1, 'Ten.'),
      sounded(2, 1),
      heard(2, 1),
      heard(2, 1, { state: 'stopped' }),
      over(2),
      began(3),
      wrote(3, 1, 'Two.'),
      heard(3, 1),
    ])
    const outputs = messages.filter(({ type }) => type === 'bot-output')
    expect(outputs.map(({ data }) => (data as { will_be_spoken: boolean }).will_be_spoken)).toEqual(
      [false, false, true],
    )
    expect(lines(messages).filter((line) => line === 'bot-started-speaking')).toHaveLength(1)
  })

  it('is text that is only shown, when all is said', () => {
    const events = [began(1), wrote(1, 1, 'A map.', { speak: false }), over(1)]
    expect(lines(run(events).messages)).toEqual([
      'bot-llm-started',
      'bot-llm-text A map.',
      'bot-output A map.',
      'bot-llm-stopped',
    ])
  })

  it('is in an older form for a client of version 1', () => {
    const events = [began(1), wrote(1, 1, 'Hi.'), heard(1, 1), heard(1, 1, { state: 'stopped' })]
    const { messages } = run(events, { isLegacy: true })
    expect(messages.filter(({ type }) => type === 'bot-output')).toEqual([
      { type: 'bot-output', data: { text: 'Hi.', aggregated_by: 'sentence', spoken: true } },
    ])
  })

  it('is as much of a tool as the graph says', () => {
    const events = [
      toolCall(called),
      toolResult({ callId: 'c1', name: 'find_room', result: { status: 'ok', value: { free: 2 } } }),
    ]
    const kinds = { name: 'name', full: 'full', disabled: 'disabled' } as const
    const about = (functionCalls: Record<string, Exposure>) =>
      run(events, { functionCalls }).messages.map(({ data }) => data)
    expect(about({})).toEqual([
      {},
      { tool_call_id: 'c1' },
      { tool_call_id: 'c1', cancelled: false },
    ])
    expect(about({ '*': kinds.disabled })).toEqual([])
    expect(about({ '*': kinds.disabled, find_room: kinds.name })).toEqual([
      { function_name: 'find_room' },
      { tool_call_id: 'c1', function_name: 'find_room' },
      { tool_call_id: 'c1', cancelled: false, function_name: 'find_room' },
    ])
    expect(about({ find_room: kinds.full })).toEqual([
      { function_name: 'find_room' },
      { tool_call_id: 'c1', function_name: 'find_room', arguments: { room: 'double' } },
      { tool_call_id: 'c1', cancelled: false, function_name: 'find_room', result: { free: 2 } },
    ])
  })

  it('is how long it took, in seconds, by node', () => {
    const asked = { inference: 1, agent: '', reason: 'turn', speculative: false } as const
    const { messages } = run([
      { ...inference({ state: 'started', ...asked }), source: 'llm', at: 1000 },
      began(1),
      wrote(1, 1, 'Hi.', { at: 1250 }),
      { ...inference({ state: 'ended', ...asked, outcome: 'answered' }), source: 'llm', at: 1500 },
      { ...usage({ vendor: 'x', usage: { characters: 3 } }), source: 'tts' },
      { ...sounded(1, 1), at: 1350 },
      over(1),
      began(2, 'idle'),
      wrote(2, 2, 'Still there?', { at: 9000 }),
    ])
    expect(messages.filter(({ type }) => type === 'metrics').map(({ data }) => data)).toEqual([
      { ttfb: [{ processor: 'llm', value: 0.25 }] },
      { processing: [{ processor: 'llm', value: 0.5 }] },
      { characters: [{ processor: 'tts', value: 3 }] },
      { ttfb: [{ processor: 'tts', value: 0.1 }] },
    ])
  })

  it('is that something has failed, and not what', () => {
    const failure = error({ category: 'auth', message: 'key sk-1 is wrong', node: 'llm' })
    expect(JSON.stringify(run([failure]).messages)).not.toMatch(/sk-1|llm|auth/)
  })
})
