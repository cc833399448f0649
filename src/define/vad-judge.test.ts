import { describe, expect, it } from 'vitest'
import { judge, unjudged } from './vad-judge.ts'

const options = {
  startMs: 120,
  stopMs: 250,
  windowMs: 20,
  thresholds: { on: 0.5, off: 0.35, clearDb: 9, raise: 0.75 },
}

/** Windows as `[how many, probability, level]`; edges as `state at-ms`. */
function edgesOf(windows: readonly (readonly [number, number, number])[]): string[] {
  let state = unjudged
  let now = 0
  return windows.flatMap(([count, probability, levelDb]) =>
    Array.from({ length: count }).flatMap(() => {
      const next = judge(state, probability, levelDb, options)
      state = next.state
      now += 20
      return next.edge ? [`${next.edge.state} ${now - next.edge.latencyMs}`] : []
    }),
  )
}

const quiet = [50, 0, -55] as const
/** Four seconds of others who talk: loud for the most part, with gaps. */
const people = Array.from({ length: 20 }, () => [
  [1, 0.2, -60] as const,
  [9, 0.2, -44] as const,
]).flat()

describe('judging windows', () => {
  it.each([
    [
      'voice that is loud and probable',
      [quiet, [20, 0.9, -20], quiet],
      ['started 1000', 'stopped 1400'],
    ],
    ['voice that is not probable', [quiet, [20, 0.49, -20], quiet], []],
    [
      'voice that becomes less probable, but not too much',
      [quiet, [10, 0.9, -20], [10, 0.4, -20], quiet],
      ['started 1000', 'stopped 1400'],
    ],
    [
      'voice that becomes improbable',
      [quiet, [10, 0.9, -20], [10, 0.34, -20], quiet],
      ['started 1000', 'stopped 1200'],
    ],
    [
      'a model that holds on when the sound is gone',
      [quiet, [10, 0.9, -20], [10, 0.7, -55], quiet],
      ['started 1000', 'stopped 1200'],
    ],
    [
      'what is probable and no louder than the noise',
      [
        [50, 0, -30],
        [50, 0.9, -29],
      ],
      [],
    ],
    [
      'the same noise that has become louder, when it is taken for voice',
      [quiet, [200, 0.45, -30]],
      [],
    ],
    ['a peak of people who talk behind the caller', [...people, [20, 0.6, -38]], []],
    [
      'the caller before people who talk',
      [...people, [20, 0.6, -30], quiet],
      ['started 4000', 'stopped 4400'],
    ],
  ] as const)('finds edges in %s', (_, windows, edges) => {
    expect(edgesOf(windows)).toEqual(edges)
  })
})
