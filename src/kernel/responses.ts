/** Responses whose signals are kept; older ones have long been spoken. */
const keptSignals = 64

/** Numbers responses, remembers how far they are cut, and aborts what works for a cut one. */
export class Responses {
  #last = 0
  #cutThrough = 0
  readonly #controllers = new Map<number, AbortController>()
  #reason: unknown

  /** Number of the newest response; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** Every response up to this one is cut. */
  get cutThrough(): number {
    return this.#cutThrough
  }

  /** Begins the next response and gives its number. */
  begin(): number {
    this.#last++
    this.#controllers.delete(this.#last - keptSignals)
    return this.#last
  }

  /** True for a frame number that is cut; 0 (no response) never is. */
  isCut(response: number): boolean {
    return response !== 0 && response <= this.#cutThrough
  }

  /**
   * Cuts every response up to `through` and aborts their signals.
   * @returns false when all of them were cut before
   */
  cut(through: number, reason: string): boolean {
    if (through <= this.#cutThrough) return false
    this.#cutThrough = through
    for (const [response, controller] of this.#controllers) {
      if (response > through) continue
      this.#controllers.delete(response)
      controller.abort(abortReason(reason))
    }
    return true
  }

  /** Signal of one response: aborted when it is cut or the session is over. */
  signalOf(response: number): AbortSignal {
    let controller = this.#controllers.get(response)
    if (controller === undefined) {
      controller = new AbortController()
      if (this.#reason !== undefined) controller.abort(this.#reason)
      else if (this.isCut(response)) controller.abort(abortReason('interrupted'))
      else this.#controllers.set(response, controller)
    }
    return controller.signal
  }

  /** Aborts all of them, now and in future. */
  abortAll(reason: Error): void {
    this.#reason = reason
    for (const controller of this.#controllers.values()) controller.abort(reason)
    this.#controllers.clear()
  }
}

/** What signals are aborted with: an `AbortError`, which SDKs take for a wish and not for a failure. */
export function abortReason(message: string): Error {
  return new DOMException(message, 'AbortError')
}
