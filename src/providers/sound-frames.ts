import type { SpeechFormat, SpokenPiece } from '../define/index.ts'
import { audio, type AudioFrame, type Word } from '../frames/index.ts'

/** Length of the frames, in ms. */
const frameMs = 20

/**
 * Cuts what a voice gives into frames of 20 ms. Words ride on the next frame of their span, so up to 20 ms of
 * sound are held back until it is known that more comes. Subscribes when it is read; ends with the voice.
 */
export async function* soundFrames(
  pieces: AsyncIterable<SpokenPiece>,
  { sampleRate, encoding }: SpeechFormat,
): AsyncGenerator<AudioFrame> {
  const perFrame = (sampleRate * frameMs) / 1000
  let span = 0
  let rest = new Int16Array(0)
  let words: Word[] = []
  const frame = (samples: Int16Array): AudioFrame => {
    const begun = words.length === 0 ? undefined : words
    words = []
    return audio({ role: 'agent', samples, sampleRate, encoding, span, words: begun })
  }
  for await (const piece of pieces) {
    if (piece.span !== span) {
      if (rest.length > 0) yield frame(rest)
      rest = new Int16Array(0)
      words = []
      span = piece.span
    }
    if (span !== 0) words.push(...(piece.words ?? []))
    const sound = joined(rest, piece.samples)
    let at = 0
    // The last one waits: the words that come with the next piece may need it.
    for (; at + perFrame < sound.length; at += perFrame) yield frame(sound.slice(at, at + perFrame))
    rest = sound.slice(at)
  }
  if (rest.length > 0) yield frame(rest)
}

function joined(one: Int16Array, other: Int16Array): Int16Array<ArrayBuffer> {
  const all = new Int16Array(one.length + other.length)
  all.set(one)
  all.set(other, one.length)
  return all
}
