import type { AudioFrame } from 'voxgraph/plugin'
import type { StereoLine } from './stereo-line.ts'

/** The caller's sound on its way to the recording. */
export interface CallerTrack {
  /** `endsAt` is the position at which the sound was over: it came when its last sample was spoken. */
  take(frame: AudioFrame, endsAt: number): void
  /** Puts in place what is undecided. */
  settle(): void
}

/** Deviation from the clock that is taken as jitter, in ms. */
const toleranceMs = 60
/** How long a late frame may turn out to be the first of a burst, in ms. */
const burstMs = 200
/** Peak below which a frame may be left out to catch up with the clock: −50 dB of full scale. */
const quietPeak = 100

/**
 * Puts the caller's sound in place by counting its samples. Frames that come late in a burst (a network
 * that stalled) follow each other without a gap; a gap that stays is silence in the recording. When
 * sound came faster than time passes, quiet frames are left out until it is in step again. At most
 * 200 ms are held back.
 */
export function createCallerTrack(line: StereoLine, sampleRate: number): CallerTrack {
  const tolerance = (sampleRate * toleranceMs) / 1000
  const burst = (sampleRate * burstMs) / 1000
  let next: number | undefined
  let late: Int16Array[] = []
  let lateLength = 0
  let lateSince = 0
  let leastLag = Infinity

  function place(samples: Int16Array): void {
    line.put(0, next ?? 0, samples)
    next = (next ?? 0) + samples.length
  }
  function settle(): void {
    if (late.length > 0 && leastLag > tolerance) next = (next ?? 0) + leastLag
    for (const samples of late) place(samples)
    late = []
    lateLength = 0
    leastLag = Infinity
  }

  return {
    settle,
    take({ samples }, endsAt) {
      const ideal = endsAt - samples.length
      next ??= ideal
      const lag = ideal - (next + lateLength)
      if (late.length === 0 && lag <= tolerance) {
        if (lag >= -tolerance || !isQuiet(samples)) place(samples)
        return
      }
      if (late.length === 0) lateSince = endsAt
      late.push(samples)
      lateLength += samples.length
      leastLag = Math.min(leastLag, lag)
      if (leastLag <= tolerance || endsAt - lateSince >= burst) settle()
    },
  }
}

const isQuiet = (samples: Int16Array): boolean =>
  samples.every((sample) => Math.abs(sample) < quietPeak)
