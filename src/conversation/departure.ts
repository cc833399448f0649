import { handoff, interrupt } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import { ring } from './transfer.ts'
import type { Destination } from './destinations.ts'

/** The last words before a call is given away are waited for so long, in ms: longer than any sentence takes. */
const longestFarewellMs = 30_000

/** A call that is about to be given to somebody outside. */
export interface DepartureInit {
  /** Whoever gives it away. */
  readonly from: string
  readonly to: Destination
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
  #letGo: ((reason: string) => void) | undefined

  constructor(host: Host, init: DepartureInit) {
    this.#host = host
    this.#init = init
    this.#tell('started', init.to.reason)
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
    const { to, failed } = this.#init
    this.#letGo = ring(this.#host, {
      ...to,
      brief: undefined,
      taken: (destination) => {
        this.#tell('done', to.reason)
        this.#host.end(`transferred to ${destination}`)
      },
      failed: (reason) => {
        this.#host.log.warn(`${to.name} did not take the call: ${reason}`)
        this.#tell('returned', reason)
        failed()
      },
    })
  }

  /** Nobody is left to give it away. */
  close(): void {
    this.#cancelWait()
    this.#letGo?.('the call is over')
  }

  #tell(state: 'started' | 'done' | 'returned', reason: string): void {
    const { from, to } = this.#init
    this.#host.emit(handoff({ state, from, to: to.name, reason }))
  }
}
