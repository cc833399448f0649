import { ProviderError, type SpokenPiece, type Tts, type Utterance } from 'voxgraph/plugin'
import { Connection, type Context } from './connection.ts'
import { createReplay, type Replay } from './replay.ts'
import { Telling } from './telling.ts'

/**
 * A voice in one call: one connection, on which one utterance is said after the other. A connection that was
 * lost, or takes no more flushes for now, is replaced before the next span.
 */
export class Voice implements Tts {
  readonly #ctx: Context
  /** The one that is used; those before it say what they were told, and close. */
  #connection: Connection
  readonly #opened: Connection[] = []
  #isClosed = false
  /** Resolves when nobody speaks any more. */
  #free = Promise.resolve()

  private constructor(ctx: Context, connection: Connection) {
    this.#ctx = ctx
    this.#connection = connection
    this.#opened.push(connection)
  }

  /**
   * Opens the connection.
   * @throws ProviderError
   */
  static async open(ctx: Context): Promise<Voice> {
    return new Voice(ctx, await Connection.open(ctx, ctx.signal))
  }

  async *speak({ text, signal }: Utterance): AsyncGenerator<SpokenPiece> {
    const said = createReplay(text)
    const { free, done } = this.#queue()
    let hasSounded = false
    try {
      await free
      const before = this.#connection
      for (let attempt = 1; !signal.aborted; attempt++) {
        try {
          for await (const piece of this.#attempt(said, signal, done)) {
            hasSounded = true
            yield piece
          }
          return
        } catch (thrown) {
          // It was lost while nobody spoke, which is known only now.
          const isStale = isLoss(thrown) && !hasSounded && this.#connection === before
          if (!isStale || attempt > 1) throw thrown
        }
      }
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    } finally {
      done()
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all(this.#opened.map((connection) => connection.close()))
  }

  async *#attempt(
    said: Replay,
    signal: AbortSignal,
    done: () => void,
  ): AsyncGenerator<SpokenPiece> {
    const telling = new Telling(() => this.#ready(signal))
    // In the tick of the interruption, whether or not anybody still reads.
    const cut = (): void => {
      telling.end()
      done()
    }
    signal.addEventListener('abort', cut, { once: true })
    try {
      void telling.tell(said.read())
      for await (const { pieces } of telling.stretches) yield* pieces
    } finally {
      signal.removeEventListener('abort', cut)
      telling.end()
    }
  }

  /** Takes a place behind who speaks now. */
  #queue(): { readonly free: Promise<void>; readonly done: () => void } {
    const free = this.#free
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#free = free.then(() => promise)
    return { free, done: resolve }
  }

  /** A connection that takes a whole span. */
  async #ready(signal: AbortSignal): Promise<Connection> {
    const now = this.#connection
    if (now.isReady && (await now.cleared(signal)) && now.isReady) return now
    const either = AbortSignal.any([signal, this.#ctx.signal])
    const fresh = await Connection.open(this.#ctx, either)
    this.#opened.push(fresh)
    // The call ended while it was being opened: nobody closes it after this.
    if (this.#isClosed) {
      await fresh.close()
      throw new DOMException('the call is over', 'AbortError')
    }
    now.retire()
    this.#connection = fresh
    return fresh
  }
}

const isLoss = (thrown: unknown): boolean =>
  thrown instanceof ProviderError && thrown.category === 'connectivity'
