import type { Clock } from './clock.ts'

/** How late the event loop has been of late. */
export interface LoopLag {
  /**
   * What one tick in a hundred exceeded within the last ten seconds, in ms; the third-latest at least, so
   * that no single stall says anything.
   */
  p99(): number
  /** Stops measuring. */
  close(): void
}

/** Between two ticks, in ms: a frame of sound, the beat that nobody should miss. */
const tickMs = 20
/** How far back ticks count, in ms: 500 of them, so that their 99th percentile is more than one or two. */
const windowMs = 10_000
/** Late ticks that are left out however few there are: loading code or collecting garbage is not overload. */
const forgiven = 2

/**
 * Measures how late timers fire, on the clock they are set with. Timers of a virtual clock are never late.
 * It keeps the process alive until it is closed.
 */
export function createLoopLag(clock: Clock): LoopLag {
  let ticks: { readonly at: number; readonly lateMs: number }[] = []
  let cancel = (): void => undefined
  const wait = (): void => {
    const due = clock.now() + tickMs
    cancel = clock.after(tickMs, () => {
      const at = clock.now()
      ticks.push({ at, lateMs: Math.max(0, at - due) })
      // Thrown away by the hundred: every tick is looked at once for it.
      if (ticks.length > (2 * windowMs) / tickMs) ticks = recent()
      wait()
    })
  }
  const recent = (): typeof ticks => {
    const from = clock.now() - windowMs
    return ticks.filter(({ at }) => at > from)
  }
  wait()
  return {
    p99() {
      ticks = recent()
      const late = ticks.map(({ lateMs }) => lateMs).toSorted((a, b) => b - a)
      return late[Math.max(forgiven, Math.floor(late.length / 100))] ?? 0
    },
    close: () => cancel(),
  }
}
