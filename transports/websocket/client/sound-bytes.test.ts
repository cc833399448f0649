import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToPcm, decodeMulaw, encodeMulaw, pcmToBytes } from 'voxgraph/plugin'
import { loudness, readSound, writeSound } from './sound-bytes.ts'

const pcm = { encoding: 'pcm', sampleRate: 16_000 } as const
const mulaw = { encoding: 'mulaw', sampleRate: 8000 } as const
const samples = fc.int16Array()
const floats = (from: Int16Array): Float32Array => Float32Array.from(from, (one) => one / 32_768)
const buffer = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

describe('sound of the wire', () => {
  it('is what the server writes and reads, linear', () => {
    fc.assert(
      fc.property(samples, (sound) => {
        expect(bytesToPcm(Buffer.from(writeSound(floats(sound), pcm)))).toEqual(sound)
        expect(readSound(buffer(pcmToBytes(sound)), pcm)).toEqual(floats(sound))
      }),
    )
  })

  it('is what the server writes and reads, in µ-law', () => {
    fc.assert(
      fc.property(samples, (sound) => {
        const coded = Uint8Array.from(encodeMulaw(sound))
        expect(new Uint8Array(writeSound(floats(sound), mulaw))).toEqual(coded)
        expect(readSound(coded.buffer, mulaw)).toEqual(floats(decodeMulaw(coded)))
      }),
    )
  })

  it('is clipped where it is too loud, and measured', () => {
    const loud = writeSound(Float32Array.of(2, -2, 0), pcm)
    expect([...new Int16Array(loud)]).toEqual([32_767, -32_768, 0])
    expect(loudness(Float32Array.of(0.5, -0.5))).toBe(0.5)
    expect(loudness(new Float32Array())).toBe(0)
  })
})
