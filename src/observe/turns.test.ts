import { describe, expect, it } from 'vitest'
import {
  audio,
  correction,
  interrupt,
  message,
  playout,
  inference,
  response,
  speech,
  text,
  toolCall,
  toolResult,
  transcript,
  turn,
  type Frame,
} from '../frames/index.ts'
import type { TurnRecord } from './turn-record.ts'
import { createTurnLog, type Moment } from './turns.ts'

const sound = audio({ role: 'agent', samples: new Int16Array(320), sampleRate: 16_000, span: 1 })
const at = (time: number, frame: Frame, number = 1): Frame =>
  ({ ...frame, at: time, response: frame.lane === 'bot' ? number : 0 }) as Frame

/** What a log tells of frames. */
function tell(frames: readonly Frame[], end = 9999): readonly Moment[] {
  const log = createTurnLog()
  return [...frames.flatMap((frame) => log.see(frame)), ...log.end(end)]
}

/** The last record of what was told. */
function lastTurn(moments: readonly Moment[]): TurnRecord | undefined {
  const last = moments.findLast(({ type }) => type === 'turn')
  return last?.type === 'turn' ? last.turn : undefined
}

/** Parts that happened. */
const partsIn = (record: TurnRecord | undefined) =>
  Object.fromEntries(Object.entries(record?.parts ?? {}).filter(([, ms]) => ms !== undefined))

const asked = (time: number, speculative = false, reason = 'turn'): Frame =>
  at(time, inference({ state: 'started', inference: 1, agent: 'llm', reason, speculative }))
const over = (time: number, words = 'what time'): Frame =>
  at(time, turn({ state: 'ended', text: words }))

const question = [
  at(100, speech({ state: 'started', latency: 60 })),
  at(900, speech({ state: 'stopped', latency: 250 })),
  at(1000, transcript({ text: 'part', final: false })),
  at(1050, transcript({ text: 'what time', final: true })),
]
const answer = [
  at(1050, response({ state: 'started', agent: 'llm', reason: 'turn' })),
  at(1060, text({ text: 'At ', span: 1 })),
  at(1065, text({ text: 'seven. ', span: 1 })),
  at(1070, text({ text: 'Or eight.', span: 2 })),
  at(1075, response({ state: 'ended' })),
  at(1160, sound),
  at(1170, playout({ state: 'started', span: 1, of: 1, heardMs: 0 })),
]

/** The same frames so many ms later. */
const later = (ms: number, frames: readonly Frame[]): readonly Frame[] =>
  frames.map((frame) => ({ ...frame, at: frame.at + ms }))

it('what an agent in the background has noticed is told', () => {
  const data = { agent: 'notes', text: 'wants a refund' }
  expect(
    tell([
      at(500, message({ name: 'note', data, lane: 'bot' })),
      at(600, message({ name: 'note', data: 'of another kind', lane: 'bot' })),
      at(700, message({ name: 'note', data, lane: 'user' })),
    ]),
  ).toEqual([{ type: 'note', at: 500, ...data }])
})

describe('turn records', () => {
  it('show what was said, never what a guard has withheld', () => {
    const started = answer.slice(0, 2)
    const moments = tell([
      ...question,
      ...started,
      at(1062, correction({ of: 1, span: 1, text: 'I cannot say that.', last: true })),
      at(1065, text({ text: 'seven. ', span: 1 })),
      at(1070, text({ text: 'Or eight.', span: 2 })),
      ...answer.slice(4),
      at(2100, playout({ state: 'stopped', span: 0, of: 1, heardMs: 0 })),
    ])
    expect(moments).toContainEqual(
      expect.objectContaining({ type: 'bot', text: 'I cannot say that.' }),
    )
    expect(lastTurn(moments)?.said).toBe('I cannot say that.')
  })

  it('stamp every stage of an answer, from the true end of speech', () => {
    const moments = tell([
      ...question,
      ...answer,
      at(1700, playout({ state: 'stopped', span: 1, of: 1, heardMs: 530 })),
      at(1700, playout({ state: 'started', span: 2, of: 1, heardMs: 0 })),
      at(2100, playout({ state: 'stopped', span: 2, of: 1, heardMs: 400 })),
      at(2100, playout({ state: 'stopped', span: 0, of: 1, heardMs: 0 })),
    ])
    expect(moments.map((moment) => `${moment.at} ${moment.type}`)).toEqual([
      '1050 caller',
      '1170 bot',
      '1170 answered',
      '1700 bot',
      '2100 turn',
    ])
    const last = moments.at(-1)
    const turn = last?.type === 'turn' ? last.turn : undefined
    expect(turn).toMatchObject({ heard: 'what time', said: 'At seven. Or eight.' })
    expect(turn?.cutAfterMs).toBeUndefined()
    expect(turn?.totalMs).toBe(520)
    expect(partsIn(turn)).toEqual({
      vad: 250,
      stt: 150,
      queue: 0,
      llm: 10,
      sentence: 10,
      tts: 90,
      playout: 10,
    })
  })

  it('say how much of a cut answer was heard', () => {
    const moments = tell([
      ...question,
      ...answer,
      at(1500, interrupt({ through: 1, reason: 'the caller speaks' })),
      at(1500, playout({ state: 'stopped', span: 1, of: 1, heardMs: 330, cut: true })),
    ])
    expect(moments.slice(-2)).toMatchObject([
      { type: 'interrupted', reason: 'the caller speaks', turn: { cutAfterMs: 330 } },
      { type: 'turn' },
    ])
  })

  it('know of an answer that was cut before it was heard', () => {
    const cut = at(1100, interrupt({ through: 1, reason: 'more' }))
    const moments = tell([...question, ...answer.slice(0, 3), cut])
    expect(moments.slice(-2)).toMatchObject([
      { type: 'interrupted', turn: { cutAfterMs: 0, totalMs: undefined } },
      { type: 'turn' },
    ])
  })

  it('leave alone what an interruption does not cut', () => {
    const moments = tell([...question, ...answer, at(1500, interrupt({ phase: 'suspect' }))])
    expect(moments.map(({ type }) => type)).toEqual(['caller', 'bot', 'answered', 'turn'])
  })

  it('tell of tools, how long they took and what they gave', () => {
    const moments = tell([
      at(10, response({ state: 'started', reason: 'turn' })),
      at(10, toolCall({ callId: 'a', name: 'find', arguments: { x: 1 } })),
      at(35, toolResult({ callId: 'a', name: 'find', result: { status: 'ok', value: null } })),
      at(40, response({ state: 'ended' })),
    ])
    expect(moments).toMatchObject([
      { type: 'tool', name: 'find', arguments: { x: 1 } },
      { type: 'tool-result', tookMs: 25, result: { status: 'ok', value: null } },
      { type: 'turn', at: 40, turn: { tools: 1, said: '' } },
    ])
  })

  it('count a greeting from its beginning', () => {
    const [, answered] = tell([
      at(5, response({ state: 'started', reason: 'start' })),
      ...answer.slice(1),
    ])
    const turn = answered?.type === 'answered' ? answered.turn : undefined
    expect(turn).toMatchObject({ number: 0, totalMs: 1165, parts: { stt: undefined, llm: 1055 } })
  })

  it('part the wait for the words from the wait for the silence, and the question from the answer', () => {
    const record = lastTurn(tell([...question, over(1250), asked(1280), ...later(240, answer)]))
    expect(record).toMatchObject({ number: 1, heard: 'what time', totalMs: 760, hiddenMs: 0 })
    expect(partsIn(record)).toEqual({
      vad: 250,
      stt: 150,
      endpointing: 200,
      queue: 30,
      llm: 20,
      sentence: 10,
      tts: 90,
      playout: 10,
    })
  })

  it('lay the wait at the recogniser’s door when the turn ended without its words', () => {
    const late = [...question.slice(0, 2), over(1800), ...later(760, [question[3]!, ...answer])]
    expect(partsIn(lastTurn(tell(late)))).toMatchObject({ vad: 250, stt: 900, endpointing: 0 })
  })

  it('show the time of the model that a guess has hidden, and nothing of it in the parts', () => {
    const promoted = at(
      1250,
      inference({
        state: 'promoted',
        inference: 1,
        agent: 'llm',
        reason: 'turn',
        speculative: true,
      }),
    )
    const record = lastTurn(
      tell([...question, asked(1060, true), over(1250), promoted, ...later(190, answer)]),
    )
    expect(record).toMatchObject({ hiddenMs: 190, totalMs: 710 })
    expect(partsIn(record)).toMatchObject({ endpointing: 200, queue: 0, llm: 0 })
  })

  it('forget a guess that was wrong', () => {
    const discarded = at(
      1100,
      inference({
        state: 'ended',
        inference: 1,
        agent: 'llm',
        reason: 'turn',
        speculative: true,
        outcome: 'discarded',
      }),
    )
    const frames = [asked(1060, true), discarded, over(1250), asked(1250), ...later(200, answer)]
    expect(lastTurn(tell([...question, ...frames]))).toMatchObject({ hiddenMs: 0, totalMs: 720 })
  })

  it('count tools that were waited for in silence apart from the model', () => {
    const [began, ...rest] = later(200, answer)
    const frames = [over(1250), asked(1250), began!, asked(1255, false, 'tool-result'), ...rest]
    expect(partsIn(lastTurn(tell([...question, ...frames])))).toMatchObject({ tools: 5, llm: 5 })
  })

  it('take what a recogniser thinks of the turn for an opinion, once it is known who decides', () => {
    const opinion = { ...over(1200), source: 'stt' } as Frame
    const greeting = [
      at(0, response({ state: 'started', reason: 'start' })),
      at(1, response({ state: 'ended' })),
    ]
    const record = lastTurn(
      tell([...greeting, ...question, over(1100), opinion, ...later(200, answer)]),
    )
    expect(record?.edges.turnEndedAt).toBe(1100)
  })

  it('give a sentence after a silence nothing of what the caller says meanwhile', () => {
    const idle = at(1060, response({ state: 'started', reason: 'idle' }))
    const records = tell([...question, idle, over(1250), ...later(200, answer)]).flatMap((moment) =>
      moment.type === 'turn' ? [moment.turn] : [],
    )
    expect(records.map(({ number, heard }) => [number, heard])).toEqual([
      [0, ''],
      [1, 'what time'],
    ])
  })

  it('say how soon the sound stood still, for how long, and when it was gone', () => {
    const voice = (time: number) => [
      at(time, speech({ state: 'started', latency: 60 })),
      at(time, interrupt({ phase: 'suspect', through: 1 })),
    ]
    const moments = tell([
      ...question,
      ...answer,
      ...voice(1300),
      at(1305, playout({ state: 'progress', span: 1, of: 1, heardMs: 135 })),
      at(1600, interrupt({ phase: 'reject', through: 1, reason: 'a cough' })),
      ...voice(2000),
      at(2012, playout({ state: 'progress', span: 1, of: 1, heardMs: 540 })),
      at(2200, interrupt({ phase: 'confirm', through: 1, reason: 'words' })),
      at(2200, playout({ state: 'stopped', span: 1, of: 1, heardMs: 540, cut: true })),
    ])
    expect(moments).toContainEqual(expect.objectContaining({ type: 'held', forMs: 300 }))
    expect(lastTurn(moments)).toMatchObject({
      holds: 2,
      heldForMs: 500,
      holdMs: 12,
      yieldMs: 72,
      cutAfterMs: 540,
    })
  })

  it('say text once that a processor after the model has changed', () => {
    const masked = { ...at(1061, text({ text: 'At *** ', span: 1 })), source: 'mask' } as Frame
    const record = lastTurn(tell([...question, ...answer.slice(0, 2), masked, ...answer.slice(2)]))
    expect(record?.said).toBe('At seven. Or eight.')
    expect(record?.nodes['mask']?.firstTextAt).toBe(1061)
  })
})
