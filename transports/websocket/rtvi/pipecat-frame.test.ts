import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePipecat, encodePipecat } from './pipecat-frame.ts'
import { stockSerializer } from '../../../test/pipecat/stock-client.ts'

const theirs = await stockSerializer()
const samples = fc.array(fc.integer({ min: -32_768, max: 32_767 }), { maxLength: 400 })
const rate = fc.integer({ min: 8000, max: 48_000 })

/** What is read of a frame, with its samples as an array. */
function read(bytes: Uint8Array): unknown {
  const frame = decodePipecat(bytes)
  return frame.kind === 'audio' ? { ...frame, samples: [...frame.samples] } : frame
}

describe('a frame of the package pipecat', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(samples, rate, fc.string({ unit: 'grapheme' }), (given, sampleRate, data) => {
        const sound = Int16Array.from(given)
        const frame = { kind: 'audio', samples: sound, sampleRate, channels: 1 } as const
        expect(read(encodePipecat(frame))).toEqual({ ...frame, samples: given })
        const message = { kind: 'message', data } as const
        expect(read(encodePipecat(message))).toEqual(message)
      }),
    )
  })

  it('is read as the stock client writes it', () => {
    fc.assert(
      fc.property(samples, rate, fc.json(), (given, sampleRate, data) => {
        const { buffer } = Int16Array.from(given)
        expect(read(theirs.serializeAudio(buffer, sampleRate, 1))).toEqual({
          kind: 'audio',
          samples: given,
          sampleRate,
          channels: 1,
        })
        const said = { id: '1', label: 'rtvi-ai', type: 'x', data }
        expect(read(theirs.serializeMessage(said))).toEqual({
          kind: 'message',
          data: JSON.stringify(said),
        })
      }),
    )
  })

  it('is written as the stock client reads it', async () => {
    await fc.assert(
      fc.asyncProperty(samples, fc.json(), async (given, text) => {
        const sound = Int16Array.from(given)
        const frame = { kind: 'audio', samples: sound, sampleRate: 24_000, channels: 1 } as const
        const heard = await theirs.deserialize(new Blob([encodePipecat(frame).slice()]))
        expect(heard).toEqual({ type: 'audio', audio: sound })
        const bytes = encodePipecat({ kind: 'message', data: text })
        const message: unknown = JSON.parse(text)
        expect(await theirs.deserialize(new Blob([bytes.slice()]))).toEqual({
          type: 'message',
          message,
        })
      }),
      { numRuns: 30 },
    )
  })

  it('is refused, or something that is known, whatever the bytes are', () => {
    const good = encodePipecat({ kind: 'message', data: '{"label":"rtvi-ai"}' })
    const damaged = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
      .map((changes) => {
        const bytes = good.slice()
        for (const [at, value] of changes) bytes[at] = value
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (bytes) => {
        const frame = decodePipecat(bytes)
        expect(['audio', 'message', 'other', 'fault']).toContain(frame.kind)
        if (frame.kind === 'message') expect(frame.data.length).toBeLessThanOrEqual(bytes.length)
        if (frame.kind === 'audio') {
          expect(frame.samples.length * 2).toBeLessThanOrEqual(bytes.length)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['nothing', []],
    ['a length beyond its end', [0x22, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a text that is not UTF-8', [0x22, 3, 0x0a, 1, 0xff]],
    ['groups in groups', Array.from({ length: 60_000 }, () => 0x33)],
    ['sound of half a sample', [0x12, 9, 0x1a, 1, 1, 0x20, 0x80, 0x7d, 0x28, 1, 0]],
    ['sound without a rate', [0x12, 4, 0x1a, 2, 1, 0]],
    ['sound of nine channels', [0x12, 9, 0x1a, 2, 1, 0, 0x20, 0x80, 0x7d, 0x28, 9]],
  ])('is refused when it is %s', (_what, bytes) => {
    expect(decodePipecat(Uint8Array.from(bytes)).kind).toBe('fault')
  })

  it('may be of a kind that says nothing here', () => {
    const text = Uint8Array.from([0x0a, 4, 0x1a, 2, 0x68, 0x69])
    expect(decodePipecat(text)).toEqual({ kind: 'other' })
  })
})
