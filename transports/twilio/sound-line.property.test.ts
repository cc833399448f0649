import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  longestGapMs,
  mostWaiting,
  newLine,
  restOfLine,
  takeChunk,
  type Chunk,
} from './sound-line.ts'

const silence = 0xff

/** Pieces of 20 ms whose samples are their number, from 1. */
const pieceOf = (chunk: number): Chunk => ({
  chunk,
  timestamp: (chunk - 1) * 20,
  sound: new Uint8Array(160).fill(chunk % 200),
})

/** What a line gives out of pieces, and in the end. */
function given(pieces: readonly Chunk[]): readonly Uint8Array[] {
  let line = newLine
  const out: Uint8Array[] = []
  for (const piece of pieces) {
    const [next, sound] = takeChunk(line, piece)
    line = next
    expect(line.waiting.length).toBeLessThanOrEqual(mostWaiting)
    out.push(...sound)
  }
  return [...out, ...restOfLine(line)]
}

/** Numbers in an order in which none comes more than two places late. */
const jumbled = (count: number): fc.Arbitrary<readonly number[]> =>
  fc.array(fc.nat(2), { minLength: count, maxLength: count }).map((late) =>
    late
      .map((by, index) => ({ number: index + 1, at: index + by }))
      .toSorted((a, b) => a.at - b.at)
      .map(({ number }) => number),
  )

describe('a line of sound', () => {
  it('gives out every piece once and in its order, however they come', () => {
    const cases = fc
      .integer({ min: 1, max: 60 })
      .chain((count) => fc.tuple(fc.constant(count), jumbled(count), fc.array(fc.nat(59))))
    fc.assert(
      fc.property(cases, ([count, order, again]) => {
        const twice = order.flatMap((number, at) =>
          again.includes(at) ? [number, number] : [number],
        )
        const codes = given(twice.map(pieceOf)).map(([code]) => code)
        expect(codes).toEqual(Array.from({ length: count }, (_, at) => (at + 1) % 200))
      }),
    )
  })

  it('keeps time: what is lost is silence of the same length', () => {
    const kept = fc.array(fc.boolean(), { minLength: 3, maxLength: 60 })
    fc.assert(
      fc.property(kept, (isKept) => {
        const pieces = isKept.flatMap((kept, at) => (kept ? [pieceOf(at + 1)] : []))
        const [first] = pieces
        const last = pieces.at(-1)
        if (first === undefined || last === undefined) return
        const out = given(pieces)
        const gaps = pieces.map(({ chunk }, at) => chunk - (pieces[at - 1]?.chunk ?? chunk - 1) - 1)
        fc.pre(gaps.every((gap) => gap * 20 <= longestGapMs))
        expect(out).toHaveLength(last.chunk - first.chunk + 1)
        const silent = out.filter(([code]) => code === silence)
        expect(silent).toHaveLength(out.length - pieces.length)
      }),
    )
  })

  it('is bounded, whatever is claimed', () => {
    const wild = fc.record({
      chunk: fc.oneof(fc.integer({ min: -5, max: 20 }), fc.maxSafeInteger()),
      timestamp: fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.double({ noNaN: true })),
      length: fc.integer({ min: 1, max: 400 }),
    })
    fc.assert(
      fc.property(fc.array(wild, { maxLength: 100 }), (claims) => {
        const pieces = claims
          .filter(({ timestamp }) => Number.isFinite(timestamp))
          .map(({ chunk, timestamp, length }) => ({
            chunk,
            timestamp,
            sound: new Uint8Array(length),
          }))
        const out = given(pieces)
        expect(out.length).toBeLessThanOrEqual(pieces.length * (1 + longestGapMs / 20))
      }),
    )
  })
})
