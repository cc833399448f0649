import { durationMs, type AudioFrame } from '../frames/index.ts'

/** The first `sliceMs` of a frame, or the frame itself when it is no longer; shares its samples. */
export function sliceOf(frame: AudioFrame, sliceMs: number): AudioFrame {
  if (durationMs(frame) <= sliceMs) return frame
  const samples = Math.max(1, Math.floor((frame.sampleRate * sliceMs) / 1000)) * frame.channels
  return { ...frame, samples: frame.samples.subarray(0, samples) }
}

/** What of `frame` comes after `slice`, its beginning; shares its samples. */
export const cutFrame = (frame: AudioFrame, slice: AudioFrame): AudioFrame =>
  restOf(frame, slice.samples.length)

/** A frame from its sample number `from` on (all channels counted); shares its samples. */
export const restOf = (frame: AudioFrame, from: number): AudioFrame =>
  from === 0 ? frame : { ...frame, samples: frame.samples.subarray(from) }

/** Milliseconds to the microsecond, so that sums of fractions read well. */
export const tidyMs = (ms: number): number => Math.round(ms * 1000) / 1000
