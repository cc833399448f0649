import { describe, expect, it } from 'vitest'
import type { Moment } from '../observe/turns.ts'
import { measureVoiceChanges } from './live-handoffs.ts'

const rate = 8000

/** Stereo sound in which only the bot speaks, in these stretches of ms. */
function recording(lengthMs: number, bot: readonly (readonly [number, number])[]) {
  const samples = new Int16Array((lengthMs * rate * 2) / 1000)
  for (const [from, until] of bot) {
    for (let at = (from * rate) / 1000; at < (until * rate) / 1000; at++) {
      samples[at * 2 + 1] = at % 2 === 0 ? 2000 : -2000
    }
  }
  return { samples, channels: 2, sampleRate: rate }
}

const moved = (at: number, from: string, to: string): Moment =>
  ({ type: 'handoff', state: 'done', at, from, to, reason: '', pass: {} }) as unknown as Moment

describe('where one voice ends and the next begins', () => {
  it('is found although the recording runs a little ahead of the call', () => {
    const sound = recording(6_000, [
      [1000, 1500],
      [1600, 2440],
      [2650, 4530],
    ])
    expect(measureVoiceChanges(sound, [moved(2665, 'billing', 'triage')])).toEqual([
      expect.objectContaining({ from: 'billing', to: 'triage', lastMs: 2440, firstMs: 2650 }),
    ])
  })

  it('is not told where there is no pause between them', () => {
    const sound = recording(6_000, [
      [500, 800],
      [1000, 4530],
      [5000, 5500],
    ])
    expect(measureVoiceChanges(sound, [moved(2665, 'billing', 'triage')])).toEqual([])
  })
})
