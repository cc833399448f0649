import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createWindows } from './vad-windows.ts'

describe('windows', () => {
  it('are the stream in equal parts, whatever pieces it comes in', () => {
    const pieces = fc.array(fc.integer({ min: 0, max: 700 }), { maxLength: 20 })
    fc.assert(
      fc.property(pieces, fc.integer({ min: 1, max: 512 }), (lengths, length) => {
        const windows = createWindows(length)
        const cut: number[] = []
        let sent = 0
        for (const size of lengths) {
          const piece = Int16Array.from({ length: size }, (_, index) => sent + index)
          sent += size
          for (const { samples, behind } of windows.take(piece)) {
            expect(samples.length).toBe(length)
            expect(samples.at(-1)).toBe(sent - behind - 1)
            cut.push(...samples)
          }
        }
        expect(cut).toEqual(Array.from({ length: sent - (sent % length) }, (_, index) => index))
        expect(windows.waiting).toBe(sent % length)
      }),
    )
  })
})
