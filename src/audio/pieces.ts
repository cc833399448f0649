import { durationMs, type AudioFrame } from '../frames/index.ts'

/** One span on its way. Positions are ms of sound handed over since the pacer was made. */
export interface Span {
  readonly span: number
  readonly response: number
  /** Position of its first sample; undefined while all of it still waits. */
  from: number | undefined
  /** Position after the last of its samples that was handed over. */
  until: number
  /** Pieces in line. */
  waiting: number
  /** Nothing more will be pushed. */
  closed: boolean
  started: boolean
  reportedAt: number
}

/** Sound in line. */
export interface Waiting {
  frame: AudioFrame
  readonly span: Span
  done: (() => void) | undefined
}

/** Sound handed over and not heard to its end. */
export interface Piece {
  readonly frame: AudioFrame
  readonly span: Span
  readonly from: number
  readonly until: number
}

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
