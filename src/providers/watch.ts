import type { Clock } from '../time/clock.ts'

/** What came of waiting for the next value of a stream. */
export type Next<T> = IteratorResult<T> | 'late' | 'unwanted'

/**
 * Reads a stream with one hand on the clock: a value that does not come in time can be waited for again.
 * Subscribes when it is first asked; `close` ends it.
 */
export class WatchedStream<T> {
  readonly #iterator: AsyncIterator<T>
  readonly #clock: Clock
  readonly #signal: AbortSignal
  #pending: Promise<IteratorResult<T>> | undefined

  constructor(source: AsyncIterable<T>, clock: Clock, signal: AbortSignal) {
    this.#iterator = source[Symbol.asyncIterator]()
    this.#clock = clock
    this.#signal = signal
  }

  /**
   * The next value; `late` when it is not there within `limitMs` (no limit: undefined), `unwanted` when the
   * signal aborts.
   * @throws what the stream throws
   */
  async next(limitMs: number | undefined): Promise<Next<T>> {
    if (this.#signal.aborted) return 'unwanted'
    this.#pending ??= this.#iterator.next()
    let cancel = (): void => undefined
    let stop = (): void => undefined
    try {
      const other = new Promise<'late' | 'unwanted'>((resolve) => {
        if (limitMs !== undefined) cancel = this.#clock.after(limitMs, () => resolve('late'))
        stop = () => resolve('unwanted')
        this.#signal.addEventListener('abort', stop, { once: true })
      })
      const next = await Promise.race([this.#pending, other])
      if (next !== 'late' && next !== 'unwanted') this.#pending = undefined
      return next
    } catch (thrown) {
      this.#pending = undefined
      throw thrown
    } finally {
      cancel()
      this.#signal.removeEventListener('abort', stop)
    }
  }

  /** Nobody reads on. It may be waiting for something; what comes of that is of no interest. */
  close(): void {
    this.#pending?.catch(() => undefined)
    this.#iterator.return?.().then(undefined, () => undefined)
  }
}
