import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Resampler } from './resampler.ts'

const rates = fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000)
const tone = (hertz: number, rate: number, seconds: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: rate * seconds }, (_, at) =>
    Math.sin((2 * Math.PI * hertz * at) / rate),
  )
const power = (samples: Float32Array): number =>
  samples.reduce((sum, one) => sum + one * one, 0) / samples.length

describe('a resampler', () => {
  it('gives the same, and as much as is due, however the sound is cut', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 12 })
    fc.assert(
      fc.property(rates, rates, cuts, (from, to, lengths) => {
        const total = lengths.reduce((sum, one) => sum + one, 0)
        const sound = Float32Array.from({ length: total }, (_, at) => Math.sin(at * at))
        const inPieces = new Resampler(from, to)
        const pieces: number[] = []
        let taken = 0
        for (const length of lengths) {
          pieces.push(...inPieces.push(sound.slice(taken, taken + length)))
          taken += length
          expect(pieces).toHaveLength(Math.floor((taken * to) / from))
        }
        expect(pieces).toEqual([...new Resampler(from, to).push(sound)])
      }),
    )
  })

  it('keeps a voice as loud as it was', () => {
    const voice = fc.integer({ min: 100, max: 3000 })
    fc.assert(
      fc.property(rates, rates, voice, (from, to, hertz) => {
        const heard = new Resampler(from, to).push(tone(hertz, from, 0.5)).slice(to / 10)
        expect(power(heard)).toBeGreaterThan(0.45)
        expect(power(heard)).toBeLessThan(0.55)
      }),
      { numRuns: 30 },
    )
  })

  it('makes no sound of what the lower rate cannot hold, or of nothing', () => {
    const fold = new Resampler(48_000, 16_000).push(tone(10_000, 48_000, 0.5)).slice(1600)
    expect(power(fold)).toBeLessThan(1e-4)
    const image = new Resampler(16_000, 48_000).push(tone(5000, 16_000, 0.5)).slice(4800)
    // What is left beside the tone, whatever its phase.
    const dot = (phase: number): number =>
      image.reduce(
        (sum, one, at) => sum + one * Math.sin((2 * Math.PI * 5000 * at) / 48_000 + phase),
        0,
      )
    const inTone = ((dot(0) ** 2 + dot(Math.PI / 2) ** 2) * 2) / image.length ** 2
    expect(power(image) - inTone).toBeLessThan(1e-4)
    expect(inTone).toBeCloseTo(0.5, 1)
    expect(power(new Resampler(16_000, 44_100).push(new Float32Array(1600)))).toBe(0)
  })

  it('lets sound of the same rate pass as it is', () => {
    const sound = Float32Array.of(1, -1, 0.5)
    expect(new Resampler(16_000, 16_000).push(sound)).toBe(sound)
  })
})
