import type { Clock } from '../time/clock.ts'

/** What plays sound at the far end of a call, as a telephone or a page does: in real time, from a buffer. */
export interface FarEar {
  /** Takes sound to be played behind what is there. */
  play(samples: Int16Array): void
  /** Throws away what has not been played. */
  clear(): void
  /** What has been played, up to now, without the pauses between. */
  readonly heard: Int16Array
  /** The same, in ms. */
  readonly playedMs: number
}

/** Makes one; linear samples of one channel. Nothing is bounded: it is for tests. */
export function createFarEar(clock: Clock, sampleRate: number): FarEar {
  const pieces: { readonly from: number; samples: Int16Array }[] = []
  const lengthOf = (samples: Int16Array): number => (samples.length * 1000) / sampleRate
  const endsAt = (): number => {
    const last = pieces.at(-1)
    return last === undefined ? 0 : last.from + lengthOf(last.samples)
  }
  /** What of a piece has been played by now. */
  const playedOf = ({ from, samples }: (typeof pieces)[number]): Int16Array => {
    const ms = Math.max(0, clock.now() - from)
    return samples.subarray(0, Math.floor((ms * sampleRate) / 1000))
  }
  return {
    play(samples) {
      pieces.push({ from: Math.max(clock.now(), endsAt()), samples })
    },
    clear() {
      for (const piece of pieces) piece.samples = playedOf(piece)
    },
    get heard() {
      return Int16Array.from(pieces.flatMap((piece) => [...playedOf(piece)]))
    },
    get playedMs() {
      return pieces.reduce((sum, piece) => sum + lengthOf(playedOf(piece)), 0)
    },
  }
}
