import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SpokenPiece } from '../define/index.ts'
import { durationMs, type AudioFrame } from '../frames/index.ts'
import { soundFrames } from './sound-frames.ts'

const format = { sampleRate: 16_000, encoding: 'pcm' } as const
const perMs = 16

async function framesOf(pieces: readonly SpokenPiece[]): Promise<AudioFrame[]> {
  const frames: AudioFrame[] = []
  const stream = (async function* () {
    yield* pieces
  })()
  for await (const frame of soundFrames(stream, format)) frames.push(frame)
  return frames
}

const soundOf = (parts: readonly { samples: Int16Array }[]): number[] =>
  parts.flatMap(({ samples }) => [...samples])

const spans = fc.array(
  fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 5 }),
  {
    minLength: 1,
    maxLength: 4,
  },
)

test('nothing of the sound is lost, however it is cut, and no frame is longer than 20 ms', () =>
  fc.assert(
    fc.asyncProperty(spans, async (lengths) => {
      let value = 0
      const pieces = lengths.flatMap((parts, index) =>
        parts.map((length) => ({
          span: index + 1,
          samples: Int16Array.from({ length }, () => value++ % 30_000),
        })),
      )
      const frames = await framesOf(pieces)
      expect(soundOf(frames)).toEqual(soundOf(pieces))
      for (const [index] of lengths.entries()) {
        const own = frames.filter(({ span }) => span === index + 1)
        expect(soundOf(own)).toEqual(soundOf(pieces.filter(({ span }) => span === index + 1)))
        expect(own.slice(0, -1).every((frame) => durationMs(frame) === 20)).toBe(true)
        expect(durationMs(own.at(-1)!)).toBeLessThanOrEqual(20)
      }
    }),
  ))

test('a word that is known in time rides on the frame in which it begins', () =>
  fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.integer({ min: 0, max: 499 }), { maxLength: 20 }),
      async (starts) => {
        const words = starts
          .toSorted((one, other) => one - other)
          .map((startMs) => ({ text: `w${startMs}`, startMs, endMs: startMs + 1 }))
        const frames = await framesOf([{ span: 1, samples: new Int16Array(500 * perMs), words }])
        expect(frames.flatMap((frame) => frame.words ?? [])).toEqual(words)
        frames.forEach((frame, index) => {
          for (const { startMs } of frame.words ?? []) {
            expect(Math.floor(startMs / 20)).toBe(index)
          }
        })
      },
    ),
  ))

test('a word that is known too late rides on the next frame of its span', async () => {
  const late = { text: 'late', startMs: 10, endMs: 30 }
  const frames = await framesOf([
    { span: 1, samples: new Int16Array(100 * perMs), words: [] },
    { span: 1, samples: new Int16Array(20 * perMs), words: [late] },
  ])
  expect(frames.map(({ words }) => words)).toEqual([[], [], [], [], [late], []])
})

test('all sound comes before the failure of a voice', async () => {
  async function* broken(): AsyncGenerator<SpokenPiece> {
    yield { span: 1, samples: new Int16Array(30 * perMs) }
    throw new Error('it broke')
  }
  const lengths: number[] = []
  const read = async (): Promise<void> => {
    for await (const frame of soundFrames(broken(), format)) lengths.push(durationMs(frame))
  }
  await expect(read()).rejects.toThrow('it broke')
  expect(lengths).toEqual([20, 10])
})

test('a voice that gives no times gives frames without words', async () => {
  const frames = await framesOf([{ span: 1, samples: new Int16Array(100 * perMs) }])
  expect(frames.every(({ words }) => words === undefined)).toBe(true)
})
