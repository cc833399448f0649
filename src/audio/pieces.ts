import { durationMs, type AudioFrame, type Word } from '../frames/index.ts'

/** One span on its way. Positions are ms of sound at the far end, as `PlayoutLedger` counts them. */
export interface Span {
  readonly span: number
  readonly response: number
  /** Length of all that was pushed of it, in ms. */
  lengthMs: number
  /** How much of it was heard, in ms; what is heard twice counts once. */
  heardMs: number
  /** Its words so far; undefined as long as the voice does not say. */
  words: Word[] | undefined
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

/** Sound of a span. */
export interface Sound {
  readonly frame: AudioFrame
  readonly span: Span
  /** Where it stands in its span, in ms. */
  readonly at: number
}

/** Sound in line. */
export interface Waiting extends Sound {
  frame: AudioFrame
  at: number
  done: (() => void) | undefined
}

/** Sound handed over. */
export interface Piece {
  readonly frame: AudioFrame
  /** Undefined for the fading end of sound that was stopped: it counts as nothing heard. */
  readonly span: Span | undefined
  readonly at: number
  readonly from: number
  readonly until: number
}

/** A span of which nothing was pushed yet. */
export const newSpan = (span: number, response: number): Span => ({
  span,
  response,
  lengthMs: 0,
  heardMs: 0,
  words: undefined,
  from: undefined,
  until: 0,
  waiting: 0,
  closed: false,
  started: false,
  reportedAt: 0,
})

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

/** A piece that begins `at` ms into its span, with those of its words that begin in it. */
export function withOwnWords(frame: AudioFrame, at: number): AudioFrame {
  const { words } = frame
  if (words === undefined || words.length === 0) return frame
  const [from, until] = [tidyMs(at), tidyMs(at + durationMs(frame))]
  const own = words.filter(({ startMs }) => tidyMs(startMs) >= from && tidyMs(startMs) < until)
  return own.length === words.length ? frame : { ...frame, words: own }
}

/** Milliseconds to the microsecond, so that sums of fractions read well. */
export const tidyMs = (ms: number): number => Math.round(ms * 1000) / 1000
