import { expect, it } from 'vitest'
import { keyTones } from './key-tones.ts'

it('makes the two tones of each key, and silence behind them', () => {
  const strength = (samples: Int16Array, hertz: number): number => {
    const phases = Array.from(samples, (_, at) => (2 * Math.PI * hertz * at) / 8000)
    const sum = (wave: (phase: number) => number): number =>
      phases.reduce((total, phase, at) => total + (samples[at] ?? 0) * wave(phase), 0)
    return Math.hypot(sum(Math.cos), sum(Math.sin))
  }
  const hertz = [697, 770, 852, 941, 1209, 1336, 1477, 1633]
  const found = [...'1470369#ABCD2580*'].map((digit) => {
    const sound = keyTones(digit, 8000)
    expect(sound).toHaveLength(1600)
    expect(sound.subarray(800).every((sample) => sample === 0)).toBe(true)
    expect(Math.max(...sound)).toBeLessThan(0.35 * 32_767)
    const tone = sound.subarray(0, 800)
    return hertz
      .toSorted((a, b) => strength(tone, b) - strength(tone, a))
      .slice(0, 2)
      .toSorted((a, b) => a - b)
  })
  expect(found.slice(0, 4)).toEqual([
    [697, 1209],
    [770, 1209],
    [852, 1209],
    [941, 1336],
  ])
  expect(new Set(found.map(String)).size).toBe(16)
  expect(keyTones('1', 16_000)).toHaveLength(3200)
})

it('makes nothing of what is no key', () => {
  for (const text of ['', 'E', '12', 'a']) expect(keyTones(text, 8000)).toHaveLength(0)
})
