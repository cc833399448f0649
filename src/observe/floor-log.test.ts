import fc from 'fast-check'
import { expect, test } from 'vitest'
import { handoff, start, type Frame } from '../frames/index.ts'
import type { PlanAgents } from '../graph/plan-agents.ts'
import { createFloorLog } from './floor-log.ts'
import { handoffText } from './handoff-text.ts'

const agents = {
  start: 'triage',
  agents: [{ id: 'triage' }, { id: 'billing' }],
} as unknown as PlanAgents
const at = (time: number, frame: Frame): Frame => ({ ...frame, at: time })
const moved = (state: 'started' | 'done' | 'returned', from: string, to: string): Frame =>
  handoff({ state, from, to })

/** Shares at 1000 ms of a call that begins at 100 ms. */
function sharesOf(...frames: readonly Frame[]): Record<string, number> {
  const floor = createFloorLog(agents)
  for (const frame of [at(100, start({ session: 'a' })), ...frames]) floor.see(frame)
  return Object.fromEntries(floor.shares(1000))
}

test('the floor is the next agent’s when a hand-off is done, not when it begins', () => {
  expect(
    sharesOf(
      at(200, moved('started', 'triage', 'billing')),
      at(400, moved('done', 'triage', 'billing')),
      at(900, moved('done', 'billing', 'triage')),
    ),
  ).toEqual({ triage: 400, billing: 500 })
})

test('an agent that did not start gives the floor back to whoever had it', () => {
  const done = at(400, moved('done', 'triage', 'billing'))
  const returned = at(450, moved('returned', 'triage', 'billing'))
  expect(sharesOf(done, returned)).toEqual({ triage: 850, billing: 50 })
  expect(sharesOf(returned)).toEqual({ triage: 900 })
})

test('nobody has the floor when the call goes to somebody outside', () => {
  expect(sharesOf(at(600, moved('done', 'triage', 'front_desk')))).toEqual({ triage: 500 })
})

test('whatever is handed over, one agent has the floor at any time', () => {
  const names = fc.constantFrom('triage', 'billing')
  const states = fc.constantFrom('started', 'done', 'returned')
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(100), states, names, names)), (moves) => {
      const floor = createFloorLog(agents)
      floor.see(at(0, start({ session: 'a' })))
      let now = 0
      for (const [ms, state, from, to] of moves) floor.see(at((now += ms), moved(state, from, to)))
      const sum = [...floor.shares(now).values()].reduce((all, ms) => all + ms, 0)
      expect(sum).toBe(now)
    }),
  )
})

test('a hand-off is told as what it means for the floor', () => {
  const init = { from: 'triage', to: 'billing', reason: 'Invoices', pass: { number: 42 } }
  expect(handoffText(handoff({ ...init, state: 'started' }))).toBe(
    'triage hands over to billing: Invoices { number: 42 }',
  )
  expect(handoffText(handoff({ ...init, state: 'done' }))).toBe('billing has the floor')
  expect(handoffText(handoff({ ...init, state: 'returned', reason: 'no voice' }))).toBe(
    'the floor goes back to triage: no voice',
  )
  const ends = { from: 'triage', to: 'end' }
  expect(handoffText(handoff({ ...ends, state: 'started' }))).toBe('triage ends the call')
})
