/** What is known of the quiet behind the speech. Levels are in dB of full scale. */
export interface FloorState {
  /** Windows in the current second. */
  readonly windows: number
  /** Least level of the current second, and of the one before. */
  readonly current: number
  readonly previous: number
}

/** A stream before its first window. */
export const unheard: FloorState = { windows: 0, current: Infinity, previous: Infinity }

/** How far above the floor a voice is, in dB: less lets noise in, more cuts soft consonants. */
const marginDb = 9
/** The floor is never taken to be lower, in dB of full scale: digital silence is no measure. */
const lowestFloorDb = -60

/**
 * Follows the noise floor: the least level of the last one to two seconds, since even fluent speech has
 * pauses of 20 ms in that time.
 *
 * @param windowMs length of a window
 */
export function hearFloor(state: FloorState, levelDb: number, windowMs: number): FloorState {
  const windows = state.windows + 1
  const current = Math.min(state.current, levelDb)
  if (windows * windowMs < 1000) return { windows, current, previous: state.previous }
  return { windows: 0, current: Infinity, previous: current }
}

/** Whether a level stands out from the floor. */
export function isAboveFloor(state: FloorState, levelDb: number): boolean {
  const floor = Math.max(lowestFloorDb, Math.min(state.current, state.previous))
  return levelDb > floor + marginDb
}

/** Level of a window in dB of full scale; −120 for digital silence. */
export function levelOf(samples: Int16Array): number {
  let power = 0
  for (const sample of samples) power += sample * sample
  return 10 * Math.log10(power / (samples.length * 32_768 ** 2) + 1e-12)
}
