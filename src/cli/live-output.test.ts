import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import {
  audio,
  handoff,
  interrupt,
  playout,
  inference,
  response,
  speech,
  start,
  text,
  toolCall,
  toolResult,
  transcript,
  turn,
  type Frame,
  type UsageUnit,
} from '../frames/index.ts'
import { costOf, type CostStage } from '../observe/cost.ts'
import type { Inspection } from '../observe/inspection.ts'
import type { PlanAgents } from '../graph/plan-agents.ts'
import type { PlanBudget } from '../graph/plan.ts'
import { createLiveOutput, type LiveOutputInit } from './live-output.ts'

const sound = audio({ role: 'agent', samples: new Int16Array(320), sampleRate: 16_000, span: 1 })
const at = (time: number, frame: Frame): Frame =>
  ({ ...frame, at: time + 5000, response: frame.lane === 'bot' ? 1 : 0 }) as Frame
const asked = (reason: string) =>
  inference({ state: 'started', inference: 1, agent: 'llm', reason, speculative: false })
const long = 'We have forty rooms on three floors, and nearly all of them look out over the sea.'

const frames = [
  at(0, start({ session: 'a' })),
  at(900, speech({ state: 'stopped', latency: 250 })),
  at(1050, transcript({ text: 'tell me about the hotel', final: true })),
  at(1050, turn({ state: 'ended', text: 'tell me about the hotel' })),
  at(1050, asked('turn')),
  at(1050, response({ state: 'started', reason: 'turn' })),
  at(1050, toolCall({ callId: 'x', name: 'look_up', arguments: { what: 'hotel', deep: [1] } })),
  at(1062, toolResult({ callId: 'x', name: 'look_up', result: { status: 'ok', value: {} } })),
  at(1062, asked('tool-result')),
  at(1065, text({ text: long, span: 1 })),
  at(1160, sound),
  at(1160, playout({ state: 'started', span: 1, of: 1, heardMs: 0 })),
  at(2000, speech({ state: 'started', latency: 60 })),
  at(2000, interrupt({ phase: 'suspect', through: 1, reason: 'the caller speaks' })),
  at(2010, playout({ state: 'progress', span: 1, of: 1, heardMs: 840 })),
  at(2300, speech({ state: 'stopped', latency: 60 })),
  at(2300, interrupt({ phase: 'reject', through: 1, reason: 'nothing was said' })),
  at(63_500, interrupt({ through: 1, reason: 'the caller speaks' })),
  at(63_500, playout({ state: 'stopped', span: 1, of: 1, heardMs: 1540, cut: true })),
]

const figures = {
  frames: {},
  edges: [],
  dropped: 0,
  cut: 0,
  stale: 0,
  responses: 1,
  interruptions: 1,
  durationMs: 64_000,
}
const eventsOf = (session: string): Inspection[] => [
  { type: 'session.started', session, vars: { call: { id: session, from: '+4420' } } },
  ...frames.map((frame): Inspection => ({ type: 'frame', session, frame })),
  {
    type: 'log',
    session,
    record: { level: 'warn', at: 0, node: 'llm', message: 'slow', details: undefined },
  },
  {
    type: 'session.ended',
    session,
    summary: {
      ...{ session, reason: 'the caller hung up', error: undefined, figures },
      cost: costOf([]),
    },
  },
]

const line = (stage: CostStage, node: string, vendor: string, model: string) => ({
  ...{ stage, node, vendor, model },
  usd: 0,
  unpriced: [] as readonly UsageUnit[],
})

const budgets: readonly PlanBudget[] = [
  { name: 'turn', stage: 'turn', p50Ms: undefined, p95Ms: 500 },
  { name: 'hold', stage: 'hold', p50Ms: undefined, p95Ms: 20 },
]

function shown(
  events: readonly Inspection[],
  json = false,
  init: Partial<LiveOutputInit> = {},
): string {
  let written = ''
  const out = new Writable({
    write(chunk: Buffer, _, done) {
      written += chunk.toString()
      done()
    },
  })
  const { observe } = createLiveOutput({
    out: Object.assign(out, { columns: 80 }),
    json,
    ...init,
  })
  for (const event of events) observe(event)
  return written
}

describe('the live output', () => {
  it('says nothing of a caller of whom nothing is known', () => {
    const call = { from: '', to: '', direction: 'inbound' }
    expect(shown([{ type: 'session.started', session: 'a', vars: { call } }])).toBe('call a\n')
  })

  it('tells who says what and when, wrapped, without colours where there are none', () => {
    expect(shown(eventsOf('a'))).toBe(`call a from +4420
   0:01.1  caller  tell me about the hotel
   0:01.1  tool    look_up { what: "hotel", deep: [1] }
                   → nothing after 12 ms
   0:01.2  bot     We have forty rooms on three floors, and nearly all of them
                   look out over the sea.
                   510 ms = 250 vad + 150 stt + 12 tools + 3 llm + 95 tts
   0:02.3  held    for 0.3 s: nothing was said
   1:03.5  cut     after 1.5 s: the caller speaks
           warning llm: slow
call a is over: the caller hung up, after 64.0 s
`)
  })

  it('shows nothing that steers the terminal, whoever wrote it', () => {
    const evil = 'a\u001b]0;mine\u0007b\u202ec\u009b2J'
    const events = eventsOf(evil).map((event): Inspection => {
      if (event.type === 'session.started') {
        return { ...event, session: 'a', vars: { call: { from: evil } } }
      }
      const { frame } = event as { readonly frame?: Frame }
      const said = frame?.type === 'transcript' ? { ...frame, text: evil } : frame
      return { ...event, session: 'a', ...(said && { frame: said }) } as Inspection
    })
    const told = shown(events)
    expect(told).toContain('call a from a ]0;mine bc 2J\n')
    expect(told).toContain('caller  a ]0;mine bc 2J\n')
    expect(told).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u)
  })

  it('tells what is over its budget at once, and at the end how long everything took', () => {
    expect(shown(eventsOf('a'), false, { budgets, hasTable: true }).split('\n').slice(6)).toEqual([
      '                   510 ms = 250 vad + 150 stt + 12 tools + 3 llm + 95 tts',
      '   0:01.2  over    turn took 510 ms, its budget is 500 ms',
      '   0:02.3  held    for 0.3 s: nothing was said',
      '   1:03.5  cut     after 1.5 s: the caller speaks',
      '           warning llm: slow',
      'call a is over: the caller hung up, after 64.0 s',
      '  ms                answers      p50      p95    worst      budget     over',
      '  turn                    1      510      510      510         500        1',
      '  vad                     1      250      250      250',
      '  stt                     1      150      150      150',
      '  endpointing             1        0        0        0',
      '  queue                   1        0        0        0',
      '  tools                   1       12       12       12',
      '  llm                     1        3        3        3',
      '  tts                     1       95       95       95',
      '  playout                 1        0        0        0',
      '  hold                    1       10       10       10          20        0',
      '',
    ])
  })

  it('tells at the end what the vendors charge, and at once what is over', () => {
    const { unpriced } = { unpriced: ['characters'] } as const
    const lines = [
      { ...line('stt', 'stt', 'deepgram', 'nova-3'), usage: { audio_seconds: 192 }, usd: 0.02464 },
      {
        ...line('llm', 'llm', 'anthropic', 'claude-haiku-4-5'),
        usage: { input_tokens: 200, cache_read_tokens: 4800, output_tokens: 512 },
        usd: 0.0032,
      },
      { ...line('tts', 'tts', 'cartesia', 'sonic-9'), usage: { characters: 1204 }, unpriced },
    ]
    const [first, ...rest] = eventsOf('a')
    const last = rest.pop() as Extract<Inspection, { type: 'session.ended' }>
    const over = { limitUsd: 0.02, usd: 0.0201, ends: true }
    const events: readonly Inspection[] = [
      first!,
      { type: 'spent', session: 'a', at: 6000, ...lines[0]!, usd: 0.001 },
      { type: 'spent', session: 'a', at: 6000, ...lines[1]!, usd: 0.0005 },
      ...rest,
      { type: 'over-cost', session: 'a', at: 70_000, ...over },
      { ...last, summary: { ...last.summary, cost: costOf(lines) } },
    ]
    const told = shown(events, false, { hasTable: true }).split('\n')
    expect(told).toContain(
      '   1:05.0  over    the call has cost $0.0201, its budget is $0.0200: it ends',
    )
    expect(told.slice(-7)).toEqual([
      '  stage  node  model                       used                                       cost',
      '  stt    stt   deepgram nova-3             3.2 min of sound                        $0.0246',
      '  llm    llm   anthropic claude-haiku-4-5  5,000 tokens in (96 % cached), 512 out  $0.0032',
      '  tts    tts   cartesia sonic-9            1,204 characters                        unknown',
      '  call                                     without cartesia sonic-9                $0.0278',
      '  at the list prices of 2026-11-21, not checked against an account',
      '',
    ])
    const objects = shown(events, true, { hasTable: true }).trim().split('\n')
    // What an answer cost stands with it.
    const turns = objects.filter((object) => object.includes('"type":"turn"'))
    expect(turns.map((turn) => (JSON.parse(turn) as { usd: number }).usd)).toEqual([0.0015])
    expect(JSON.parse(objects.at(-2) ?? '')).toEqual({
      ...{ type: 'over-cost', session: 'a', at: 65_000 },
      ...over,
    })
    expect(JSON.parse(objects.at(-1) ?? '')).toMatchObject({
      cost: { stages: { stt: 0.02464, llm: 0.0032, tts: 0 }, cachedShare: 0.96 },
    })
  })

  it('says how much of the model’s time was hidden by a guess', () => {
    const guessed = eventsOf('a').map((event): Inspection => {
      const isAsked = event.type === 'frame' && event.frame.type === 'inference'
      return isAsked ? { ...event, frame: { ...event.frame, at: 5800 } as Frame } : event
    })
    expect(shown(guessed)).toContain('95 tts, 250 hidden\n')
  })

  it('names the call where there are several', () => {
    const [first, second] = [eventsOf('20261121-1'), eventsOf('20261121-2')]
    const lines = shown([first[0]!, second[0]!, ...first.slice(1)]).split('\n')
    expect(lines[2]).toBe('#1    0:01.1  caller  tell me about the hotel')
  })

  it('names the agent that speaks, shows who gives the call to whom, and sums up the floor', () => {
    const agents = {
      start: 'triage',
      agents: [{ id: 'triage' }, { id: 'invoices_and_refunds' }],
    } as unknown as PlanAgents
    const move = { from: 'triage', to: 'invoices_and_refunds' }
    const reason = 'Questions about invoices'
    const pass = { invoice: 42 }
    const spoken = (time: number, agent: string, words: string, number: number): Frame[] =>
      [
        at(time, response({ state: 'started', agent, reason: 'turn' })),
        at(time, text({ text: words, span: number })),
        at(time, playout({ state: 'started', span: number, of: number, heardMs: 0 })),
        at(time, playout({ state: 'stopped', span: 0, of: number, heardMs: 0 })),
      ].map((frame) => (frame.lane === 'bot' ? ({ ...frame, response: number } as Frame) : frame))
    const events = [
      at(0, start({ session: 'a' })),
      ...spoken(100, 'triage', 'How can I help you?', 1),
      at(2000, handoff({ ...move, state: 'started', reason, pass })),
      at(3000, handoff({ ...move, state: 'done', reason, pass })),
      ...spoken(4000, 'invoices_and_refunds', long, 2),
      at(9500, handoff({ from: move.to, to: 'triage', state: 'returned', reason: 'no voice' })),
    ].map((frame): Inspection => ({ type: 'frame', session: 'a', frame }))
    const ended = eventsOf('a').at(-1)!
    const call = [eventsOf('a')[0]!, ...events, ended]
    expect(shown(call, false, { agents })).toBe(`call a from +4420
   0:00.1  triage           How can I help you?
                            0 ms
   0:02.0  handoff          triage hands over to invoices_and_refunds: Questions
                            about invoices { invoice: 42 }
   0:03.0  handoff          invoices_and_refunds has the floor
   0:04.0  invoices_and_refunds We have forty rooms on three floors, and nearly all
                            of them look out over the sea.
                            0 ms
   0:09.5  handoff          the floor goes back to invoices_and_refunds: no
                            voice
call a is over: the caller hung up, after 64.0 s
  floor: triage 3.0 s, invoices_and_refunds 6.5 s
`)
    const objects = shown(call, true, { agents }).trim().split('\n')
    expect(JSON.parse(objects.find((line) => line.includes('"handoff"')) ?? '')).toEqual({
      ...{ session: 'a', type: 'handoff', at: 2000, state: 'started', ...move, reason, pass },
      context: 'transcript',
    })
    expect(JSON.parse(objects.at(-1) ?? '')).toMatchObject({
      floor: { triage: 3000, invoices_and_refunds: 6500 },
    })
  })

  it('gives one object a line to programs', () => {
    const lines = shown(eventsOf('a'), true).trim().split('\n')
    const objects = lines.map((line) => JSON.parse(line) as { type: string; at?: number })
    expect(objects.map(({ type }) => type)).toEqual([
      'started',
      'caller',
      'tool',
      'tool-result',
      'bot',
      'answered',
      'held',
      'interrupted',
      'turn',
      'warning',
      'ended',
    ])
    const over = shown(eventsOf('a'), true, { budgets, hasTable: true }).split('\n')[6] ?? ''
    expect(JSON.parse(over)).toEqual({
      type: 'over-budget',
      session: 'a',
      at: 1160,
      budget: 'turn',
      limitMs: 500,
      actualMs: 510,
      number: 1,
      response: 1,
    })
    expect(objects[1]).toEqual({
      type: 'caller',
      session: 'a',
      at: 1050,
      text: 'tell me about the hotel',
    })
  })
})
