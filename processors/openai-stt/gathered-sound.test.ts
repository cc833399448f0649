import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createGatheredSound } from './gathered-sound.ts'

const rate = 16_000
/** 20 ms of sound; 0 is silence. */
const piece = (level: number): Int16Array => new Int16Array(320).fill(level)
const loud = (ms: number) => Array.from({ length: ms / 20 }, () => piece(3000))
const silent = (ms: number) => Array.from({ length: ms / 20 }, () => piece(0))

function gather(before: readonly Int16Array[], behind: readonly Int16Array[]) {
  const sound = createGatheredSound(rate)
  for (const one of before) sound.push(one)
  sound.begin()
  for (const one of behind) sound.push(one)
  return sound
}

it('keeps all that is said, from before the detector knew it to the end', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 100 }),
      (quiet, late, rest) => {
        const sound = gather([...silent(quiet * 20), ...loud(late * 20)], loud(rest * 20))
        const taken = sound.take()
        const said = taken.filter((sample) => sample !== 0)
        expect(said).toHaveLength((late + rest) * 320)
        // Of the silence before it, a little.
        expect(taken.length - said.length).toBeLessThanOrEqual(300 * 16)
        expect(taken.at(-1)).toBe(3000)
      },
    ),
  ))

it('is empty behind what was taken, and its time goes on', () => {
  const sound = gather([], loud(400))
  expect(sound.take()).toHaveLength(400 * 16)
  expect(sound.take()).toHaveLength(0)
  expect(sound.untilMs).toBe(400)
  expect(sound.spokenMs).toBe(0)
})

it('is empty where all is silence', () => {
  expect(gather(silent(1000), silent(1000)).take()).toHaveLength(0)
})

it('keeps half a minute while nobody says that somebody speaks', () => {
  const sound = createGatheredSound(rate)
  for (const one of loud(60_000)) sound.push(one)
  expect(sound.take().length / 16).toBe(30_000)
})

it('forgets nothing when it is told twice that the caller speaks', () => {
  const sound = gather([], loud(5000))
  sound.begin()
  expect(sound.take()).toHaveLength(5000 * 16)
})
