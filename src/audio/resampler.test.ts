import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { createResampler, loadResamplerEngine, type ResamplerEngine } from './resampler.ts'

const sine = (rate: number, hz: number, length: number, phase = 0): Int16Array =>
  Int16Array.from({ length }, (_, index) =>
    Math.round(10_000 * Math.sin((2 * Math.PI * hz * (index + phase)) / rate)),
  )

let engine: ResamplerEngine
beforeAll(async () => {
  engine = await loadResamplerEngine()
})

describe('the resampler', () => {
  it('gives exactly as many samples as the time that went in, however it was cut', () => {
    const rates = fc.constantFrom(8000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000)
    const sizes = fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 8 })
    fc.assert(
      fc.property(
        rates,
        rates,
        fc.integer({ min: 1, max: 2 }),
        sizes,
        (from, to, channels, cuts) => {
          const resampler = engine.create({ from, to, channels })
          for (const _again of [1, 2]) {
            let given = 0
            for (const cut of cuts)
              given += resampler.process(new Int16Array(cut * channels)).length
            given += resampler.flush().length
            const taken = cuts.reduce((sum, cut) => sum + cut, 0)
            expect(given).toBe(Math.round((taken * to) / from) * channels)
          }
          resampler.close()
        },
      ),
      { numRuns: 100 },
    )
  })

  it.each([
    [8000, 16_000],
    [16_000, 8000],
    [24_000, 16_000],
    [44_100, 16_000],
    [16_000, 48_000],
  ])('keeps a tone in its place from %i to %i Hz', async (from, to) => {
    const resampler = await createResampler({ from, to })
    const parts = Array.from({ length: 10 }, (_, index) =>
      resampler.process(sine(from, 440, from / 50, (index * from) / 50)),
    )
    const made = [...parts.flatMap((part) => [...part]), ...resampler.flush()]
    const wanted = sine(to, 440, to / 5)
    expect(made).toHaveLength(wanted.length)
    const middle = made.slice(200, -200)
    const worst = Math.max(
      ...middle.map((sample, index) => Math.abs(sample - (wanted[index + 200] ?? 0))),
    )
    expect(worst).toBeLessThan(200)
  })

  it('removes what the new rate cannot carry', async () => {
    const resampler = await createResampler({ from: 16_000, to: 8000 })
    const made = resampler.process(sine(16_000, 6000, 16_000)).subarray(200)
    expect(Math.max(...made.map(Math.abs))).toBeLessThan(300)
  })

  it('keeps its streams apart', () => {
    const [a, b, alone] = [1, 2, 3].map(() => engine.create({ from: 24_000, to: 16_000 }))
    const input = sine(24_000, 300, 480)
    const first = a?.process(input)
    b?.process(sine(24_000, 900, 480))
    expect([...(first ?? []), ...(a?.process(input) ?? [])]).toEqual([
      ...(alone?.process(input) ?? []),
      ...(alone?.process(input) ?? []),
    ])
  })

  it('starts as new after a reset', () => {
    const resampler = engine.create({ from: 24_000, to: 16_000 })
    const input = sine(24_000, 300, 480)
    const first = resampler.process(input)
    resampler.process(sine(24_000, 777, 480))
    resampler.reset()
    expect(resampler.process(input)).toEqual(first)
  })

  it('takes ten seconds at once', () => {
    const resampler = engine.create({ from: 8000, to: 48_000, channels: 2 })
    const made = resampler.process(new Int16Array(160_000)).length + resampler.flush().length
    expect(made).toBe(960_000)
  })

  it('refuses rates that do not exist', () => {
    expect(() => engine.create({ from: 0, to: 8000 })).toThrow(
      'Sound cannot be converted from 0 Hz to 8000 Hz with 1 channels.',
    )
    expect(() => engine.create({ from: 8000, to: 16_000, channels: 9 })).toThrow('9 channels')
    expect(() => engine.create({ from: 8000.5, to: 16_000 })).toThrow('8000.5')
  })
})
