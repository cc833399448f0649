import type { SpokenPiece, Tts, Utterance } from 'voxgraph/plugin'
import { Connection, provider, type Context } from './connection.ts'
import { Saying } from './saying.ts'

/**
 * A voice in one call: one connection, on which one utterance is said after the other. A connection that was
 * lost, or has used up its flushes, is opened anew for the next utterance.
 */
export class Voice implements Tts {
  readonly #ctx: Context
  #connection: Connection
  /** Resolves when the connection is free. */
  #free = Promise.resolve()

  private constructor(ctx: Context, connection: Connection) {
    this.#ctx = ctx
    this.#connection = connection
  }

  /**
   * Opens the connection.
   * @throws ProviderError
   */
  static async open(ctx: Context): Promise<Voice> {
    return new Voice(ctx, await Connection.open(ctx, ctx.signal))
  }

  async *speak(utterance: Utterance): AsyncGenerator<SpokenPiece> {
    const { signal } = utterance
    const saying = new Saying(provider, this.#ctx.format)
    const { free, done } = this.#queue()
    let connection: Connection | undefined
    // In the tick of the interruption, whether or not anybody still reads.
    const end = (): void => {
      connection?.end(saying)
      done()
    }
    signal.addEventListener('abort', end, { once: true })
    try {
      await free
      if (signal.aborted) return
      connection = await this.#ready(signal)
      if (signal.aborted) return
      connection.begin(saying, utterance)
      yield* saying.pieces(signal)
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }

  close(): Promise<void> {
    return this.#connection.close()
  }

  /** Takes a place behind who speaks now. */
  #queue(): { readonly free: Promise<void>; readonly done: () => void } {
    const free = this.#free
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#free = free.then(() => promise)
    return { free, done: resolve }
  }

  async #ready(signal: AbortSignal): Promise<Connection> {
    if (this.#connection.isReady) return this.#connection
    // It is not waited for: it may be dead.
    void this.#connection.close()
    const either = AbortSignal.any([signal, this.#ctx.signal])
    this.#connection = await Connection.open(this.#ctx, either)
    return this.#connection
  }
}
