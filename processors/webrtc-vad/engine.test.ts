import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createFlite, type Flite } from '../flite-tts/engine.ts'
import { levelOf } from '../../src/define/vad-floor.ts'
import { judge, unjudged } from '../../src/define/vad-judge.ts'
import { loadDetectorEngine, type DetectorEngine } from './engine.ts'

const rate = 16_000
const windowMs = 20
const window = (rate * windowMs) / 1000
const thresholds = { on: 0.5, off: 0.5, clearDb: 14, raise: 1 }

let engine: DetectorEngine
let flite: Flite
beforeAll(async () => {
  engine = await loadDetectorEngine()
  flite = await createFlite({ threads: 1 })
})
afterAll(() => flite.close())

/** Noise that is the same in every run: a linear congruential generator. */
function noise(ms: number, level: number): Int16Array {
  let seed = 1
  const next = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 1
    return seed / 2 ** 30 - 1
  }
  // The sum of three even ones is near to normal.
  return Int16Array.from({ length: (ms * rate) / 1000 }, () => (next() + next() + next()) * level)
}

/** Edges that are found, as true times in ms. */
function edgesIn(samples: Int16Array): { state: string; at: number }[] {
  const detector = engine.create({ sampleRate: rate, mode: 2 })
  const found: { state: string; at: number }[] = []
  let state = unjudged
  for (let from = 0; from + window <= samples.length; from += window) {
    const part = samples.subarray(from, from + window)
    const options = { startMs: 120, stopMs: 250, windowMs, thresholds }
    const next = judge(state, detector.probability(part), levelOf(part), options)
    state = next.state
    const now = ((from + window) * 1000) / rate
    if (next.edge) found.push({ state: next.edge.state, at: now - next.edge.latencyMs })
  }
  detector.close()
  return found
}

/** A sentence between two seconds of noise, and where its sound begins and ends. */
async function sentence(text: string, voice: 'slt' | 'rms', level: number) {
  const { samples, words } = await flite.speak(text, { voice })
  const sound = noise(4000 + (samples.length * 1000) / rate, level)
  for (const [index, sample] of samples.entries()) sound[2 * rate + index]! += sample
  return { sound, startMs: 2000 + words[0]!.startMs, endMs: 2000 + words.at(-1)!.endMs }
}

const cases = ['slt', 'rms'].flatMap((voice) =>
  [0, 20, 100].map((level) => ({ voice: voice as 'slt' | 'rms', level })),
)

describe('the detector', () => {
  it.each(cases)('finds where $voice speaks in noise of $level', async ({ voice, level }) => {
    for (const text of ['Book me a room', 'Yes', 'How many nights would you like to stay']) {
      const { sound, startMs, endMs } = await sentence(text, voice, level)
      const [started, stopped, ...more] = edgesIn(sound)
      expect(more).toEqual([])
      expect(started?.state).toBe('started')
      expect(Math.abs(started!.at - startMs)).toBeLessThan(120)
      expect(stopped?.state).toBe('stopped')
      expect(Math.abs(stopped!.at - endMs)).toBeLessThan(120)
    }
  })

  it.each([0, 3, 50, 500, 3000])('hears nobody in steady noise of %d', (level) => {
    expect(edgesIn(noise(10_000, level))).toEqual([])
  })

  it('hears nobody in the hum of the mains', () => {
    const hum = Int16Array.from({ length: 5 * rate }, (_, index) =>
      Math.round(2000 * Math.sin((2 * Math.PI * 50 * index) / rate)),
    )
    expect(edgesIn(hum)).toEqual([])
  })

  it.each([8000, 16_000, 32_000, 48_000] as const)('takes %d Hz', (sampleRate) => {
    const detector = engine.create({ sampleRate, mode: 3 })
    expect(detector.probability(new Int16Array(sampleRate / 50))).toBe(0)
    detector.close()
  })

  it('refuses a window of another length', () => {
    const detector = engine.create({ sampleRate: rate, mode: 2 })
    expect(() => detector.probability(new Int16Array(100))).toThrow(RangeError)
    detector.close()
  })
})
