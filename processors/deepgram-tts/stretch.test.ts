import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ProviderError, type SpokenPiece } from 'voxgraph/plugin'
import { Stretch } from './stretch.ts'

async function read(stretch: Stretch): Promise<readonly SpokenPiece[]> {
  const pieces: SpokenPiece[] = []
  for await (const piece of stretch.pieces) pieces.push(piece)
  return pieces
}

test('sound is whole and belongs to its span, however it is cut into messages', async () => {
  const spans = fc.array(fc.uint8Array({ minLength: 2, maxLength: 60 }), {
    minLength: 1,
    maxLength: 6,
  })
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 7 }))
  await fc.assert(
    fc.asyncProperty(spans, cuts, async (sounds, lengths) => {
      let ends = 0
      const format = { sampleRate: 16_000, encoding: 'pcm' } as const
      const stretch = new Stretch('deepgram-tts', format, () => ends++)
      const wire: Uint8Array[] = sounds.map((bytes) => bytes.subarray(0, bytes.length & ~1))
      for (const [index] of wire.entries()) {
        stretch.begin(index + 1)
        stretch.flush()
      }
      stretch.end()
      for (const bytes of wire) {
        for (let at = 0; at < bytes.length;) {
          const length = lengths.next().value ?? 1
          stretch.sound(bytes.subarray(at, at + length))
          at += length
        }
        expect(stretch.isOver).toBe(false)
        stretch.flushed()
      }
      expect([stretch.isOver, ends]).toEqual([true, 1])
      const pieces = await read(stretch)
      for (const [index, bytes] of wire.entries()) {
        const own = pieces.filter(({ span }) => span === index + 1)
        const joined = own.flatMap(({ samples }) => [...samples])
        expect(joined).toEqual([...new Int16Array(bytes.slice().buffer)])
      }
    }),
  )
})

const mulaw = { sampleRate: 8000, encoding: 'mulaw' } as const
const lost = new ProviderError('connectivity', { provider: 'deepgram-tts', reason: 'gone' })

test('sound that nobody asked for is dropped', async () => {
  const stretch = new Stretch('deepgram-tts', mulaw, () => undefined)
  stretch.sound(new Uint8Array(10))
  stretch.flushed()
  stretch.begin(1)
  stretch.flush()
  stretch.end()
  stretch.flushed()
  stretch.sound(new Uint8Array(10))
  expect(await read(stretch)).toEqual([])
})

test('a loss is a failure while sound is owed, behind what is there', async () => {
  const stretch = new Stretch('deepgram-tts', mulaw, () => undefined)
  stretch.begin(1)
  stretch.sound(new Uint8Array(10))
  stretch.fail(lost)
  const pieces = stretch.pieces[Symbol.asyncIterator]()
  expect((await pieces.next()).value).toMatchObject({ span: 1 })
  await expect(pieces.next()).rejects.toBe(lost)
})

test('a loss between two spans is none', async () => {
  const stretch = new Stretch('deepgram-tts', mulaw, () => undefined)
  stretch.begin(1)
  stretch.flush()
  stretch.sound(new Uint8Array(10))
  stretch.flushed()
  stretch.fail(lost)
  expect(await read(stretch)).toHaveLength(1)
})
