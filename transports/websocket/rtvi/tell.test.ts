import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  audio,
  correction,
  error,
  inference,
  interrupt,
  playout,
  response,
  speech,
  text,
  toolCall,
  toolResult,
  transcript,
  turn,
  usage,
  type Frame,
  type PlayoutInit,
} from 'voxgraph/plugin'
import type { RtviMessage } from './rtvi-message.ts'
import { tell } from './tell.ts'
import { newTold, type Exposure, type TellEvent, type Told } from './told.ts'

const rules = (functionCalls: Record<string, Exposure> = {}) => ({
  functionCalls,
  userId: 'ada',
  wallStart: Date.UTC(2026, 0, 1),
})

interface Sent {
  readonly told: Told
  readonly messages: readonly RtviMessage[]
}

function run(
  events: readonly (Frame | TellEvent)[],
  { isLegacy = false, functionCalls = {} as Record<string, Exposure> } = {},
): Sent {
  let told = newTold(isLegacy)
  const messages: RtviMessage[] = []
  for (const event of events) {
    const seen: TellEvent = 'lane' in event ? { type: 'seen', frame: event } : event
    const [next, said] = tell(told, seen, rules(functionCalls))
    told = next
    messages.push(...said)
  }
  return { told, messages }
}

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

const samples = new Int16Array(320)
const began = (number: number, reason = 'turn'): Frame => ({
  ...response({ state: 'started', reason }),
  source: 'llm',
  response: number,
})
const made = (number: number): Frame => ({ ...response({ state: 'ended' }), response: number })
const wrote = (number: number, span: number, words: string, more: object = {}): Frame =>
  ({ ...text({ text: words, span }), source: 'llm', response: number, ...more }) as Frame
const sounded = (number: number, span: number): Frame => ({
  ...audio({ role: 'agent', samples, sampleRate: 16_000, span }),
  source: 'tts',
  response: number,
})
const heard = (of: number, span: number, more: Partial<PlayoutInit> = {}): Frame =>
  playout({ state: 'started', of, span, heardMs: 0, ...more })
const over = (of: number): Frame => heard(of, 0, { state: 'stopped' })
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

describe('whatever happens in a call', () => {
  const number = fc.integer({ min: 1, max: 4 })
  const words = fc.constantFrom('One two.', ' Three', ' ', '')
  const state = fc.constantFrom('started', 'progress', 'stopped') as fc.Arbitrary<
    PlayoutInit['state']
  >
  const event: fc.Arbitrary<Frame | TellEvent> = fc.oneof(
    number.map((of) => began(of)),
    number.map(made),
    number.map(over),
    fc.tuple(number, number, words).map(([of, span, said]) => wrote(of, span, said)),
    fc.tuple(number, number).map(([of, span]) => sounded(of, span)),
    fc
      .tuple(number, number, state, fc.nat(3), fc.boolean())
      .map(([of, span, now, count, cut]) => heard(of, span, { state: now, words: count, cut })),
    fc.tuple(number, number, words).map(([of, span, said]) => correction({ of, span, text: said })),
    number.map((through) => interrupt({ through })),
    fc
      .constantFrom('started' as const, 'ended' as const)
      .map((now) => turn({ state: now, text: '' })),
    fc.boolean().map((isSpoken) => ({ type: 'typed', isSpoken }) as const),
  )
  const span = fc.record({
    said: fc.constantFrom('One two three.', ' Four five.', ' '),
    corrected: fc.option(fc.constantFrom('', 'Six.')),
    progress: fc.array(fc.nat(3), { maxLength: 2 }),
    made: fc.boolean(),
  })
  const answer = fc.record({
    spans: fc.array(span, { minLength: 1, maxLength: 3 }),
    /** After so many events the caller interrupts; what comes then is late. */
    cutAfter: fc.option(fc.nat(15)),
  })
  type Answer = typeof answer extends fc.Arbitrary<infer A> ? A : never

  /** An answer as it really goes. */
  function eventsOf({ spans, cutAfter }: Answer, index: number): Frame[] {
    const of = index + 1
    const events = spans.flatMap(({ said, corrected, progress, made: isMade }, at) => [
      ...(corrected === null ? [] : [correction({ of, span: at + 1, text: corrected })]),
      wrote(of, at + 1, said),
      ...(isMade && at === spans.length - 1 ? [made(of)] : []),
      sounded(of, at + 1),
      heard(of, at + 1),
      ...progress.map((count) => heard(of, at + 1, { state: 'progress', words: count })),
      sounded(of, at + 1),
      heard(of, at + 1, { state: 'stopped' }),
    ])
    const all = [began(of), ...events, made(of), over(of)]
    return cutAfter === null ? all : all.toSpliced(cutAfter, 0, interrupt({ through: of }))
  }

  /** Answers as they go, and here and there something that should not be. */
  const calls = fc
    .tuple(
      fc.array(answer, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(60), event), { maxLength: 6 }),
    )
    .map(([answers, noise]) =>
      noise.reduce<(Frame | TellEvent)[]>(
        (events, [at, one]) => events.toSpliced(at, 0, one),
        answers.flatMap(eventsOf),
      ),
    )

  it.each([
    ['user-started-speaking', 'user-stopped-speaking'],
    ['bot-started-speaking', 'bot-stopped-speaking'],
    ['bot-llm-started', 'bot-llm-stopped'],
    ['bot-tts-started', 'bot-tts-stopped'],
  ])('%s and %s take turns', (starts, stops) => {
    fc.assert(
      fc.property(calls, (events) => {
        const types = run(events).messages.map(({ type }) => type)
        const edges = types.filter((type) => type === starts || type === stops)
        edges.forEach((edge, index) => expect(edge).toBe(index % 2 === 0 ? starts : stops))
      }),
    )
  })

  it('text of the model comes between its beginning and its end', () => {
    fc.assert(
      fc.property(calls, (events) => {
        let isOpen = false
        for (const { type } of run(events).messages) {
          if (type === 'bot-llm-started') isOpen = true
          if (type === 'bot-llm-stopped') isOpen = false
          if (type === 'bot-llm-text') expect(isOpen).toBe(true)
        }
      }),
    )
  })

  it('a segment begins, goes on and is complete once, and its two parts are its text', () => {
    const ranks = { new: 0, 'in-progress': 1, completed: 2 } as const
    fc.assert(
      fc.property(calls, (events) => {
        const last = new Map<number, number>()
        for (const { type, data } of run(events).messages) {
          if (type !== 'bot-output') continue
          const output = data as {
            readonly text: string
            readonly segment_id: number
            readonly spoken_status: keyof typeof ranks
            readonly spoken_progress?: Record<'accumulated_text' | 'remaining_text', string>
          }
          const { text: whole, segment_id: id, spoken_progress: progress } = output
          const rank = ranks[output.spoken_status]
          expect(rank).toBeGreaterThanOrEqual(last.get(id) ?? 0)
          expect(last.get(id)).not.toBe(2)
          if (rank === 0) expect(last.has(id)).toBe(false)
          last.set(id, rank)
          if (progress === undefined) continue
          expect(progress.accumulated_text + progress.remaining_text).toBe(whole)
        }
      }),
    )
  })

  it('no more is kept than a few responses and transcripts', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 150 }), (numbers) => {
        const { told } = run(
          numbers.flatMap((id) => [
            began(id),
            { ...transcript({ text: 'x', final: true }), id, source: 'stt' },
          ]),
        )
        expect(told.responses.size).toBeLessThanOrEqual(8)
        expect(told.transcripts.length).toBeLessThanOrEqual(64)
      }),
    )
  })
})
