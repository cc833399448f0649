/** Times of a stream into which silence was put that nobody pushed. */
export interface StreamTimes {
  /** Sound that was pushed, in ms. */
  readonly pushedMs: number
  /** Sound of the caller goes into the stream. */
  sound(lengthMs: number): void
  /** Silence of our own goes into the stream. */
  silence(lengthMs: number): void
  /** Where in the pushed sound a time of the stream is; never beyond what was pushed. */
  pushedAt(streamMs: number): number
}

/** Counts what goes into a stream, and what of it was pushed. */
export function createStreamTimes(): StreamTimes {
  /** Where silence was put in, in times of the stream, and how much there is up to its end. */
  const gaps: { readonly fromMs: number; untilMs: number; totalMs: number }[] = []
  let streamMs = 0
  let addedMs = 0
  return {
    get pushedMs() {
      return streamMs - addedMs
    },
    sound(lengthMs) {
      streamMs += lengthMs
    },
    silence(lengthMs) {
      addedMs += lengthMs
      const last = gaps.at(-1)
      // One stretch, however many pieces.
      if (last?.untilMs === streamMs) {
        last.untilMs += lengthMs
        last.totalMs = addedMs
      } else gaps.push({ fromMs: streamMs, untilMs: streamMs + lengthMs, totalMs: addedMs })
      streamMs += lengthMs
    },
    pushedAt(ms) {
      const at = Math.min(Math.max(ms, 0), streamMs)
      const gap = gaps.findLast(({ fromMs }) => fromMs <= at)
      if (gap === undefined) return at
      return Math.max(at, gap.untilMs) - gap.totalMs
    },
  }
}
