/** What a connection brings on its way to whoever reads it: pushed in, read out once, in order. */
export interface Inbox<T> extends AsyncIterable<T> {
  /** Nothing happens once it has ended. */
  push(item: T): void
  /** There is no more. What was pushed is still read. */
  end(): void
  /** There is no more: what was pushed is still read, then reading throws. */
  fail(error: Error): void
  /** Nobody wants it any more: forgets what waits and ends. */
  drop(): void
}

/** Makes an inbox. It holds what nobody has read yet, so whoever pushes sees to the bound. One reader. */
export function createInbox<T>(): Inbox<T> {
  let waiting: T[] = []
  let isOver = false
  let failure: Error | undefined
  let wake = (): void => undefined
  const finish = (error?: Error): void => {
    if (isOver) return
    isOver = true
    failure = error
    wake()
  }
  return {
    push(item) {
      if (isOver) return
      waiting.push(item)
      wake()
    },
    end: () => finish(),
    fail: (error) => finish(error),
    drop() {
      waiting = []
      failure = undefined
      finish()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (failure !== undefined) throw failure
        else if (isOver) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

/**
 * The same stream, read as fast as it comes and not as fast as it is asked for: what it does on its way
 * must not wait until somebody has room for the next item. Holds what has not been asked for. Nobody reads
 * the source any more once this is closed and its next item has come.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const inbox = createInbox<T>()
  let isOver = false
  const read = async (): Promise<void> => {
    for await (const item of source) {
      if (isOver) return
      inbox.push(item)
    }
  }
  void read().then(inbox.end, inbox.fail)
  try {
    yield* inbox
  } finally {
    isOver = true
  }
}
