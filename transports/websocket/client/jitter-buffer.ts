/** Sound that is waited for before it plays, in ms: at first, at least, at most. The server is 200 ms ahead. */
const firstTargetMs = 40
const leastTargetMs = 20
const mostTargetMs = 200
/** A pause that is shorter, in ms, was none: the sound ran out in the middle of a sentence. */
const longestGapMs = 300
/** After so much sound without a gap, in ms, less is waited for. */
const calmMs = 10_000
/** Most sound that waits, in ms; the oldest goes, and counts as played. */
const mostWaitingMs = 2000

interface Piece {
  readonly samples: Float32Array
  /** Length in the server's time: its rate and the page's may differ. */
  readonly ms: number
}

/**
 * Sound on its way to the ear: what comes in bursts goes out evenly, and what was played is counted in the
 * server's milliseconds. It begins when enough waits, or has waited as long as that would take; each time it
 * runs out in the middle of a sentence, it waits for more from then on, and slowly for less when it does not.
 */
export class JitterBuffer {
  underruns = 0
  #pieces: Piece[] = []
  /** Samples of the first piece that are played. */
  #offset = 0
  #waiting = 0
  #doneMs = 0
  #targetMs = firstTargetMs
  #isPlaying = false
  /** Cleared, and the fading end has not been played: that waits for nobody. */
  #isCleared = false
  /** Samples of time since the first one began to wait, and since the sound ran out. */
  #waited = 0
  #dry = Infinity
  #calm = 0
  readonly #perMs: number

  /** @param rate of the page, in Hz */
  constructor(rate: number) {
    this.#perMs = rate / 1000
  }

  /** ms of sound played, ever; what was cleared does not count. */
  get playedMs(): number {
    const [first] = this.#pieces
    const part = first === undefined ? 0 : (first.ms * this.#offset) / first.samples.length
    return this.#doneMs + part
  }

  get waitingMs(): number {
    return this.#waiting / this.#perMs
  }

  get targetMs(): number {
    return this.#targetMs
  }

  /** True when nothing waits and nothing is under way. */
  get isDry(): boolean {
    return this.#waiting === 0
  }

  /** Takes sound to be played next; `ms` is its length. */
  push(samples: Float32Array, ms: number): void {
    if (samples.length === 0) {
      this.#doneMs += ms
      return
    }
    if (!this.#isPlaying && this.#waiting === 0 && this.#dry < longestGapMs * this.#perMs) {
      this.underruns++
      this.#calm = 0
      this.#targetMs = Math.min(mostTargetMs, this.#targetMs * 1.5)
    }
    this.#pieces.push({ samples, ms })
    this.#waiting += samples.length
    while (this.waitingMs > mostWaitingMs && this.#pieces.length > 1) this.#next()
  }

  /** Throws away what has not been played. What comes next is played at once. */
  clear(): void {
    this.#doneMs = this.playedMs
    this.#pieces = []
    this.#offset = 0
    this.#waiting = 0
    this.#isPlaying = true
    this.#isCleared = true
  }

  /** Fills `out` with what is to be heard now. */
  pull(out: Float32Array): void {
    out.fill(0)
    if (!this.#isPlaying && !this.#begins(out.length)) return
    let filled = 0
    while (filled < out.length && this.#waiting > 0) filled += this.#read(out, filled)
    this.#grow(filled)
    if (this.#waiting > 0 || (this.#isCleared && filled === 0)) return
    this.#isPlaying = false
    this.#dry = this.#isCleared ? Infinity : out.length - filled
    this.#isCleared = false
    this.#waited = 0
  }

  #begins(length: number): boolean {
    this.#dry += length
    if (this.#waiting === 0) return false
    const target = this.#targetMs * this.#perMs
    this.#isPlaying = this.#waiting >= target || this.#waited >= target
    this.#waited += length
    return this.#isPlaying
  }

  #read(out: Float32Array, from: number): number {
    const [first] = this.#pieces
    if (first === undefined) return 0
    const part = first.samples.subarray(this.#offset, this.#offset + out.length - from)
    out.set(part, from)
    this.#offset += part.length
    this.#waiting -= part.length
    if (this.#offset === first.samples.length) this.#next()
    return part.length
  }

  /** Is done with the first piece, however much of it was played. */
  #next(): void {
    const first = this.#pieces.shift()
    if (first === undefined) return
    this.#waiting -= first.samples.length - this.#offset
    this.#doneMs += first.ms
    this.#offset = 0
  }

  #grow(played: number): void {
    this.#calm += played
    if (this.#calm < calmMs * this.#perMs) return
    this.#calm = 0
    this.#targetMs = Math.max(leastTargetMs, this.#targetMs * 0.8)
  }
}
