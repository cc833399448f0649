import type { Observable } from 'rxjs'

/**
 * Whatever a brain gives, as something that can be asked for its next value. Opened (and subscribed)
 * when the first value is asked for, closed when the reader stops. An Observable cannot be asked: what
 * it gives early waits here, without a bound but its own.
 */
export async function* toAsync<T>(
  open: () => Iterable<T> | AsyncIterable<T> | Observable<T>,
): AsyncGenerator<T> {
  const source = open()
  if (!('subscribe' in source)) {
    yield* source
    return
  }
  const queue: T[] = []
  let wake = (): void => undefined
  let failure: { readonly thrown: unknown } | undefined
  let isDone = false
  const subscription = source.subscribe({
    next: (value) => {
      queue.push(value)
      wake()
    },
    error: (thrown: unknown) => {
      failure = { thrown }
      wake()
    },
    complete: () => {
      isDone = true
      wake()
    },
  })
  try {
    for (;;) {
      const value = queue.shift()
      if (value !== undefined) yield value
      else if (failure !== undefined) throw failure.thrown
      else if (isDone) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    subscription.unsubscribe()
  }
}
