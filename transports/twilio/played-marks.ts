import type { Clock } from 'voxgraph/plugin'

/** Sound after which there is a mark, in ms: often enough to know what was heard, and few messages. */
const markEveryMs = 100
/** Most marks that are waited for; of a far end that brings none back the oldest are forgotten. */
const mostPending = 500

interface Mark {
  readonly name: string
  /** Ms of sound that were sent before it. */
  readonly at: number
  readonly back: (isPlayed: boolean) => void
}

/**
 * What the far end has played, by the marks that it brings back. Between two marks time counts, from the one
 * that came back to the one that has not. A mark says so by its name: `7:1240:3:12` is of response 7, behind
 * 1,240 ms of sound, in the generation after three clears, the twelfth of the call. Marks of sound that was
 * cleared come back like all others, and count for nothing.
 */
export class PlayedMarks {
  readonly #clock: Clock
  /** Ms of sound sent and not thrown away. */
  #sentMs = 0
  #playedMs = 0
  /** What came back last of the sound that flows; undefined: none of it has. */
  #base: { readonly ms: number; readonly at: number } | undefined
  #markedMs = -Infinity
  #pending: Mark[] = []
  #generation = 0
  #count = 0
  #response = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Ms of sound played, ever. Never goes back. */
  get ms(): number {
    if (this.#base !== undefined) {
      const { ms, at } = this.#base
      const most = this.#pending[0]?.at ?? this.#sentMs
      this.#playedMs = Math.max(this.#playedMs, Math.min(most, ms + this.#clock.now() - at))
    }
    return this.#playedMs
  }

  /** Ms of what was sent, keys too, that the far end has not said to have played. */
  get aheadMs(): number {
    return this.#pending.length === 0 ? this.#sentMs - this.ms : Math.max(1, this.#sentMs - this.ms)
  }

  /**
   * Books sound that is sent now.
   * @returns the name of the mark that is due behind it
   */
  sent(ms: number, response: number): string | undefined {
    // Sound after silence: when it begins there the first mark says.
    if (this.#pending.length === 0 && this.ms >= this.#sentMs) {
      this.#base = undefined
      this.#markedMs = -Infinity
    }
    if (response !== 0) this.#response = response
    this.#sentMs += ms
    return this.#sentMs - this.#markedMs < markEveryMs ? undefined : this.mark()
  }

  /**
   * The name of a mark behind all that was sent. `back` is told when it has been played, or thrown away.
   */
  mark(back: (isPlayed: boolean) => void = () => undefined): string {
    const at = this.#sentMs
    const name = `${this.#response}:${Math.round(at)}:${this.#generation}:${++this.#count}`
    this.#markedMs = at
    this.#pending.push({ name, at, back })
    if (this.#pending.length > mostPending) this.#pending.shift()?.back(false)
    return name
  }

  /** A mark came back. One that nobody waits for is nobody's. */
  back(name: string): void {
    const index = this.#pending.findIndex((mark) => mark.name === name)
    if (index < 0) return
    const come = this.#pending.splice(0, index + 1)
    const at = come.at(-1)?.at ?? 0
    this.#base = { ms: at, at: this.#clock.now() }
    this.#playedMs = Math.max(this.#playedMs, at)
    for (const mark of come) mark.back(true)
  }

  /** What was sent and not played is thrown away. */
  clear(): void {
    this.#sentMs = this.ms
    this.#base = undefined
    this.#markedMs = -Infinity
    this.#generation++
    for (const mark of this.#pending.splice(0)) mark.back(false)
  }
}
