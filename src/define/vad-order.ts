/** Keeps what comes of answers in the order of the stream. */
export interface Order {
  /** Does something at its place: at once, or behind everything that still waits. */
  inTurn(act: () => void): void
  /** Waits for an answer; it is given to `act` when it comes. Answers come in the order they were asked for. */
  wait<T>(answer: Promise<T>, act: (value: T) => void): void
  /** Calls `action` once, when nothing waits any more. */
  whenIdle(action: () => void): void
}

/** Makes the order of one stream. `fail` hears of every answer that is refused. */
export function createOrder(fail: (thrown: unknown) => void): Order {
  let waiting = 0
  let last: Promise<void> | undefined
  let onIdle: (() => void) | undefined

  function follow(done: Promise<void>): void {
    waiting += 1
    const settled = done.catch(fail).then(() => {
      waiting -= 1
      if (last === settled) last = undefined
      if (waiting === 0) onIdle?.()
    })
    last = settled
  }
  return {
    inTurn(act) {
      if (last === undefined) act()
      else follow(last.then(act))
    },
    wait: (answer, act) => follow(answer.then(act)),
    whenIdle(action) {
      if (waiting === 0) action()
      else onIdle = action
    },
  }
}
