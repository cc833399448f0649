import { describe, expect, it } from 'vitest'
import { playout, response, speech, text, transcript, type Frame } from '../frames/index.ts'
import type { PlanBudget } from '../graph/plan.ts'
import { budgetViolations, watchBudgets } from './budgets.ts'
import { costOf } from './cost.ts'
import type { Inspection, SessionFigures } from './inspection.ts'
import { createLatencyFigures } from './latency-figures.ts'
import { createTurnLog } from './turns.ts'

/** One answer that the caller waits for so long, and hears for a second; `begun` is the true end of speech. */
function answer(number: number, begun: number, waitMs: number): readonly Frame[] {
  const at = (time: number, source: string, frame: Frame): Frame =>
    ({ ...frame, at: begun + time, source, response: frame.lane === 'bot' ? number : 0 }) as Frame
  const heard = { span: number, of: number, heardMs: 0 }
  return [
    at(100, 'vad', speech({ state: 'stopped', latency: 100 })),
    at(150, 'stt', transcript({ text: 'yes', final: true })),
    at(150, 'llm', response({ state: 'started', reason: 'turn' })),
    at(200, 'llm', text({ text: 'No.', span: number })),
    at(200, 'llm', response({ state: 'ended' })),
    at(waitMs, 'phone', playout({ state: 'started', ...heard })),
    at(waitMs + 1000, 'phone', playout({ state: 'stopped', ...heard, span: 0 })),
  ]
}

const session = 'a'
const ended: Inspection = {
  type: 'session.ended',
  session,
  summary: {
    session,
    reason: '',
    error: undefined,
    figures: {} as SessionFigures,
    cost: costOf([]),
  },
}
const call = (waits: readonly number[]): readonly Inspection[] => [
  { type: 'session.started', session, vars: {} },
  ...waits.flatMap((ms, index) =>
    answer(index + 1, index * 10_000, ms).map((frame): Inspection => ({
      type: 'frame',
      session,
      frame,
    })),
  ),
  ended,
]

const limits = (p50Ms: number | undefined, p95Ms: number | undefined) => ({ p50Ms, p95Ms })
const turnBudget: PlanBudget = { name: 'turn', stage: 'turn', ...limits(undefined, 500) }
const doneBudget: PlanBudget = {
  name: 'said',
  from: 'user.final',
  to: 'phone.done',
  ...limits(400, 1400),
}

/** Everything that is passed on: types of frames, and what was over. */
function watched(budgets: readonly PlanBudget[], events: readonly Inspection[]): readonly string[] {
  const seen: string[] = []
  const observe = watchBudgets(budgets, (event) => {
    if (event.type === 'frame') seen.push(event.frame.type)
    else if (event.type !== 'over-budget') seen.push(event.type)
    else seen.push(`${event.at}: ${event.budget} ${event.actualMs} > ${event.limitMs}`)
  })
  for (const event of events) observe(event)
  return seen
}

describe('a budget', () => {
  it('is told of behind the frame that shows that it is not kept, once for an answer', () => {
    const seen = watched([turnBudget, doneBudget], call([400, 600]))
    expect(seen.filter((one) => one.includes('>'))).toEqual([
      '10600: turn 600 > 500',
      '11600: said 1450 > 1400',
    ])
    expect(seen.indexOf('10600: turn 600 > 500')).toBe(seen.lastIndexOf('playout') - 1)
    expect(seen.at(-1)).toBe('session.ended')
  })

  it('with nothing but a p50 is judged when the call is over', () => {
    const half: PlanBudget = { name: 'turn', stage: 'turn', ...limits(500, undefined) }
    expect(watched([half], call([600]))).not.toContainEqual(expect.stringContaining('>'))
    expect(budgetViolations([half], call([400, 600]))).toEqual([])
    expect(budgetViolations([half], call([400, 600, 700]))).toEqual([
      { budget: 'turn', percentile: 'p50', limitMs: 500, actualMs: 600, answers: 3 },
    ])
  })

  it('of a call is not kept when more than one answer in twenty took longer', () => {
    const quick = Array.from({ length: 19 }, () => 400)
    expect(budgetViolations([turnBudget], call([...quick, 900]))).toEqual([])
    expect(budgetViolations([turnBudget], call([...quick, 900, 800]))).toEqual([
      { budget: 'turn', percentile: 'p95', limitMs: 500, actualMs: 800, answers: 21 },
    ])
  })

  it('that nothing was measured for is kept', () => {
    const never: PlanBudget = { name: 'x', from: 'user.stopped', to: 'tts.done', ...limits(1, 1) }
    expect(budgetViolations([never, turnBudget], call([]))).toEqual([])
  })

  it('costs nothing where there is none', () => {
    const observe = (): void => undefined
    expect(watchBudgets([], observe)).toBe(observe)
  })

  it('keeps sessions apart', () => {
    const other = call([600]).map((event): Inspection => ({ ...event, session: 'b' }) as Inspection)
    const mixed = call([400]).flatMap((event, index) => [event, other[index]!])
    expect(watched([turnBudget], mixed).filter((one) => one.includes('>'))).toHaveLength(1)
  })
})

describe('the figures of a call', () => {
  it('forget answers that are more than a thousand back', () => {
    const figures = createLatencyFigures([turnBudget])
    const log = createTurnLog()
    for (let index = 0; index < 1100; index++) {
      for (const frame of answer(index + 1, index * 10_000, index < 100 ? 9000 : 400)) {
        for (const moment of log.see(frame)) if (moment.type === 'turn') figures.add(moment.turn)
      }
    }
    expect(figures.stages()[0]).toEqual({
      stage: 'turn',
      count: 1000,
      p50: 400,
      p95: 400,
      worst: 400,
    })
    expect(figures.budgets()).toMatchObject([{ count: 1000, over: 0 }])
  })
})
