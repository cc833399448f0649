import type { Clock } from '../time/clock.ts'

/** Values after which a source that always has one lets others have the thread. */
const valuesPerBreath = 500

/**
 * Reads a source until it ends or `signal` aborts; then it stops at once, even when the source does not
 * hear. Opened when the first value is asked for; closed when the reader stops.
 */
export async function* listen<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
  clock: Pick<Clock, 'breathe'>,
): AsyncGenerator<T> {
  const iterator = source[Symbol.asyncIterator]()
  // Not a race against one promise: that would remember every value it was raced with.
  let stopWaiting = (): void => undefined
  const stop = (): void => stopWaiting()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (let values = 1; !signal.aborted; values++) {
      if (values % valuesPerBreath === 0) {
        await new Promise<void>((resolve) => clock.breathe(resolve))
      }
      const next = await new Promise<IteratorResult<T> | undefined>((resolve, reject) => {
        stopWaiting = () => resolve(undefined)
        iterator.next().then(resolve, reject)
      })
      if (next === undefined || next.done === true || signal.aborted) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', stop)
    // It may be waiting for something; it ends when that comes. Its failure is of no interest any more.
    iterator.return?.().then(undefined, () => undefined)
  }
}

/**
 * Reads a source before anybody asks for its values, `most` of them at most. What it reads early waits
 * here; what it throws is thrown to the reader in its place. Closes the source when `signal` aborts.
 */
export function readAhead<T>(
  source: AsyncGenerator<T>,
  most: number,
  signal: AbortSignal,
): AsyncIterable<T> {
  const ready: Promise<IteratorResult<T>>[] = []
  let room = Promise.withResolvers<void>()
  const fill = async (): Promise<void> => {
    for (;;) {
      while (ready.length >= most) await room.promise
      const next = source.next()
      ready.push(next)
      if ((await next).done === true) return
    }
  }
  fill().catch(() => undefined)
  const close = (): void => void source.return(undefined).catch(() => undefined)
  signal.addEventListener('abort', close, { once: true })
  return {
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = await (ready[0] ?? source.next())
        void ready.shift()
        room.resolve()
        room = Promise.withResolvers()
        if (next.done === true) return
        yield next.value
      }
    },
  }
}
