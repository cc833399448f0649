import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { about, ask, askFor, briefly, floorIn, lost } from './handover-rig.ts'
import { floorStep, initialFloor, type FloorEvent, type FloorState } from './handover.ts'

const agents = ['a', 'b', 'c', 'd']
const names = fc.constantFrom(...agents)
const kinds = ['said', 'ready', 'alive', 'failed'] as const

/** Something that may happen, whatever the state; `ago`: to a hand-off that many before the last. */
const happening = fc.oneof(
  { arbitrary: fc.record({ asks: fc.oneof(names, fc.constantFrom('back', 'end')) }), weight: 3 },
  {
    arbitrary: fc.record({
      what: fc.constantFrom(...kinds, ...kinds.slice(0, 3)),
      ago: fc.oneof({ arbitrary: fc.constant(0), weight: 8 }, fc.constantFrom(-1, 1, 2)),
    }),
    weight: 10,
  },
  { arbitrary: fc.record({ loses: names }), weight: 1 },
)
type Happening = typeof happening extends fc.Arbitrary<infer H> ? H : never

/** The event, unless whoever drives the reducer refuses it. */
function eventOf(one: Happening, { holder, path, count }: FloorState): FloorEvent | undefined {
  if ('loses' in one) return lost(one.loses)
  if ('what' in one) return about(count - one.ago, one.what)
  if (one.asks === holder || (one.asks === 'back' && path.length === 0)) return undefined
  return one.asks === 'back' || one.asks === 'end' ? ask({ kind: one.asks }) : askFor(one.asks)
}

const usesIn = ({ uses }: FloorState): number => Object.values(uses).reduce((a, b) => a + b, 0)

/** Nothing that a step was given may change. */
const frozen = (state: FloorState): FloorState => {
  for (const part of [state.path, state.uses, state.current]) Object.freeze(part)
  return Object.freeze(state)
}

/** What holds of every step. */
function check(before: FloorState, event: FloorEvent, step: ReturnType<typeof floorStep>): void {
  const [after, commands] = step
  const { holder, path, current } = after
  const way = [...path, holder]
  expect(agents).toEqual(expect.arrayContaining(way))
  expect(path.length).toBeLessThanOrEqual(32)
  // Nobody hands over to himself, and whoever goes back to the last one takes that step back.
  way.forEach((agent, index) => expect([way[index + 1], way[index + 2]]).not.toContain(agent))
  const isAccepted = event.type === 'ask' && before.current === undefined
  expect(usesIn(after) - usesIn(before)).toBe(isAccepted ? 1 : 0)
  expect(after.count - before.count).toBe(isAccepted ? 1 : 0)
  if ('id' in event && event.id !== before.current?.id) expect(step).toEqual([before, []])
  if (holder !== before.holder) {
    expect(commands.some(({ type }) => ['move', 'return', 'rescue'].includes(type))).toBe(true)
  }
  for (const command of commands) {
    if (command.type === 'rescue') {
      expect([command.from, command.to]).toEqual([before.holder, holder])
      expect(current).toBeUndefined()
    } else if (command.type === 'return') {
      expect([command.handover.from, current]).toEqual([holder, undefined])
    } else if (command.type === 'move') expect(command.handover.to).toBe(holder)
    else if (command.type === 'done') expect(current).toBeUndefined()
  }
  // A hand-off that is under way has its holder: the old one until it has moved, then the next.
  if (current === undefined) return
  const { from, to, phase } = current
  expect(holder).toBe(phase === 'entering' && to !== undefined ? to : from)
}

/** What a hand-off may go through, as far as it has come. */
const lawful = /^prepare( return| watch( return| (move|leave)( done| return)?)?)?$/

describe('the floor, whatever happens', () => {
  it('has one holder, a way back without surprises, and takes a hand-off to its end once', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        let state = frozen(initialFloor('a'))
        const lives = new Map<number, string>()
        const before = new Map<number, string>()
        for (const one of happenings) {
          const event = eventOf(one, state)
          if (event === undefined) continue
          const step = floorStep(state, event)
          check(state, event, step)
          for (const command of step[1]) {
            if (command.type === 'rescue') continue
            const { id } = command.handover
            if (command.type === 'prepare') before.set(id, floorIn(state))
            lives.set(id, `${lives.get(id) ?? ''} ${command.type}`.trim())
            // Where a hand-off comes to nothing, all is as it was, but for the oldest of a long way.
            if (command.type !== 'return' || state.path.length >= 31) continue
            expect(floorIn(step[0])).toBe(before.get(id))
          }
          state = frozen(step[0])
        }
        for (const life of lives.values()) expect(life).toMatch(lawful)
      }),
      { numRuns: 10_000 },
    )
  })

  it('is lost by an agent that breaks down, when there is anybody who could have it', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 30 }), (happenings) => {
        let state = initialFloor('a')
        for (const one of happenings) {
          const event = eventOf(one, state)
          if (event !== undefined) [state] = floorStep(state, event)
        }
        const { holder, path, current } = state
        const [after, commands] = floorStep(state, lost(holder))
        const goesOn = after.current !== undefined || after.holder !== holder
        expect([goesOn, commands.map(briefly)]).toEqual([
          path.length > 0 || current !== undefined,
          expect.anything(),
        ])
      }),
      { numRuns: 10_000 },
    )
  })
})
