import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLogMel, frameCount, sampleRate, windowSamples } from './log-mel.ts'
import { melCount, melFilters } from './mel-filters.ts'
import { binCount, createPowerSpectrum, frameLength } from './power-spectrum.ts'

const logMel = createLogMel()
const wave = (length: number, at: (index: number) => number): Int16Array =>
  Int16Array.from({ length }, (_, index) => Math.round(at(index)))
const tone = (hz: number, length = windowSamples): Int16Array =>
  wave(length, (i) => 8000 * Math.sin((2 * Math.PI * hz * i) / sampleRate))

/** The transform as it is defined, term by term. */
function slowPower(frame: ArrayLike<number>): number[] {
  return Array.from({ length: binCount }, (_, k) => {
    let re = 0
    let im = 0
    for (let n = 0; n < frame.length; n++) {
      re += frame[n]! * Math.cos((2 * Math.PI * k * n) / frame.length)
      im -= frame[n]! * Math.sin((2 * Math.PI * k * n) / frame.length)
    }
    return re * re + im * im
  })
}

const samples = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
  minLength: frameLength,
  maxLength: frameLength,
})

describe('the power spectrum', () => {
  it('is that of the definition', () => {
    const spectrum = createPowerSpectrum()
    fc.assert(
      fc.property(samples, (frame) => {
        const power = new Float64Array(binCount)
        spectrum(Float64Array.from(frame), power)
        for (const [k, expected] of slowPower(frame).entries()) {
          expect(Math.abs(power[k]! - expected)).toBeLessThan(1e-8)
        }
      }),
      { numRuns: 25 },
    )
  })

  it('has the energy of the frame (Parseval)', () => {
    const spectrum = createPowerSpectrum()
    fc.assert(
      fc.property(samples, (frame) => {
        const power = new Float64Array(binCount)
        spectrum(Float64Array.from(frame), power)
        const [first = 0, ...others] = power
        const last = others.pop() ?? 0
        const energy = (first + last + 2 * others.reduce((a, b) => a + b, 0)) / frameLength
        expect(energy).toBeCloseTo(
          frame.reduce((sum, x) => sum + x * x, 0),
          6,
        )
      }),
    )
  })
})

describe('the mel filters', () => {
  // From librosa.filters.mel(sr=16000, n_fft=400, n_mels=80), the matrix that OpenAI ships with Whisper.
  it('have the weights of Whisper', () => {
    const filters = melFilters()
    expect(filters.length).toBe(melCount)
    expect(filters[0]!.from).toBe(1)
    expect(filters[0]!.weights[0]).toBeCloseTo(0.024_862_59, 7)
    expect(filters[1]!.weights[0]).toBeCloseTo(0.001_990_82, 7)
    expect(filters[1]!.weights[1]).toBeCloseTo(0.022_871_77, 7)
  })

  it('are triangles of one area, each a little higher than the one before', () => {
    const filters = melFilters()
    const hzPerBin = sampleRate / frameLength
    for (const { weights } of filters.slice(40)) {
      const area = weights.reduce((sum, weight) => sum + weight, 0) * hzPerBin
      expect(area).toBeGreaterThan(0.9)
      expect(area).toBeLessThan(1.1)
    }
    const peaks = filters.map(({ from, weights }) => from + weights.indexOf(Math.max(...weights)))
    expect(peaks).toEqual(peaks.toSorted((a, b) => a - b))
  })
})

describe('the features', () => {
  it('are what the definition gives, without any of the short cuts', () => {
    const sound = wave(3 * sampleRate, (i) => 6000 * Math.sin(i * i * 1e-5) + 900 * Math.sin(i * i))
    const features = logMel(sound)
    const padded = new Float64Array(windowSamples)
    for (const [i, sample] of sound.entries()) {
      padded[windowSamples - sound.length + i] = sample / 32_768
    }
    const mean = padded.reduce((a, b) => a + b) / padded.length
    const variance = padded.reduce((a, b) => a + (b - mean) ** 2, 0) / padded.length
    const at = (i: number): number => {
      const inside = i < 0 ? -i : i >= windowSamples ? 2 * (windowSamples - 1) - i : i
      return (padded[inside]! - mean) / Math.sqrt(variance + 1e-7)
    }
    const frames = [0, 1, 499, 500, 501, 640, 798, 799]
    const levels = frames.map((frame) => {
      const windowed = Array.from(
        { length: 400 },
        (_, i) => at(frame * 160 - 200 + i) * Math.sin((Math.PI * i) / 400) ** 2,
      )
      const power = slowPower(windowed)
      return melFilters().map(({ from, weights }) => {
        const sum = weights.reduce((all, weight, i) => all + weight * power[from + i]!, 0)
        return Math.log10(Math.max(1e-10, sum))
      })
    })
    // The loudest of all frames cannot be seen from a few; the features tell it.
    const loudest = Math.max(...features) * 4 - 4
    for (const [column, frame] of frames.entries()) {
      for (let band = 0; band < melCount; band++) {
        const expected = (Math.max(levels[column]![band]!, loudest - 8) + 4) / 4
        expect(features[band * frameCount + frame]).toBeCloseTo(expected, 4)
      }
    }
  })

  it('show a tone in its band, all the time', () => {
    for (const hz of [240, 1000, 3000, 6000]) {
      const features = logMel(tone(hz))
      const column = (frame: number): number[] =>
        Array.from({ length: melCount }, (_, band) => features[band * frameCount + frame]!)
      const bin = hz / 40
      const weightAt = ({ from, weights }: { from: number; weights: Float64Array }): number =>
        weights[bin - from] ?? 0
      const heights = melFilters().map(weightAt)
      for (const frame of [5, 400, 794]) {
        const found = column(frame)
        expect(heights[found.indexOf(Math.max(...found))]).toBeGreaterThan(0)
      }
    }
  })

  it('do not depend on loudness, and span 80 dB at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), (factor) => {
        const quiet = wave(windowSamples, (i) => 900 * Math.sin(i * 0.11) + 300 * Math.sin(i * i))
        const loud = quiet.map((sample) => sample * factor)
        const [one, other] = [logMel(quiet), logMel(loud)]
        let apart = 0
        for (const [i, level] of one.entries()) apart = Math.max(apart, Math.abs(level - other[i]!))
        expect(apart).toBeLessThan(0.01)
        expect(Math.max(...one) - Math.min(...one)).toBeLessThanOrEqual(2.000_01)
      }),
      { numRuns: 3 },
    )
  })

  it('put silence in front of a short turn, and take the end of a long one', () => {
    const short = tone(440, sampleRate)
    const padded = new Int16Array(windowSamples)
    padded.set(short, windowSamples - short.length)
    expect(logMel(short)).toEqual(logMel(padded))
    const long = wave(10 * sampleRate, (i) => 9000 * Math.sin(i * i * 1e-6))
    expect(logMel(long)).toEqual(logMel(long.slice(-windowSamples)))
  })

  it.each([
    ['nothing', new Int16Array(0)],
    ['digital silence', new Int16Array(windowSamples)],
    ['full scale', new Int16Array(windowSamples).fill(32_767)],
    ['one sample', Int16Array.of(-32_768)],
  ])('are finite for %s', (name, sound) => {
    const features = logMel(sound)
    expect(features.length).toBe(melCount * frameCount)
    expect(features.every(Number.isFinite)).toBe(true)
    if (name === 'digital silence') expect(features.every((level) => level === -1.5)).toBe(true)
  })
})
