import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SpokenPiece } from 'voxgraph/plugin'
import { Saying } from './saying.ts'

const { signal } = new AbortController()

test('sound is whole and belongs to its span, however it is cut into messages', async () => {
  const spans = fc.array(fc.uint8Array({ minLength: 2, maxLength: 60 }), {
    minLength: 1,
    maxLength: 6,
  })
  const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 7 }))
  await fc.assert(
    fc.asyncProperty(spans, cuts, async (sounds, lengths) => {
      const saying = new Saying('deepgram-tts', { sampleRate: 16_000, encoding: 'pcm' })
      const wire: Uint8Array[] = sounds.map((bytes) => bytes.subarray(0, bytes.length & ~1))
      const mouth = { text: () => undefined, flush: () => true }
      const text = (async function* () {
        for (const [index] of wire.entries()) yield { span: index + 1, text: 'word ' }
      })()
      await saying.say({ text, signal }, mouth)
      for (const bytes of wire) {
        for (let at = 0; at < bytes.length;) {
          const length = lengths.next().value ?? 1
          saying.sound(bytes.subarray(at, at + length))
          at += length
        }
        saying.flushed()
      }
      expect(saying.isOver).toBe(true)
      const pieces: SpokenPiece[] = []
      for await (const piece of saying.pieces(signal)) pieces.push(piece)
      for (const [index, bytes] of wire.entries()) {
        const own = pieces.filter(({ span }) => span === index + 1)
        const joined = own.flatMap(({ samples }) => [...samples])
        expect(joined).toEqual([...new Int16Array(bytes.slice().buffer)])
      }
    }),
  )
})

test('sound that nobody asked for is dropped', async () => {
  const saying = new Saying('deepgram-tts', { sampleRate: 8000, encoding: 'mulaw' })
  saying.sound(new Uint8Array(10))
  saying.flushed()
  const text = (async function* () {
    yield { span: 1, text: 'word' }
  })()
  await saying.say({ text, signal }, { text: () => undefined, flush: () => true })
  saying.flushed()
  saying.sound(new Uint8Array(10))
  const pieces: SpokenPiece[] = []
  for await (const piece of saying.pieces(signal)) pieces.push(piece)
  expect(pieces).toEqual([])
})
