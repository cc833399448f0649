/** One stretch of sound that was played. */
export interface Played {
  /** When its first sample was played, in ms. */
  readonly at: number
  readonly samples: Int16Array
}

/**
 * A telephone as a caller holds it: plays what comes, at once and at the pace of hearing, and nothing of what
 * is taken back. Times are ms of one clock; what was played is known to the sample.
 */
export class FarEnd {
  /** What was played since the last reset, in order. */
  played: Played[] = []
  readonly #sampleRate: number
  #line: Int16Array[] = []
  /** Until when what was played reaches. */
  #playedTo = 0
  #playedSamples = 0

  constructor(sampleRate: number) {
    this.#sampleRate = sampleRate
  }

  /** Sound of what was received that was played, ever, in ms. */
  get playedMs(): number {
    return (this.#playedSamples * 1000) / this.#sampleRate
  }

  take(samples: Int16Array, now: number): void {
    this.settle(now)
    if (this.#line.length === 0) this.#playedTo = Math.max(this.#playedTo, now)
    this.#line.push(samples)
  }

  clear(now: number): void {
    this.settle(now)
    this.#line = []
  }

  /** Plays what is due. */
  settle(now: number): void {
    for (;;) {
      const [first] = this.#line
      if (first === undefined) return
      const due = Math.floor(((now - this.#playedTo) * this.#sampleRate) / 1000)
      if (due <= 0) return
      const part = first.subarray(0, due)
      this.played.push({ at: this.#playedTo, samples: part })
      this.#playedSamples += part.length
      this.#playedTo += (part.length * 1000) / this.#sampleRate
      if (part.length === first.length) this.#line.shift()
      else this.#line[0] = first.subarray(part.length)
    }
  }

  /** When the last sample was played that is not silence; undefined when there was none. */
  lastSoundAt(): number | undefined {
    for (const { at, samples } of this.played.toReversed()) {
      const last = samples.findLastIndex((sample) => Math.abs(sample) > quiet)
      if (last >= 0) return at + (last * 1000) / this.#sampleRate
    }
    return undefined
  }

  /** Forgets what was played so far. */
  reset(): void {
    this.played = []
  }
}

/** Samples below this are silence: -70 dB of full scale. */
const quiet = 10
