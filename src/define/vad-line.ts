import type { Clock } from '../time/clock.ts'
import type { OpenVad } from './vad-engine.ts'
import { judge, unjudged, type JudgeOptions, type VadThresholds } from './vad-judge.ts'
import { levelOf } from './vad-floor.ts'
import { createOrder } from './vad-order.ts'
import { createWindows, type CutWindow } from './vad-windows.ts'

/** Sound of one rate on its way through an engine. */
export interface VadLine {
  take(samples: Int16Array): void
  /** The sound broke off at `endedAt`: speech that was going on is over, and none of it counts for what follows. */
  break(endedAt: number): void
  /** Calls `action` once, when every answer is in. */
  whenIdle(action: () => void): void
  /** Frees the engine. Answers that are under way are left alone. */
  close(): void
}

/** What a detector goes by in one call. Lengths in ms. */
export interface VadInit {
  readonly open: OpenVad
  readonly clock: Clock
  readonly startMs: number
  readonly stopMs: number
  readonly thresholds: VadThresholds
}

/** What a line needs. */
export interface VadLineInit extends VadInit {
  readonly sampleRate: number
  readonly say: (state: 'started' | 'stopped', latency: number) => void
  readonly fail: (thrown: unknown) => void
}

/**
 * Opens the engine and asks it of every window. What is not answered at once is waited for by the clock; all
 * that comes behind it, breaks included, waits its turn.
 */
export function createVadLine(init: VadLineInit): VadLine {
  const { clock, sampleRate, say } = init
  const engine = init.open(sampleRate)
  const msOf = (samples: number): number => (samples * 1000) / sampleRate
  const options: JudgeOptions = { ...init, windowMs: msOf(engine.windowSamples) }
  let windows = createWindows(engine.windowSamples)
  let state = unjudged
  let isOpen = true
  const order = createOrder((thrown) => {
    if (isOpen) init.fail(thrown)
  })

  function hear(probability: number, levelDb: number, seenAt: number): void {
    const next = judge(state, probability, levelDb, options)
    state = next.state
    if (next.edge === undefined) return
    say(next.edge.state, clock.now() - seenAt + next.edge.latencyMs)
  }
  function ask({ samples, behind }: CutWindow): void {
    const seenAt = clock.now() - msOf(behind)
    const levelDb = levelOf(samples)
    const answer = engine.probability(samples)
    if (typeof answer === 'number') order.inTurn(() => hear(answer, levelDb, seenAt))
    else order.wait(clock.work(answer), (probability) => hear(probability, levelDb, seenAt))
  }

  return {
    take(samples) {
      for (const window of windows.take(samples)) ask(window)
    },
    break(endedAt) {
      const restMs = msOf(windows.waiting)
      windows = createWindows(engine.windowSamples)
      order.inTurn(() => {
        const { isSpeaking, gapMs } = state.edges
        state = { ...state, edges: unjudged.edges, wasVoiced: false }
        if (!isSpeaking) return
        // A voice that is cut off ended with its sound; a pause that had begun, when it began.
        const silentMs = gapMs === 0 ? 0 : gapMs + restMs
        say('stopped', clock.now() - endedAt + silentMs)
      })
    },
    whenIdle: order.whenIdle,
    close() {
      isOpen = false
      engine.close?.()
    },
  }
}
