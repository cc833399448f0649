import type { Session } from '../kernel/session.ts'
import type { Clock } from '../time/clock.ts'

/** How calls are brought to their end. */
export interface DrainOptions {
  /** Time in which everything is over, in ms; 60,000 unless given. */
  readonly withinMs?: number
  /** Told how many calls are left, and for how long: at once, when it changes, and every ten seconds. */
  readonly onProgress?: (calls: number, leftMs: number) => void
  /** Cuts off what is left when it is aborted. */
  readonly signal?: AbortSignal
}

/** How calls ended. */
export interface Drained {
  /** By themselves. */
  readonly finished: number
  /** They were told to end, and said what they were saying. */
  readonly ended: number
  /** Cut off: there was no time left, or somebody was in a hurry. */
  readonly cut: number
}

/** What `drain` takes. */
export interface DrainInit extends DrainOptions {
  readonly clock: Clock
  /** Calls under way now. */
  readonly sessions: () => readonly Session[]
  /** Places that are taken by callers of whom no call has come yet. */
  readonly coming: () => number
  readonly reason: string
}

/** Time for a drain unless told otherwise, in ms. */
export const usualDrainMs = 60_000
/** At the end of that time, how long calls that were told to end may speak, in ms: longer than most sentences. */
const farewellMs = 10_000
/** Between two looks at who is left, in ms. */
const lookMs = 50
/** Between two words about it when nothing changes, in ms. */
const tellMs = 10_000

/**
 * Lets calls go on until they end, tells those that are left ten seconds (or half the time) before the
 * deadline to end, and cuts off the rest. Nobody may be let in any more by then.
 */
export async function drain(init: DrainInit): Promise<Drained> {
  const { clock, signal, onProgress, reason, sessions, coming, withinMs = usualDrainMs } = init
  const deadline = clock.now() + withinMs
  const seen = new Set<Session>()
  let [toldCalls, toldAt] = [-1, 0]
  const tell = (calls: number): void => {
    const now = clock.now()
    if (calls === 0 || (calls === toldCalls && now - toldAt < tellMs)) return
    ;[toldCalls, toldAt] = [calls, now]
    onProgress?.(calls, Math.max(0, deadline - now))
  }
  const waitUntil = async (until: number): Promise<void> => {
    while (signal?.aborted !== true) {
      const open = sessions()
      for (const session of open) seen.add(session)
      const left = Math.max(open.length, coming())
      tell(left)
      const ms = Math.min(lookMs, until - clock.now())
      if (left === 0 || ms <= 0) return
      await clock.sleep(ms)
    }
  }
  await waitUntil(deadline - Math.min(farewellMs, withinMs / 2))
  const asked = sessions()
  if (signal?.aborted !== true) for (const session of asked) session.end(reason)
  await waitUntil(deadline)
  const late = sessions()
  for (const session of late) session.cancel(reason)
  await Promise.all(late.map((session) => session.ended))
  const ended = asked.length - asked.filter((session) => late.includes(session)).length
  return { finished: seen.size - ended - late.length, ended, cut: late.length }
}
