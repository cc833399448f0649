import { durationMs, type AudioFrame } from '../frames/index.ts'
import { decodeMulaw, encodeMulaw } from './g711.ts'

/** Length of a fade, in ms: long enough that nothing clicks, too short to be heard as one. */
export const fadeMs = 5

/**
 * A frame whose loudness goes from `gain` to `gain` + `slope` × its length in ms, linear, between 0 and 1.
 * New samples; the frame itself when nothing changes.
 */
export function ramp(frame: AudioFrame, gain: number, slope: number): AudioFrame {
  const perFrame = (slope * 1000) / frame.sampleRate
  if (gain >= 1 && slope >= 0) return frame
  const linear = frame.encoding === 'mulaw' ? decodeMulaw(frame.samples) : frame.samples
  const faded = new Int16Array(linear.length)
  for (let index = 0; index < linear.length; index++) {
    const now = gain + perFrame * Math.floor(index / frame.channels)
    faded[index] = Math.round((linear[index] ?? 0) * Math.min(1, Math.max(0, now)))
  }
  return { ...frame, samples: frame.encoding === 'mulaw' ? encodeMulaw(faded) : faded }
}

/**
 * The fading end of sound that is stopped: the first 5 ms of what would have come next, from `gain` to
 * nothing. It belongs to no response and to no span. Undefined when there is nothing left of it.
 */
export function fadingEnd(next: readonly AudioFrame[], gain: number): AudioFrame | undefined {
  const [first] = next
  if (first === undefined) return undefined
  const length = Math.round((first.sampleRate * fadeMs) / 1000) * first.channels
  const samples = new Int16Array(length)
  let filled = 0
  for (const frame of next) {
    if (filled === length || !isSameFormat(frame, first)) break
    const part = frame.samples.subarray(0, length - filled)
    samples.set(part, filled)
    filled += part.length
  }
  const end = { ...first, samples: samples.subarray(0, filled) }
  const plain = { ...end, id: 0, response: 0, span: 0, words: undefined }
  return ramp(plain, gain, -gain / durationMs(end))
}

const isSameFormat = (a: AudioFrame, b: AudioFrame): boolean =>
  a.sampleRate === b.sampleRate && a.channels === b.channels && a.encoding === b.encoding
