import { describe, expect, it } from 'vitest'
import { quiet, step } from './vad-edges.ts'

const options = { startMs: 120, stopMs: 250, windowMs: 20 }

/** Edges of a pattern of `x` (voice) and `.` windows: `ms state latency`. */
function edgesOf(pattern: string): string[] {
  let state = quiet
  return [...pattern.replaceAll(' ', '')].flatMap((window, index) => {
    const next = step(state, window === 'x', options)
    state = next.state
    if (next.edge === undefined) return []
    return [`${(index + 1) * 20} ${next.edge.state} ${next.edge.latencyMs}`]
  })
}

const voice = (windows: number): string => 'x'.repeat(windows)
const pause = (windows: number): string => '.'.repeat(windows)

describe('the edges of speech', () => {
  it.each([
    ['nothing', pause(100), []],
    ['a click', pause(5) + voice(5) + pause(50), []],
    ['speech', pause(5) + voice(20) + pause(20), ['220 started 120', '760 stopped 260']],
    ['a yes of 120 ms', pause(5) + voice(6) + pause(20), ['220 started 120', '480 stopped 260']],
    [
      'speech with a stop consonant in its beginning',
      pause(5) + voice(2) + pause(3) + voice(10) + pause(20),
      ['280 started 180', '660 stopped 260'],
    ],
    ['clicks that are too far apart', (voice(3) + pause(4)).repeat(20), []],
    [
      'a pause between words',
      voice(10) + pause(12) + voice(10) + pause(13),
      ['120 started 120', '900 stopped 260'],
    ],
    [
      'two stretches',
      voice(6) + pause(13) + voice(6) + pause(13),
      ['120 started 120', '380 stopped 260', '500 started 120', '760 stopped 260'],
    ],
  ])('finds them in %s', (_, pattern, edges) => {
    expect(edgesOf(pattern)).toEqual(edges)
  })
})
