import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JitterBuffer } from './jitter-buffer.ts'

/** At 8 kHz a millisecond has 8 samples, and a piece of 20 ms 160. */
const rate = 8000
const quantum = 128
const pieceOf = (value: number): Float32Array => new Float32Array(160).fill(value)
/** Plays so many quanta, and gives what sounds. */
function play(buffer: JitterBuffer, quanta: number): number[] {
  return Array.from({ length: quanta }, () => {
    const out = new Float32Array(quantum).fill(9)
    buffer.pull(out)
    return [...out]
  }).flat()
}
const sounding = (samples: readonly number[]): number[] => samples.filter((one) => one !== 0)

type Step = { readonly push: number } | { readonly pull: number } | 'clear'
// At most two seconds wait: beyond that the oldest goes, a case of its own.
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 400 }) }) },
    { weight: 6, arbitrary: fc.record({ pull: fc.integer({ min: 1, max: 10 }) }) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
  ),
  { maxLength: 40 },
)

describe('a jitter buffer', () => {
  it('plays every sample once, in order, and counts what it has played; cleared sound is neither', () => {
    fc.assert(
      fc.property(steps, (script: Step[]) => {
        const buffer = new JitterBuffer(rate)
        let next = 1
        let expected: number[] = []
        let played = 0
        for (const step of script) {
          if (step === 'clear') {
            buffer.clear()
            expected = []
          } else if ('push' in step) {
            const samples = Array.from({ length: step.push }, () => next++)
            buffer.push(Float32Array.from(samples), step.push / 8)
            expected.push(...samples)
          } else {
            const heard = sounding(play(buffer, step.pull))
            expect(heard).toEqual(expected.splice(0, heard.length))
            played += heard.length
          }
          expect(buffer.playedMs).toBeCloseTo(played / 8, 6)
          expect(buffer.waitingMs).toBeCloseTo(expected.length / 8, 6)
        }
        // Whatever waits is played in the end, and then nothing is.
        expect(sounding(play(buffer, 200))).toEqual(expected)
        expect(buffer.isDry).toBe(true)
      }),
    )
  })

  it('waits until enough has come, or has waited as long as that takes', () => {
    const burst = new JitterBuffer(rate)
    burst.push(pieceOf(1), 20)
    expect(sounding(play(burst, 1))).toEqual([])
    burst.push(pieceOf(1), 20)
    expect(sounding(play(burst, 1))).toHaveLength(quantum)
    const tail = new JitterBuffer(rate)
    tail.push(Float32Array.of(1, 1), 0.25)
    // 40 ms: two and a half quanta of 16 ms.
    expect(sounding(play(tail, 3))).toEqual([])
    expect(sounding(play(tail, 1))).toHaveLength(2)
  })

  it('plays the fading end at once after a clear, and stops in the next sample', () => {
    const buffer = new JitterBuffer(rate)
    for (let count = 0; count < 5; count++) buffer.push(pieceOf(1), 20)
    play(buffer, 2)
    buffer.clear()
    expect(sounding(play(buffer, 1))).toEqual([])
    buffer.push(new Float32Array(40).fill(0.5), 5)
    expect(sounding(play(buffer, 1))).toEqual(Array.from({ length: 40 }, () => 0.5))
    // Silence after an interruption is no lack of sound.
    buffer.push(pieceOf(1), 20)
    expect(buffer.underruns).toBe(0)
  })

  it('waits for more when the sound runs out in a sentence, and for less when it does not', () => {
    const buffer = new JitterBuffer(rate)
    const sentence = (pieces: number): void => {
      for (let count = 0; count < pieces; count++) {
        buffer.push(pieceOf(1), 20)
        play(buffer, 1)
      }
    }
    expect(buffer.targetMs).toBe(40)
    sentence(3)
    play(buffer, 10)
    buffer.push(pieceOf(1), 20)
    expect([buffer.underruns, buffer.targetMs]).toEqual([1, 60])
    // After a pause, 300 ms, it is another sentence.
    play(buffer, 40)
    buffer.push(pieceOf(1), 20)
    expect(buffer.underruns).toBe(1)
    for (let count = 0; count < 20; count++) {
      play(buffer, 20)
      buffer.push(pieceOf(1), 20)
    }
    expect(buffer.targetMs).toBe(200)
    // Ten seconds without a gap.
    for (let count = 0; count < 1000; count++) {
      buffer.push(new Float32Array(quantum).fill(1), 16)
      play(buffer, 1)
    }
    expect(buffer.targetMs).toBeLessThan(200)
    expect(buffer.targetMs).toBeGreaterThanOrEqual(20)
  })

  it('keeps two seconds for a page that does not play, and counts what goes', () => {
    const buffer = new JitterBuffer(rate)
    for (let count = 0; count < 200; count++) buffer.push(pieceOf(count), 20)
    expect(buffer.waitingMs).toBeLessThanOrEqual(2000)
    expect(buffer.playedMs + buffer.waitingMs).toBeCloseTo(4000, 6)
  })
})
