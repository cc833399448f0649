import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { VoxgraphError } from '../errors/index.ts'
import { createWavWriter } from './wav-writer.ts'
import { decodeWav, readWav } from './wav.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-wav-'))
})
afterAll(() => rm(folder, { recursive: true }))

interface Layout {
  tag?: number
  channels?: number
  rate?: number
  bits?: number
  extra?: Buffer
  dataLength?: number
}

/** A WAV file by hand. */
function wav(data: Buffer, layout: Layout = {}): Buffer {
  const { tag = 1, channels = 1, rate = 8000, bits = 16, extra = Buffer.alloc(0) } = layout
  const format = Buffer.alloc(16)
  format.writeUInt16LE(tag, 0)
  format.writeUInt16LE(channels, 2)
  format.writeUInt32LE(rate, 4)
  format.writeUInt16LE(bits, 14)
  const chunk = (name: string, body: Buffer, length = body.length): Buffer => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32LE(length, 4)
    return Buffer.concat([head, body, Buffer.alloc(body.length % 2)])
  }
  const chunks = Buffer.concat([
    Buffer.from('WAVE'),
    chunk('fmt ', Buffer.concat([format, extra])),
    chunk('LIST', Buffer.from('odd')),
    chunk('data', data, layout.dataLength),
  ])
  return chunk('RIFF', chunks)
}

const listOf = (bytes: Buffer): number[] => [...decodeWav(bytes).samples]

describe('reading WAV', () => {
  it('reads PCM of 8, 16, 24 and 32 bits', () => {
    expect(listOf(wav(Buffer.of(0, 128, 255), { bits: 8 }))).toEqual([-32_768, 0, 32_512])
    expect(listOf(wav(Buffer.from(Int16Array.of(1, -2).buffer)))).toEqual([1, -2])
    expect(listOf(wav(Buffer.of(9, 1, 0, 9, 0xfe, 0xff), { bits: 24 }))).toEqual([1, -2])
    const wide = Buffer.from(Int32Array.of(65_536, -131_072).buffer)
    expect(listOf(wav(wide, { bits: 32 }))).toEqual([1, -2])
  })

  it('reads floats and µ-law', () => {
    const float = Buffer.from(Float32Array.of(0, 0.5, -2, Number.NaN).buffer)
    expect(listOf(wav(float, { tag: 3, bits: 32 }))).toEqual([0, 16_384, -32_768, 0])
    const double = Buffer.from(Float64Array.of(1, -1).buffer)
    expect(listOf(wav(double, { tag: 3, bits: 64 }))).toEqual([32_767, -32_768])
    expect(listOf(wav(Buffer.of(0xff, 0xce), { tag: 7, bits: 8 }))).toEqual([0, 988])
  })

  it('reads the extensible form, and more than one channel', () => {
    const extra = Buffer.alloc(24)
    extra.writeUInt16LE(22, 0)
    extra.writeUInt16LE(1, 8)
    const bytes = wav(Buffer.from(Int16Array.of(1, 2, 3, 4, 5).buffer), {
      tag: 0xfffe,
      channels: 2,
      extra,
    })
    expect(decodeWav(bytes)).toEqual({
      sampleRate: 8000,
      channels: 2,
      samples: Int16Array.of(1, 2, 3, 4),
    })
  })

  it('reads a file whose header was never brought up to date', () => {
    const data = Buffer.from(Int16Array.of(1, 2).buffer)
    expect(listOf(wav(data, { dataLength: 0xffff_ffff }))).toEqual([1, 2])
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'it does not begin with RIFF and WAVE'],
    ['text', Buffer.from('this is some text'), 'it does not begin with RIFF and WAVE'],
    ['a bare header', Buffer.from('RIFF\0\0\0\0WAVE'), 'it holds no sound'],
    ['no channel', wav(Buffer.alloc(2), { channels: 0 }), 'it has 0 channels'],
    ['no rate', wav(Buffer.alloc(2), { rate: 0 }), 'its rate is 0 Hz'],
    ['MP3 inside', wav(Buffer.alloc(2), { tag: 85 }), 'its format is 85 with 16 bits'],
    ['12 bits', wav(Buffer.alloc(2), { bits: 12 }), 'its format is 1 with 12 bits'],
  ])('refuses %s', (_name, bytes, reason) => {
    expect(() => decodeWav(bytes, 'x.wav')).toThrow(
      `x.wav is not a WAV file that can be read: ${reason}.`,
    )
  })

  it('throws nothing but coded errors at damaged files', () => {
    const whole = wav(Buffer.alloc(40))
    const flip = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(fc.array(flip, { maxLength: 5 }), fc.nat(whole.length), (flips, cut) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of flips) bytes[at] = value
        try {
          decodeWav(bytes.subarray(0, cut))
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(VoxgraphError)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it('says which file cannot be read, and why', async () => {
    const path = join(folder, 'missing.wav')
    await expect(readWav(path)).rejects.toThrow(
      `${path} cannot be read: there is no such file or folder.`,
    )
    await expect(readWav(folder)).rejects.toThrow('it is a folder')
  })
})

describe('writing WAV', () => {
  it('writes what can be read back', async () => {
    const path = join(folder, 'deep', 'er', 'stereo.wav')
    const writer = await createWavWriter({ path, sampleRate: 16_000, channels: 2 })
    await writer.write(Int16Array.of(1, 2, 3, 4))
    await writer.silence(2)
    await writer.write(Int16Array.of(5, 6))
    await writer.silence(1)
    await writer.close()
    await writer.close()
    expect(await readWav(path)).toEqual({
      sampleRate: 16_000,
      channels: 2,
      samples: Int16Array.of(1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 0, 0),
    })
    expect((await stat(path)).size).toBe(44 + 24)
  })

  it('is a valid file before the first sample and after every batch', async () => {
    const path = join(folder, 'early.wav')
    const writer = await createWavWriter({ path, sampleRate: 8000 })
    expect((await readWav(path)).samples).toHaveLength(0)
    const second = Int16Array.from({ length: 8000 }, (_, index) => index)
    for (let count = 0; count < 100; count++) {
      await writer.write(second)
      const bytes = await readFile(path)
      expect(bytes.readUInt32LE(40) + 44).toBeLessThanOrEqual(bytes.length)
      expect(decodeWav(bytes).samples.length % 8000).toBe(0)
    }
    await writer.close()
    expect((await readWav(path)).samples).toHaveLength(800_000)
  })

  it('asks to wait when the disk is behind', async () => {
    const writer = await createWavWriter({ path: join(folder, 'slow.wav'), sampleRate: 8000 })
    const waits = Array.from({ length: 20 }, () => writer.write(new Int16Array(65_536)))
    expect(waits[0]).toBeUndefined()
    expect(waits.at(-1)).toBeInstanceOf(Promise)
    await waits.at(-1)
    await writer.close()
  })

  it('says why a file cannot be made', async () => {
    const blocker = join(folder, 'a-file')
    await writeFile(blocker, '')
    const path = join(blocker, 'x.wav')
    await expect(createWavWriter({ path, sampleRate: 8000 })).rejects.toThrow(
      `${path} cannot be written: a part of its path is not a folder.`,
    )
    await expect(createWavWriter({ path: folder, sampleRate: 8000 })).rejects.toThrow('a folder')
  })

  it('tells of a failure once, gives up, and leaves a valid file', async () => {
    const path = join(folder, 'long.wav')
    const writer = await createWavWriter({ path, sampleRate: 8000 })
    void writer.write(new Int16Array(100).fill(7))
    void writer.silence(2 ** 31)
    await writer.write(new Int16Array(1_000_000))
    expect(() => writer.write(new Int16Array(1))).toThrow(
      `${path} cannot be written: a WAV file cannot be longer than 4 GiB.`,
    )
    expect(writer.write(new Int16Array(1))).toBeUndefined()
    await writer.close()
    expect((await readWav(path)).samples).toEqual(new Int16Array(100).fill(7))
  })

  it('tells at the end when nobody was told before', async () => {
    const writer = await createWavWriter({ path: join(folder, 'end.wav'), sampleRate: 8000 })
    void writer.silence(2 ** 31)
    await expect(writer.close()).rejects.toThrow('4 GiB')
  })

  it.runIf(existsSync('/dev/full'))('says that the disk is full', async () => {
    const path = '/dev/full'
    await expect(createWavWriter({ path, sampleRate: 8000 })).rejects.toThrow('the disk is full')
  })
})
