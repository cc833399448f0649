import type { Clock } from 'voxgraph/plugin'

/** How often it is noted how much sound has gone out, in ms. */
const noteMs = 200
/** Sound that went out so long ago, in ms, and has not been looked at, never will be: Flux speaks of each 240 ms. */
const behindMs = 1500

/** Sees whether a stream keeps up with the sound that it is sent. */
export interface Lookout {
  /** So much sound has gone out so far, in ms. */
  sent(totalMs: number): void
  /** The stream has looked at the sound up to here, in ms. */
  looked(untilMs: number): void
  /** Sound that went out a second and a half ago has not been looked at. */
  isBehind(): boolean
}

/** Begins to look. Sound that is pushed faster than it was spoken counts from when it was pushed. */
export function createLookout(clock: Clock): Lookout {
  let notes: { readonly at: number; readonly ms: number }[] = []
  let lookedMs = 0
  return {
    sent(ms) {
      const at = clock.now()
      if (at - (notes.at(-1)?.at ?? -Infinity) >= noteMs) notes.push({ at, ms })
    },
    looked(untilMs) {
      lookedMs = Math.max(lookedMs, untilMs)
      notes = notes.filter(({ ms }) => ms > lookedMs)
    },
    isBehind: () => clock.now() - (notes[0]?.at ?? Infinity) >= behindMs,
  }
}
