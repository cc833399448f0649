/** The sound of the turn in hand, the last seconds of it. */
export interface TurnSound {
  /** Takes the next samples of the caller's sound, spoken or silent. */
  take(samples: Int16Array): void
  /** The turn has begun `backSamples` ago: nothing older belongs to it. */
  begin(backSamples: number): void
  /** A copy of what there is of the turn, oldest first. */
  all(): Int16Array
}

/** Makes the memory of one call: a ring of `size` samples, all that it ever takes. */
export function createTurnSound(size: number): TurnSound {
  const ring = new Int16Array(size)
  /** Where the next sample goes. */
  let at = 0
  /** Samples taken so far; no more than `size` of them are there. */
  let held = 0
  /** Samples of the turn. */
  let length = 0

  return {
    take(samples) {
      const kept = samples.subarray(Math.max(0, samples.length - size))
      const untilEnd = Math.min(kept.length, size - at)
      ring.set(kept.subarray(0, untilEnd), at)
      ring.set(kept.subarray(untilEnd), 0)
      at = (at + kept.length) % size
      held = Math.min(size, held + kept.length)
      length = Math.min(size, length + kept.length)
    },
    begin(backSamples) {
      length = Math.min(held, Math.max(0, Math.round(backSamples)))
    },
    all() {
      const from = (at - length + size) % size
      const turn = new Int16Array(length)
      const untilEnd = Math.min(length, size - from)
      turn.set(ring.subarray(from, from + untilEnd))
      turn.set(ring.subarray(0, length - untilEnd), untilEnd)
      return turn
    },
  }
}
