import type { Cancel, Clock } from './clock.ts'
import { sleepOn } from './live-clock.ts'
import { schedulerOf } from './scheduler.ts'

/** A clock that is moved by hand. */
export interface VirtualClock extends Clock {
  readonly kind: 'virtual'
  /**
   * Runs everything that is due within `forMs`, in order of time and, at one instant, in the order in
   * which it was asked for; then stands `forMs` later. Waits for registered work before it moves on.
   */
  advance(forMs: number): Promise<void>
  /** Runs until no timer and no registered work is left, or until `isDone`, or for `limitMs` at most. */
  settle(options?: { readonly limitMs?: number; readonly isDone?: () => boolean }): Promise<void>
}

interface Timer {
  readonly at: number
  readonly order: number
  fire: (() => void) | undefined
}

interface Work {
  readonly dueAt: number
  readonly order: number
  readonly settled: Promise<() => void>
}

/** How long `settle` goes on at most unless told otherwise: a day. */
const longestSettleMs = 86_400_000

/** Makes a virtual clock that stands at 0. `wallStart` is what `wall()` counts from (ms since 1970). */
export const createVirtualClock = (wallStart = 0): VirtualClock => new HandMovedClock(wallStart)

// Its functions hold on to it, so that they can be taken off it and put into another clock.
class HandMovedClock implements VirtualClock {
  readonly kind = 'virtual'
  readonly scheduler = schedulerOf({
    now: () => this.now(),
    after: (ms, fire) => this.after(ms, fire),
  })
  readonly #wallStart: number
  readonly #timers = createTimerHeap()
  #time = 0
  #orders = 0
  #working: Work[] = []
  #breathing: (() => void)[] = []

  constructor(wallStart: number) {
    this.#wallStart = wallStart
  }

  readonly now = (): number => this.#time

  readonly wall = (): number => this.#wallStart + this.#time

  readonly after = (delayMs: number, fire: () => void): Cancel =>
    this.#at(this.#time + Math.max(0, delayMs), ++this.#orders, fire)

  readonly sleep = (delayMs: number, signal?: AbortSignal): Promise<void> =>
    sleepOn(this.after, delayMs, signal)

  readonly work = <T>(result: Promise<T>, latencyMs = 0): Promise<T> =>
    new Promise((resolve, reject) => {
      const settled = result.then(
        (value) => () => resolve(value),
        (reason: unknown) => () => reject(reason as Error),
      )
      this.#working.push({ dueAt: this.#time + latencyMs, order: ++this.#orders, settled })
    })

  readonly breathe = (resume: () => void): void => void this.#breathing.push(resume)

  readonly advance = async (forMs: number): Promise<void> => {
    const until = this.#time + forMs
    await this.#runUntil(until, () => false)
    this.#time = until
  }

  readonly settle: VirtualClock['settle'] = (options = {}) => {
    const { limitMs = longestSettleMs, isDone = () => false } = options
    return this.#runUntil(this.#time + limitMs, isDone)
  }

  #at(when: number, order: number, fire: () => void): Cancel {
    const timer: Timer = { at: when, order, fire }
    this.#timers.push(timer)
    return () => {
      timer.fire = undefined
    }
  }

  async #runUntil(limit: number, isDone: () => boolean): Promise<void> {
    for (;;) {
      await this.#rest()
      if (isDone()) return
      const next = this.#timers.takeDue(limit)
      if (next === undefined) return
      this.#time = Math.max(this.#time, next.at)
      next.fire?.()
    }
  }

  /** Lets promises and the loop come to rest, then turns finished work into timers, oldest first. */
  async #rest(): Promise<void> {
    for (;;) {
      await macrotask()
      if (this.#breathing.length > 0) {
        for (const resume of this.#breathing.splice(0)) resume()
        continue
      }
      const first = this.#working.shift()
      if (first === undefined) return
      const deliver = await first.settled
      this.#at(Math.max(first.dueAt, this.#time), first.order, deliver)
    }
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** A binary heap by time, then by order. Cancelled timers are skipped when they come up. */
function createTimerHeap(): {
  push(timer: Timer): void
  takeDue(limit: number): Timer | undefined
} {
  const heap: Timer[] = []
  const before = (a: Timer, b: Timer): boolean =>
    a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(timer: Timer): void {
    let index = heap.length
    heap.push(timer)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent] as Timer
      if (!before(timer, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = timer
  }

  function removeTop(): void {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++
      const below = heap[child] as Timer
      if (!before(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }

  return {
    push,
    takeDue(limit) {
      for (;;) {
        const top = heap[0]
        if (top === undefined || (top.at > limit && top.fire !== undefined)) return undefined
        removeTop()
        if (top.fire !== undefined) return top
      }
    },
  }
}
