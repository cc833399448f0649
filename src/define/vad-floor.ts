/** What is known of the noise behind the speech. Levels are in dB of full scale. */
export interface FloorState {
  /** Windows in the current second. */
  readonly windows: number
  /** Least level of the current second, and of the one before. */
  readonly current: number
  readonly previous: number
  /** How loud pauses are on average, and how long they have been heard, in ms. */
  readonly pauseDb: number
  readonly pauseMs: number
}

/** A stream before its first window. */
export const unheard: FloorState = {
  windows: 0,
  current: Infinity,
  previous: Infinity,
  pauseDb: 0,
  pauseMs: 0,
}

/** The floor is never taken to be lower, in dB of full scale: digital silence is no measure. */
const lowestFloorDb = -60
/** Pauses count for so long, in ms. */
const pauseMemoryMs = 3000
/** So much of pauses has to be heard before anything is said of them, in ms. */
const firstPauseMs = 1000
/** Noise whose average is so far above its floor is restless, in dB: steady noise stays below 3. */
const restlessDb = 5
/** Where the peaks of restless noise are: above its average by this share of what that is above the floor. */
const peakShare = 0.7

/**
 * Follows the noise: its floor, the least level of the last one to two seconds, since even fluent speech has
 * pauses of 20 ms in that time; and the average of the pauses, of which the first second of a call is one.
 *
 * @param windowMs length of a window
 */
export function hearFloor(
  state: FloorState,
  levelDb: number,
  windowMs: number,
  isPause: boolean,
): FloorState {
  const level = Math.max(lowestFloorDb, levelDb)
  const windows = state.windows + 1
  const current = Math.min(state.current, level)
  const pauseMs = state.pauseMs + (isPause ? windowMs : 0)
  const share = isPause ? windowMs / Math.min(pauseMs, pauseMemoryMs) : 0
  const pauseDb = state.pauseDb + share * (level - state.pauseDb)
  if (windows * windowMs < 1000) {
    return { windows, current, previous: state.previous, pauseDb, pauseMs }
  }
  return { windows: 0, current: Infinity, previous: current, pauseDb, pauseMs }
}

const floorOf = (state: FloorState): number => Math.min(state.current, state.previous)

/**
 * How far a level is above the noise, in dB; 0 for one that is not. The noise is as loud as pauses are on
 * average, once a second of them has been heard, but 5 dB above the floor at most; before, as the floor.
 */
export function aboveNoise(state: FloorState, levelDb: number): number {
  const floor = floorOf(state)
  const isKnown = state.pauseMs >= firstPauseMs
  const noise = isKnown ? Math.min(floor + restlessDb, Math.max(floor, state.pauseDb)) : floor
  return Math.max(0, levelDb - noise)
}

/**
 * Whether a level may be no more than a peak of restless noise: of other people who talk, of traffic. False
 * until a second of pauses has been heard.
 */
export function isLostInPeaks(state: FloorState, levelDb: number): boolean {
  const spread = state.pauseDb - floorOf(state)
  if (state.pauseMs < firstPauseMs || spread <= restlessDb) return false
  return levelDb < state.pauseDb + peakShare * spread
}

/** Level of a window in dB of full scale; −120 for digital silence. */
export function levelOf(samples: Int16Array): number {
  let power = 0
  for (const sample of samples) power += sample * sample
  return 10 * Math.log10(power / (samples.length * 32_768 ** 2) + 1e-12)
}
