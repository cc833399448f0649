import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToSound, soundToBytes } from 'voxgraph/plugin'
import { createChunks } from './chunks.ts'
import { createStreamTimes } from './times.ts'

const pieces = fc.array(fc.int16Array({ maxLength: 50 }), { maxLength: 30 })

const joined = (parts: readonly Int16Array[]): readonly number[] =>
  parts.flatMap((part) => [...part])

test('chunks are all of one length and hold the sound, however it comes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), pieces, (length, parts) => {
      const chunks = createChunks(length)
      const full = parts.flatMap((part) => chunks.push(part))
      expect(full.every((chunk) => chunk.length === length)).toBe(true)
      const rest = chunks.flush()
      expect(rest.length).toBeLessThan(length)
      expect(joined([...full, rest])).toEqual(joined(parts))
      expect(chunks.flush()).toHaveLength(0)
    }),
  )
})

test('sound is the same on the other side of the wire, in both forms', () => {
  fc.assert(
    fc.property(
      fc.int16Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 200 }),
      (pcm, codes) => {
        expect([...bytesToSound(soundToBytes(pcm, 'pcm'), 'pcm')]).toEqual([...pcm])
        const mulaw = Int16Array.from(codes)
        expect([...soundToBytes(mulaw, 'mulaw')]).toEqual([...codes])
        expect([...bytesToSound(soundToBytes(mulaw, 'mulaw'), 'mulaw')]).toEqual([...codes])
      },
    ),
  )
})

const step = fc.record({
  isSilence: fc.boolean(),
  ms: fc.integer({ min: 1, max: 500 }),
})

test('a time of the stream is a time of the pushed sound, whatever silence was put in', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const times = createStreamTimes()
      /** For each ms of the stream how much had been pushed. */
      const expected = [0]
      let pushed = 0
      for (const { isSilence, ms } of steps) {
        if (isSilence) times.silence(ms)
        else times.sound(ms)
        for (let at = 0; at < ms; at++) expected.push(isSilence ? pushed : ++pushed)
      }
      expect(times.pushedMs).toBe(pushed)
      expect(expected.map((_, at) => times.pushedAt(at))).toEqual(expected)
      expect(times.pushedAt(expected.length + 1000)).toBe(pushed)
    }),
  )
})
