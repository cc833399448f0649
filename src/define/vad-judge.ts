import { quiet, step, type Edge, type EdgeState } from './vad-edges.ts'
import { aboveNoise, hearFloor, isLostInPeaks, unheard, type FloorState } from './vad-floor.ts'

/** From which probability on a window counts as voice, and how the noise behind it changes that. */
export interface VadThresholds {
  /** What a window behind silence has to reach, 0 to 1. */
  readonly on: number
  /** What a window behind voice must not fall below, 0 to 1. */
  readonly off: number
  /** Sound that is so far above the noise floor is judged by `on` and `off` alone, in dB. */
  readonly clearDb: number
  /** Added to both for sound at the floor, and a part of it in between; all of it for peaks of restless noise. */
  readonly raise: number
}

/** What a judge goes by. Lengths in ms. */
export interface JudgeOptions {
  readonly startMs: number
  readonly stopMs: number
  readonly windowMs: number
  readonly thresholds: VadThresholds
}

/** Where a stream stands after some windows. */
export interface JudgeState {
  readonly edges: EdgeState
  readonly floor: FloorState
  readonly wasVoiced: boolean
}

/** A stream before its first window. */
export const unjudged: JudgeState = { edges: quiet, floor: unheard, wasVoiced: false }

/** Takes what an engine says of the next window, and how loud it is in dB of full scale. */
export function judge(
  state: JudgeState,
  probability: number,
  levelDb: number,
  options: JudgeOptions,
): { readonly state: JudgeState; readonly edge: Edge | undefined } {
  const { isSpeaking } = state.edges
  const floor = hearFloor(state.floor, levelDb, options.windowMs, !isSpeaking)
  const isNoise = !isSpeaking && isLostInPeaks(floor, levelDb)
  const aboveDb = isNoise ? 0 : aboveNoise(floor, levelDb)
  const wasVoiced = probability >= thresholdAt(state.wasVoiced, aboveDb, options.thresholds)
  const { state: edges, edge } = step(state.edges, wasVoiced, options)
  return { state: { edges, floor, wasVoiced }, edge }
}

function thresholdAt(wasVoiced: boolean, aboveDb: number, thresholds: VadThresholds): number {
  const { on, off, clearDb, raise } = thresholds
  return (wasVoiced ? off : on) + raise * (1 - Math.min(1, aboveDb / clearDb))
}
