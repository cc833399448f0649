import { interrupt } from '../frames/index.ts'
import { reasonOf } from '../errors/index.ts'
import { expand } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'
import { transfer } from './transfer.ts'

/** The last words before a call is given away are waited for so long, in ms: longer than any sentence takes. */
const longestFarewellMs = 30_000

/** A call that is about to be given to somebody outside. */
export interface DepartureInit {
  /** Whoever is to get it, as the graph names it. */
  readonly name: string
  /** With `{{var}}` in it. */
  readonly destination: string
  /** How long that one may take, in ms. */
  readonly timeoutMs: number
  /** Nobody has taken it: the caller is still here. */
  readonly failed: () => void
}

/**
 * Gives the call to somebody outside as soon as the last words have been heard: `said`. When somebody has taken
 * it the call ends, however late that is; when nobody does within the time, it goes on.
 */
export class Departure {
  readonly #host: Host
  readonly #init: DepartureInit
  readonly #cancelWait: () => void
  #hasBegun = false

  constructor(host: Host, init: DepartureInit) {
    this.#host = host
    this.#init = init
    this.#cancelWait = host.clock.after(longestFarewellMs, () => {
      host.emit(interrupt({ reason: 'the last words took too long' }))
      this.said()
    })
  }

  /** The caller has heard the last words. */
  said(): void {
    if (this.#hasBegun || this.#host.isEnding()) return
    this.#hasBegun = true
    this.#cancelWait()
    const { name, timeoutMs, failed } = this.#init
    const destination = expand(this.#init.destination, this.#host.vars.current)
    let isOver = false
    const fail = (reason: string): void => {
      if (isOver) return
      isOver = true
      cancelTimer()
      this.#host.log.warn(`${name} did not take the call: ${reason}`)
      failed()
    }
    const cancelTimer = this.#host.clock.after(timeoutMs, () =>
      fail(`nothing came of it within ${timeoutMs} ms`),
    )
    transfer(this.#host, destination).then(
      () => {
        isOver = true
        cancelTimer()
        this.#host.end(`transferred to ${destination}`)
      },
      (thrown: unknown) => fail(reasonOf(thrown)),
    )
  }

  /** Nobody is left to give it away. */
  close(): void {
    this.#cancelWait()
  }
}
