import { concat } from '../audio/resampler.ts'
import type { SpeechFormat, SpokenPiece } from '../define/index.ts'
import { audio, type AudioFrame, type Word } from '../frames/index.ts'

/** Length of the frames, in ms. */
const frameMs = 20

/**
 * Cuts what a voice gives into frames of 20 ms. A word rides on the frame in which it begins, or on the next
 * when it is known later, so up to 20 ms of sound are held back until it is known what comes. Subscribes
 * when it is read; ends with the voice.
 */
export async function* soundFrames(
  pieces: AsyncIterable<SpokenPiece>,
  { sampleRate, encoding }: SpeechFormat,
): AsyncGenerator<AudioFrame> {
  const perFrame = (sampleRate * frameMs) / 1000
  let span = 0
  let rest: Int16Array = new Int16Array(0)
  let words: Word[] = []
  /** Where the next frame begins in its span, in ms. */
  let fromMs = 0
  const frame = (samples: Int16Array, isLast: boolean): AudioFrame => {
    fromMs += (samples.length * 1000) / sampleRate
    const later = isLast ? -1 : words.findIndex(({ startMs }) => startMs >= fromMs)
    const begun = words.splice(0, later === -1 ? words.length : later)
    const said = begun.length === 0 ? undefined : begun
    return audio({ role: 'agent', samples, sampleRate, encoding, span, words: said })
  }
  for await (const piece of pieces) {
    if (piece.span !== span) {
      if (rest.length > 0) yield frame(rest, true)
      rest = new Int16Array(0)
      words = []
      fromMs = 0
      span = piece.span
    }
    // Times count from the beginning of a span, so there are none without.
    if (span !== 0) words.push(...(piece.words ?? []))
    const sound = rest.length === 0 ? piece.samples : concat([rest, piece.samples])
    let at = 0
    for (; at + perFrame < sound.length; at += perFrame) {
      yield frame(sound.slice(at, at + perFrame), false)
    }
    rest = sound.slice(at)
  }
  if (rest.length > 0) yield frame(rest, true)
}
