import type { SpeechFormat } from '../define/index.ts'

/** Sound that waits to be settled, in pieces of one stream. */
interface Piece {
  readonly fromMs: number
  readonly samples: Int16Array
}

/** Most that is kept for a recogniser that has lost it, in ms: longer than anybody speaks without a pause. */
const mostMs = 60_000

/** The caller's sound that a recogniser has not settled: what is pushed again when its stream breaks. */
export class Unsettled {
  readonly #rate: number
  readonly #pieces: Piece[] = []
  #untilMs = 0

  constructor({ sampleRate }: SpeechFormat) {
    this.#rate = sampleRate
  }

  /** Where the sound ends that has come so far, in ms from the beginning of the call. */
  get untilMs(): number {
    return this.#untilMs
  }

  /** Where the sound begins that is kept, in the same measure. */
  get fromMs(): number {
    return this.#pieces[0]?.fromMs ?? this.#untilMs
  }

  /** The sound that is kept, in order. */
  get sound(): readonly Int16Array[] {
    return this.#pieces.map(({ samples }) => samples)
  }

  push(samples: Int16Array): void {
    this.#pieces.push({ fromMs: this.#untilMs, samples })
    this.#untilMs += this.#msOf(samples.length)
    this.settle(this.#untilMs - mostMs)
  }

  /** Everything before this point is settled; a piece in which it lies is cut there. */
  settle(atMs: number): void {
    for (let first = this.#pieces[0]; first !== undefined; first = this.#pieces[0]) {
      if (first.fromMs >= atMs) return
      const settled = Math.round(((atMs - first.fromMs) * this.#rate) / 1000)
      const { samples } = first
      if (settled < samples.length) {
        const fromMs = first.fromMs + this.#msOf(settled)
        this.#pieces[0] = { fromMs, samples: samples.subarray(settled) }
        return
      }
      this.#pieces.shift()
    }
  }

  #msOf(length: number): number {
    return (length * 1000) / this.#rate
  }
}
