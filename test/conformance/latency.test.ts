import { describe, expect, it } from 'vitest'
import { audio, defineBrain, defineProcessor, type Said } from 'voxgraph/plugin'
import { createVirtualClock, testSession } from 'voxgraph/testing'
import type { Inspection } from '../../src/index.ts'
import type { PlanBudget } from '../../src/graph/plan.ts'
import type { TurnOptions } from '../../src/graph/turns-schema.ts'
import { budgetViolations } from '../../src/observe/budgets.ts'
import type { TurnRecord } from '../../src/observe/turn-record.ts'
import { createTurnLog } from '../../src/observe/turns.ts'
import { begins, ends, interim, long, words } from './call.ts'
import { createLine, line } from './line.ts'

/** How long the model takes to its first word and the voice to its first sound, in ms. */
const [modelMs, voiceMs] = [300, 120]

/** A model that takes its time. */
const model = (answer: () => readonly Said[]) =>
  defineBrain({
    id: 'model',
    summary: 'Answers after a while.',
    options: { type: 'object', properties: {} },
    setup: ({ clock }) => ({
      async *respond({ reason, signal }) {
        if (reason === 'start') return
        await clock.sleep(modelMs, signal)
        yield* answer()
      },
    }),
  })

/** A voice that takes its time for every piece of text: a second of sound. */
const slowVoice = defineProcessor({
  id: 'slow-voice',
  summary: 'Makes sound after a while.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: ({ clock, signal }) => ({
    async *text(frame) {
      const span = frame.type === 'text' ? frame.span : 0
      await clock.sleep(voiceMs, signal)
      for (let ms = 0; ms < 1000; ms += 20) {
        const samples = new Int16Array(320).fill(1000)
        yield audio({ role: 'agent', samples, sampleRate: 16_000, span })
      }
    },
  }),
})

interface Given {
  readonly turns?: Partial<TurnOptions>
  readonly budgets?: readonly PlanBudget[]
  readonly answer?: string
}

/** A call on virtual time whose inspection events are watched. */
async function watched({ turns = { eager: false }, budgets = [], answer = 'Yes.' }: Given = {}) {
  const clock = createVirtualClock()
  const { caller, connection } = createLine(clock)
  const events: Inspection[] = []
  const observe = (event: Inspection): void => void events.push(event)
  const brain = { definition: model(() => [answer]), options: { tools: [] } }
  const test = testSession(
    {
      nodes: { line, brain, voice: slowVoice },
      flow: ['line -> brain -> voice -> line'],
      turns: { end: [{ silence: 600 }], ...turns },
      budgets,
    },
    { clock, connections: { line: connection }, observe },
  )
  await test.start()
  return {
    ...test,
    caller,
    events,
    over: () =>
      events.flatMap((event) =>
        event.type === 'over-budget' ? [[event.at, event.budget, event.actualMs]] : [],
      ),
    /** Records of all answers so far. */
    records(): readonly TurnRecord[] {
      const log = createTurnLog()
      const frames = events.flatMap((event) => (event.type === 'frame' ? [event.frame] : []))
      const moments = [...frames.flatMap((frame) => log.see(frame)), ...log.end(clock.now())]
      return moments.flatMap((moment) =>
        moment.type === 'turn' && moment.turn.number > 0 ? [moment.turn] : [],
      )
    },
    /** 500 ms of voice, whose end is seen 250 ms late and whose words come 100 ms after that. */
    async ask(): Promise<void> {
      caller.next(begins(60))
      await clock.advance(500)
      caller.next(interim('hello'))
      await clock.advance(250)
      caller.next(ends(250))
      await clock.advance(100)
      caller.next(words('hello'))
    },
  }
}

const sum = (record: TurnRecord | undefined): number =>
  Object.values(record?.parts ?? {}).reduce(
    (all: number, ms: number | undefined) => all + (ms ?? 0),
    0,
  )

describe('the record of a turn', () => {
  it('says where the time between the caller’s last sound and the first of the answer went', async () => {
    const { ask, clock, records } = await watched()
    await ask()
    await clock.advance(3000)
    const [record] = records()
    expect(record).toMatchObject({
      number: 1,
      heard: 'hello',
      said: 'Yes.',
      hiddenMs: 0,
      parts: { vad: 250, stt: 100, endpointing: 250, queue: 0, llm: modelMs, tts: voiceMs },
    })
    expect(record?.edges.speechEndedAt).toBe(500)
    expect(record?.totalMs).toBe(600 + modelMs + voiceMs)
    expect(sum(record)).toBe(record?.totalMs)
  })

  it('shows the time of the model as hidden where it was asked on a guess', async () => {
    const { ask, clock, records } = await watched({ turns: { eager: true } })
    await ask()
    await clock.advance(3000)
    const [record] = records()
    // It was asked when the words were there, 250 ms before the silence was long enough.
    expect(record).toMatchObject({ hiddenMs: 250, parts: { queue: 0, llm: modelMs - 250 } })
    expect(record?.totalMs).toBe(600 + modelMs - 250 + voiceMs)
    expect(sum(record)).toBe(record?.totalMs)
  })

  it('lays the wait at the recogniser’s door where that is the last to know', async () => {
    const { caller, clock, records } = await watched()
    caller.next(begins())
    await clock.advance(500)
    caller.next(interim('hello'))
    caller.next(ends())
    await clock.advance(900)
    caller.next(words('hello'))
    await clock.advance(3000)
    expect(records()[0]?.parts).toMatchObject({ vad: 0, stt: 900, endpointing: 0, llm: modelMs })
  })

  it('tells of a false alarm: how soon the sound stood still, and for how long', async () => {
    const { ask, caller, clock, records } = await watched({ answer: long })
    await ask()
    await clock.advance(1000)
    caller.next(begins(60))
    await clock.advance(100)
    caller.next(ends(60))
    await clock.advance(5000)
    const [record] = records()
    expect(record).toMatchObject({ holds: 1, cutAfterMs: undefined, yieldMs: undefined })
    expect(record?.holdMs).toBeLessThanOrEqual(20)
    expect(record?.heldForMs).toBeGreaterThan(0)
    expect(sum(record)).toBe(record?.totalMs)
  })

  it('tells of an interruption: how much was heard, and how soon the bot was silent', async () => {
    const { ask, caller, clock, records } = await watched({ answer: long })
    await ask()
    await clock.advance(1000)
    caller.next(begins(60))
    await clock.advance(300)
    caller.next(words('stop it'))
    await clock.advance(100)
    const [record] = records()
    expect(record?.cutAfterMs).toBeGreaterThan(0)
    expect(record?.yieldMs).toBeGreaterThanOrEqual(60)
    expect(record?.yieldMs).toBeLessThanOrEqual(80)
  })
})

describe('a budget', () => {
  const limit = (p95Ms: number) => ({ p50Ms: undefined, p95Ms })
  const budgets: readonly PlanBudget[] = [
    { name: 'turn', stage: 'turn', ...limit(1500) },
    { name: 'llm', stage: 'llm', ...limit(200) },
    { name: 'first', from: 'user.final', to: 'line.first_audio', ...limit(500) },
    { name: 'whole', from: 'brain.first_text', to: 'line.done', ...limit(1000) },
  ]

  it('that an answer does not keep is told of while the call runs, as soon as it is known', async () => {
    const { ask, clock, over, session } = await watched({ budgets })
    await ask()
    await clock.advance(250 + modelMs + voiceMs)
    const heardAt = 500 + 600 + modelMs + voiceMs
    expect(over()).toEqual([
      [heardAt, 'llm', modelMs],
      [heardAt, 'first', 250 + modelMs + voiceMs],
    ])
    await clock.advance(2000)
    expect(over().slice(2)).toEqual([[heardAt + 1000, 'whole', voiceMs + 1000]])
    expect(session.state).toBe('running')
  })

  it('is kept with the help of a guess', async () => {
    const { ask, clock, over } = await watched({ budgets, turns: { eager: true } })
    await ask()
    await clock.advance(3000)
    expect(over().map(([, name]) => name)).toEqual(['whole'])
  })

  it('is judged by all answers when the call is over', async () => {
    const { ask, clock, end, events } = await watched({ budgets })
    await ask()
    await clock.advance(3000)
    await ask()
    await clock.advance(3000)
    await end()
    expect(budgetViolations(budgets, events)).toMatchObject([
      { budget: 'llm', percentile: 'p95', limitMs: 200, actualMs: modelMs, answers: 2 },
      { budget: 'first', answers: 2 },
      { budget: 'whole', answers: 2 },
    ])
  })
})
