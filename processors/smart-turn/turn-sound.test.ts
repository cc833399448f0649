import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTurnSound } from './turn-sound.ts'

const size = 50

it('keeps the last samples since the turn began, whatever the pieces', () => {
  const piece = fc.record({ take: fc.array(fc.integer({ min: -99, max: 99 }), { maxLength: 120 }) })
  const begin = fc.record({ begin: fc.integer({ min: -5, max: 80 }) })
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, begin)), (steps) => {
      const sound = createTurnSound(size)
      let held: number[] = []
      let turn: number[] = []
      for (const step of steps) {
        if ('take' in step) {
          sound.take(Int16Array.from(step.take))
          held = [...held, ...step.take].slice(-size)
          turn = [...turn, ...step.take].slice(-size)
        } else {
          sound.begin(step.begin)
          turn = step.begin <= 0 ? [] : held.slice(-step.begin)
        }
        expect([...sound.all()]).toEqual(turn)
      }
    }),
  )
})
