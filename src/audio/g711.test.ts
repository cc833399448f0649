import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decodeMulaw, encodeMulaw } from './g711.ts'

const allCodes = Int16Array.from({ length: 256 }, (_, code) => code)
const hashOf = (data: Int16Array | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')

describe('µ-law', () => {
  it('gives the known levels of known codes', () => {
    expect([...decodeMulaw(Uint8Array.of(0x00, 0x7f, 0x80, 0xff, 0xce, 0x4e))]).toEqual([
      -32_124, 0, 32_124, 0, 988, -988,
    ])
  })

  it('gives the known codes of known levels', () => {
    expect([...encodeMulaw(Int16Array.of(0, 32_767, -32_768, 1000, -1000, 8, -8))]).toEqual([
      0xff, 0x80, 0x00, 0xce, 0x4e, 0xfe, 0x7e,
    ])
  })

  it("decodes all codes as CPython's audioop does", () => {
    expect(hashOf(decodeMulaw(allCodes))).toBe(
      '3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827',
    )
  })

  it('encodes the level of every code as that code, save negative zero', () => {
    const back = encodeMulaw(decodeMulaw(allCodes))
    expect([...back].filter((code, index) => code !== index)).toEqual([0xff])
  })

  it("encodes all positive samples as CPython's audioop does, and negative ones alike", () => {
    const positive = Int16Array.from({ length: 32_768 }, (_, sample) => sample)
    const codes = encodeMulaw(positive)
    expect(hashOf(Uint8Array.from(codes))).toBe(
      '912062bf9c931c7ebc1dc1fd1d74faf0cfefcd47e8408a3ed4d07aa59f0f1c20',
    )
    const mirrored = encodeMulaw(positive.subarray(1).map((sample) => -sample))
    expect(mirrored).toEqual(codes.subarray(1).map((code) => code & 0x7f))
  })
})
