import { describe, expect, it } from 'vitest'
import { measureYielding, voiceMs } from './live-yield.ts'

const rate = 8000

/** Stereo sound: stretches of voice in ms for each side. */
function recording(
  lengthMs: number,
  caller: readonly (readonly [number, number])[],
  bot: readonly (readonly [number, number])[],
) {
  const samples = new Int16Array((lengthMs * rate * 2) / 1000)
  for (const [side, stretches] of [caller, bot].entries()) {
    for (const [from, until] of stretches) {
      for (let at = (from * rate) / 1000; at < (until * rate) / 1000; at++) {
        samples[at * 2 + side] = at % 2 === 0 ? 2000 : -2000
      }
    }
  }
  return { samples, channels: 2, sampleRate: rate }
}

describe('how soon the bot falls silent', () => {
  it('is measured where the caller speaks into its voice', () => {
    const sound = recording(
      10_000,
      [
        [0, 500],
        [2000, 2600],
      ],
      [
        [1000, 1500],
        [1600, 2170],
      ],
    )
    expect(measureYielding(sound)).toEqual([{ atMs: 2000, yieldMs: 170 }])
    expect(voiceMs(sound, 0)).toBe(1100)
    expect(voiceMs(sound, 1)).toBe(1070)
  })

  it('is not measured where they take turns', () => {
    expect(
      measureYielding(
        recording(
          5000,
          [
            [0, 500],
            [2000, 2600],
          ],
          [[600, 1900]],
        ),
      ),
    ).toEqual([])
  })
})
