import type { Clock } from 'voxgraph/plugin'

/** A window that waits for its answer. */
export interface Ask {
  readonly stream: number
  readonly sampleRate: number
  /** Clock of the call. */
  readonly clock: Clock
  readonly window: Int16Array
  resolve(probability: number): void
  reject(reason: Error): void
}

/** Windows of all calls on their way into runs of the model. */
export interface Gatherer {
  /** Takes a window; it is in the next run that has room for it, in the order of its stream. */
  add(ask: Ask): void
  /** Refuses all that is not in a run yet. */
  refuse(reason: Error): void
}

/** How windows are gathered. */
export interface GathererOptions {
  /** Runs the windows of some streams, one of each, all of one rate, and answers them. Must not reject. */
  readonly run: (batch: readonly Ask[]) => Promise<void>
  /** Whether so many calls are open that it is worth while to wait for one another. */
  readonly isBusy: () => boolean
}

/** How long windows are gathered when there are many calls, in ms: in one run each takes a third of the time. */
const gatherMs = 8
/** Windows of one run at most. */
const mostInRun = 128

/** Gathers windows; there is one run at a time, and what comes meanwhile goes into the next. */
export function createGatherer({ run, isBusy }: GathererOptions): Gatherer {
  const queue: Ask[] = []
  let isPlanned = false

  async function runNext(): Promise<void> {
    const batch = takeBatch(queue)
    if (batch.length > 0) await run(batch)
    isPlanned = false
    plan()
  }
  function plan(): void {
    const [first] = queue
    if (isPlanned || first === undefined) return
    isPlanned = true
    // Virtual time stands still while a window waits, so it would wait for ever.
    if (first.clock.kind === 'live' && isBusy()) first.clock.after(gatherMs, () => void runNext())
    else queueMicrotask(() => void runNext())
  }
  return {
    add(ask) {
      queue.push(ask)
      plan()
    },
    refuse(reason) {
      for (const ask of queue.splice(0)) ask.reject(reason)
    },
  }
}

/** Takes the next windows of one rate out of the queue, one of each stream, and leaves the rest in order. */
function takeBatch(queue: Ask[]): readonly Ask[] {
  const rate = queue[0]?.sampleRate
  const batch = new Map<number, Ask>()
  const rest: Ask[] = []
  for (const ask of queue) {
    const fits = ask.sampleRate === rate && batch.size < mostInRun && !batch.has(ask.stream)
    if (fits) batch.set(ask.stream, ask)
    else rest.push(ask)
  }
  queue.splice(0, queue.length, ...rest)
  return [...batch.values()]
}
