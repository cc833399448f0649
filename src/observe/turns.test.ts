import { describe, expect, it } from 'vitest'
import {
  audio,
  interrupt,
  playout,
  response,
  speech,
  text,
  toolCall,
  toolResult,
  transcript,
  type Frame,
} from '../frames/index.ts'
import { createTurnLog, stagesOf, type Moment } from './turns.ts'

const sound = audio({ role: 'agent', samples: new Int16Array(320), sampleRate: 16_000, span: 1 })
const at = (time: number, frame: Frame, number = 1): Frame =>
  ({ ...frame, at: time, response: frame.lane === 'bot' ? number : 0 }) as Frame

/** What a log tells of frames. */
function tell(frames: readonly Frame[], end = 9999): readonly Moment[] {
  const log = createTurnLog()
  return [...frames.flatMap((frame) => log.see(frame)), ...log.end(end)]
}

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

describe('turn records', () => {
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
    expect(stagesOf(turn!)).toEqual({
      transcript: 400,
      text: 10,
      audio: 100,
      heard: 10,
      total: 520,
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
      { type: 'interrupted', turn: { cutAfterMs: 0, heardAt: undefined } },
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
    expect(stagesOf(turn!)).toMatchObject({ transcript: undefined, text: 1055, total: 1165 })
  })
})
