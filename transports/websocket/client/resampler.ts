/** Zero crossings of the filter on either side; with a Hann window the stop band is 44 dB down. */
const crossings = 16
/** Where the filter cuts off, as a part of the lower Nyquist frequency; the rest is its slope. */
const cutoff = 0.9
/** Places of the filter between two crossings that are worked out; between them it is a straight line. */
const steps = 256

/** The right half of a windowed sinc, `steps` places per crossing. */
function makeFilter(): Float32Array {
  const length = crossings * steps
  return Float32Array.from({ length: length + 2 }, (_, place) => {
    if (place >= length) return 0
    const x = (Math.PI * place * cutoff) / steps
    const window = 0.5 + 0.5 * Math.cos((Math.PI * place) / length)
    return (place === 0 ? cutoff : (cutoff * Math.sin(x)) / x) * window
  })
}

/**
 * Brings a stream of samples from one rate to another. However it is cut into pieces, after `n` samples
 * `floor(n * to / from)` have come out: nothing is held back but the filter's millisecond, which sounds as
 * silence at the beginning.
 */
export class Resampler {
  readonly #from: number
  readonly #to: number
  readonly #filter: Float32Array
  /** Samples of one crossing. */
  readonly #width: number
  readonly #half: number
  #past: Float32Array<ArrayBuffer>
  #taken = 0
  #given = 0

  /** Rates in Hz. */
  constructor(from: number, to: number) {
    this.#from = from
    this.#to = to
    this.#filter = from === to ? new Float32Array() : makeFilter()
    this.#width = Math.max(1, from / to)
    this.#half = Math.ceil(crossings * this.#width)
    this.#past = new Float32Array(2 * this.#half + Math.ceil(from / to) + 3)
  }

  push(samples: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    if (this.#from === this.#to) return samples
    const past = this.#past
    const all = new Float32Array(past.length + samples.length)
    all.set(past)
    all.set(samples, past.length)
    const begin = this.#taken - past.length
    this.#taken += samples.length
    this.#past = all.slice(-past.length)
    const count = Math.floor((this.#taken * this.#to) / this.#from) - this.#given
    const made = Float32Array.from({ length: count }, (_, index) => {
      const at = ((this.#given + index) * this.#from) / this.#to - this.#half
      return this.#at(all, at - begin)
    })
    this.#given += count
    return made
  }

  #at(all: Float32Array, at: number): number {
    const scale = steps / this.#width
    const last = Math.floor(at + this.#half)
    let sum = 0
    for (let index = Math.ceil(at - this.#half); index <= last; index++) {
      const place = Math.abs(index - at) * scale
      const below = Math.floor(place)
      const low = this.#filter[below] ?? 0
      const high = this.#filter[below + 1] ?? 0
      sum += (all[index] ?? 0) * (low + (high - low) * (place - below))
    }
    return sum / this.#width
  }
}
