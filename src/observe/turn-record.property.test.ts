import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  audio,
  inference,
  playout,
  response,
  speech,
  text,
  transcript,
  turn,
} from '../frames/index.ts'
import type { Frame } from '../frames/index.ts'
import { partsOf, stamp, type TurnEdges } from './turn-record.ts'
import { createTurnLog } from './turns.ts'

const edge = fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }).map(stamp), { nil: undefined })
const edges: fc.Arbitrary<TurnEdges> = fc.record({
  speechStartedAt: edge,
  speechEndedAt: edge,
  vadAt: edge,
  transcriptAt: edge,
  turnEndedAt: edge,
  askedAt: edge,
  askedAgainAt: edge,
  firstTextAt: edge,
  firstSpanAt: edge,
  firstAudioAt: edge,
  heardAt: edge,
})

const sum = (parts: object): number =>
  Object.values(parts).reduce((all: number, ms: number | undefined) => all + (ms ?? 0), 0)

test('in whatever order edges come, no part is negative and they add up to the whole, exactly', () => {
  fc.assert(
    fc.property(edges, (given) => {
      const { parts, totalMs } = partsOf(given)
      expect(Object.values(parts).every((ms) => ms === undefined || ms >= 0)).toBe(true)
      expect(totalMs === undefined).toBe(given.heardAt === undefined)
      if (totalMs !== undefined) expect(sum(parts)).toBe(totalMs)
    }),
  )
})

const sound = audio({ role: 'agent', samples: new Int16Array(2), sampleRate: 16_000, span: 1 })
const asked = (reason: string, state: 'started' | 'promoted') =>
  inference({ state, inference: 1, agent: 'llm', reason, speculative: true })
const drafts: readonly Frame[] = [
  speech({ state: 'started', latency: 60 }),
  speech({ state: 'stopped', latency: 250 }),
  transcript({ text: 'yes', final: true }),
  turn({ state: 'started', text: '' }),
  turn({ state: 'ended', text: 'yes' }),
  asked('turn', 'started'),
  asked('turn', 'promoted'),
  asked('tool-result', 'started'),
  response({ state: 'started', reason: 'turn' }),
  text({ text: 'No. ', span: 1 }),
  text({ text: 'Yes.', span: 2 }),
  sound,
  response({ state: 'ended' }),
  playout({ state: 'started', span: 1, of: 1, heardMs: 0 }),
  playout({ state: 'stopped', span: 0, of: 1, heardMs: 0 }),
]
const steps = fc.array(
  fc.record({
    draft: fc.constantFrom(...drafts),
    after: fc.double({ min: 0, max: 500, noNaN: true }),
  }),
  { maxLength: 60 },
)

test('whatever frames a call brings, the parts of every answer add up to its whole', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const log = createTurnLog()
      let at = 0
      let number = 0
      const moments = given.flatMap(({ draft, after }) => {
        at += after
        if (draft.type === 'response' && draft.state === 'started') number++
        const own = draft.type === 'playout' ? { of: number } : {}
        return log.see({
          ...draft,
          ...own,
          at,
          response: draft.lane === 'bot' ? number : 0,
        } as Frame)
      })
      for (const moment of [...moments, ...log.end(at)]) {
        if (!('turn' in moment)) continue
        const { parts, totalMs, hiddenMs } = moment.turn
        expect(hiddenMs).toBeGreaterThanOrEqual(0)
        if (totalMs !== undefined) expect(sum(parts)).toBe(totalMs)
      }
    }),
  )
})
