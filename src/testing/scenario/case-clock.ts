import type { Clock } from '../../time/clock.ts'
import { createLiveClock } from '../../time/live-clock.ts'
import { createVirtualClock, type VirtualClock } from '../../time/virtual-clock.ts'
import { StepFailed } from './case-result.ts'

/** Longest call of a case, in ms of virtual time. */
const longestCallMs = 600_000
/** Monday, 5 January 2026, 9:00 UTC: what a call under test takes for now. */
const wallStart = Date.UTC(2026, 0, 5, 9)

/** Virtual time of one case, with its bounds. */
export interface CaseClock {
  readonly clock: VirtualClock
  /**
   * Runs until `isDone`, or until `untilMs` on the clock and then stands there.
   * @throws StepFailed when the case takes too long, in virtual or in real time
   */
  runUntil(untilMs: number, isDone?: () => boolean): Promise<void>
  /** Real time since the clock was made, in ms. */
  realMs(): number
  /** Gives back the timer that watches over real time. */
  close(): void
}

/** Makes the time of a case that may take `mostRealMs` of real time. */
export function createCaseClock(mostRealMs: number, live: Clock = createLiveClock()): CaseClock {
  const clock = createVirtualClock(wallStart)
  const from = live.now()
  let fail: (reason: StepFailed) => void = () => undefined
  // Work that never comes back holds virtual time for ever, so somebody else must be watching.
  const overdue = new Promise<never>((_, reject) => (fail = reject))
  overdue.catch(() => undefined)
  const tooLong = (): StepFailed =>
    new StepFailed(`the case took more than ${mostRealMs / 1000} s of real time`)
  const cancel = live.after(mostRealMs, () => fail(tooLong()))
  const realMs = (): number => live.now() - from
  return {
    clock,
    realMs,
    close: cancel,
    async runUntil(untilMs, isDone = () => false) {
      const end = Math.min(untilMs, longestCallMs)
      const run = async (): Promise<void> => {
        const isOver = (): boolean => isDone() || realMs() > mostRealMs
        await clock.settle({ limitMs: Math.max(0, end - clock.now()), isDone: isOver })
        if (realMs() > mostRealMs) throw tooLong()
        if (!isDone() && clock.now() < end) await clock.advance(end - clock.now())
      }
      await Promise.race([run(), overdue])
      if (untilMs > longestCallMs && clock.now() >= longestCallMs && !isDone()) {
        throw new StepFailed(`the call lasted more than ${longestCallMs / 60_000} minutes`)
      }
    },
  }
}
