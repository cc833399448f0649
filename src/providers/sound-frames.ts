import { concat } from '../audio/resampler.ts'
import type { SpeechFormat, SpokenPiece } from '../define/index.ts'
import { audio, type AudioFrame, type Word } from '../frames/index.ts'

/** Length of the frames, in ms. */
const frameMs = 20

/**
 * Cuts what a voice gives into frames of 20 ms. A word rides on the frame in which it begins, or on the next
 * one of its span when it comes later, so up to 20 ms of sound are held back until it is known that more
 * comes. Subscribes when it is read; ends with the voice, and fails as it does, behind all of its sound.
 */
export async function* soundFrames(
  pieces: AsyncIterable<SpokenPiece>,
  { sampleRate, encoding }: SpeechFormat,
): AsyncGenerator<AudioFrame> {
  const perFrame = (sampleRate * frameMs) / 1000
  let span = 0
  let rest: Int16Array = new Int16Array(0)
  let failure: { readonly thrown: unknown } | undefined
  /** Undefined until the voice has said where words of the span are. */
  let words: Word[] | undefined
  /** Length of the span's sound so far, in samples. */
  let length = 0
  const frame = (samples: Int16Array, isLast = false): AudioFrame => {
    length += samples.length
    const untilMs = isLast ? Infinity : (length * 1000) / sampleRate
    const next = words?.findIndex(({ startMs }) => startMs >= untilMs) ?? -1
    const begun = words?.splice(0, next < 0 ? words.length : next)
    return audio({ role: 'agent', samples, sampleRate, encoding, span, words: begun })
  }
  try {
    for await (const piece of pieces) {
      if (piece.span !== span) {
        if (rest.length > 0) yield frame(rest, true)
        rest = new Int16Array(0)
        words = undefined
        length = 0
        span = piece.span
      }
      if (span !== 0 && piece.words !== undefined) words = [...(words ?? []), ...piece.words]
      const sound = concat([rest, piece.samples])
      let at = 0
      // The last one waits: the words that come with the next piece may need it.
      for (; at + perFrame < sound.length; at += perFrame)
        yield frame(sound.slice(at, at + perFrame))
      rest = sound.slice(at)
    }
  } catch (thrown) {
    failure = { thrown }
  }
  if (rest.length > 0) yield frame(rest, true)
  if (failure !== undefined) throw failure.thrown
}
