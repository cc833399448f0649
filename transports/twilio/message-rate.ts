import type { Clock } from 'voxgraph/plugin'

/** What may come at once after a stall, in seconds of the rate. */
const burstS = 5

/** How many messages may come: so many a second, and five seconds of them at once. */
export class MessageRate {
  readonly #clock: Clock
  readonly #perSecond: number
  #left: number
  #at: number

  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#perSecond = perSecond
    this.#left = perSecond * burstS
    this.#at = clock.now()
  }

  /** Takes one. @returns false when there are too many */
  spend(): boolean {
    const now = this.#clock.now()
    const gained = ((now - this.#at) * this.#perSecond) / 1000
    this.#left = Math.min(this.#perSecond * burstS, this.#left + gained) - 1
    this.#at = now
    return this.#left >= 0
  }
}
