import type { VoxgraphError } from 'voxgraph/plugin'
import { createLiveClock } from 'voxgraph/testing'
import { connectClient, type Client } from 'voxgraph/transports/websocket'

/** A caller who listens. */
export interface Listening {
  readonly client: Client
  /** Sound that has come, in ms. */
  readonly heardMs: () => number
  /** The longest time for which nothing was left to be played while more was to come, in ms. */
  readonly gapMs: () => number
  /** Forgets gaps so far. */
  forget(): void
  /** Resolves when so much sound has come. */
  hear(ms: number): Promise<void>
  /** Resolves to how the call ended. */
  readonly end: Promise<VoxgraphError | undefined>
}

const sampleRate = 16_000

/** Calls a server, and plays what comes as it comes. */
export async function listen(url: string): Promise<Listening> {
  const { now } = createLiveClock()
  let heardMs = 0
  let gapMs = 0
  let playedUntil = 0
  let ended = (_: VoxgraphError | undefined): void => undefined
  const end = new Promise<VoxgraphError | undefined>((resolve) => (ended = resolve))
  const waiting = new Map<() => void, number>()
  const client = await connectClient(url, {
    sampleRate,
    onAudio(samples) {
      const ms = (samples.length * 1000) / sampleRate
      const at = now()
      if (heardMs > 0) gapMs = Math.max(gapMs, at - playedUntil)
      playedUntil = Math.max(at, playedUntil) + ms
      heardMs += ms
      for (const [resolve, enough] of waiting) if (heardMs >= enough) resolve()
    },
    onEnd: (failure) => ended(failure),
  })
  return {
    client,
    heardMs: () => heardMs,
    gapMs: () => gapMs,
    forget: () => void (gapMs = 0),
    end,
    hear: (ms) =>
      heardMs >= ms ? Promise.resolve() : new Promise((resolve) => void waiting.set(resolve, ms)),
  }
}
