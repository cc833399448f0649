import type { ProcessorDefinition } from '../define/index.ts'
import { audio, type AudioFrame, type SpeechFrame } from '../frames/index.ts'
import { createProbe } from './probe.ts'
import { testSession } from './session.ts'

/** A detector and the sound that it is to hear. */
export interface VadCallInit {
  readonly definition: ProcessorDefinition
  readonly options: Readonly<Record<string, unknown>>
  /** Mono; one for each detector of the call. They are heard at the same time and are of one length. */
  readonly sounds: readonly Int16Array[]
  readonly sampleRate: number
  /** Samples of each frame in turn, over and over; 20 ms unless given. */
  readonly pieces?: readonly number[]
  /** How long the call goes on with no sound at all, in ms; it ends at once unless given. */
  readonly silentMs?: number
}

/** An edge as a detector claims it. In ms of the sound. */
export interface HeardEdge {
  readonly state: 'started' | 'stopped'
  /** Where the edge is said to be. */
  readonly edgeMs: number
  /** When it was said. */
  readonly saidMs: number
}

/** What one detector made of its sound. */
export interface HeardSound {
  readonly edges: readonly HeardEdge[]
  /** What came out, all frames in one. */
  readonly samples: Int16Array
}

/** Plays sounds to detectors in one call on virtual time, at the pace of hearing, and says what they heard. */
export async function vadCall(init: VadCallInit): Promise<readonly HeardSound[]> {
  const { definition, options, sounds, sampleRate } = init
  const pieces = init.pieces ?? [sampleRate / 50]
  const lines = sounds.map((sound, index) => ({ sound, id: `vad${index}`, probe: createProbe() }))
  const nodes = lines.flatMap(({ id, probe }) => [
    [id, { definition, options }] as const,
    [`${id}end`, probe.definition] as const,
  ])
  const flow = lines.map(({ id }) => `${id} -> ${id}end`)
  const { session, clock, start, end } = testSession({ nodes: Object.fromEntries(nodes), flow })
  await start()
  await clock.settle({ isDone: () => session.state === 'running' })
  const from = clock.now()
  const length = sounds[0]?.length ?? 0
  for (let at = 0, turn = 0; at < length; turn += 1) {
    const till = Math.min(length, at + (pieces[turn % pieces.length] ?? length))
    // A frame comes when its last sample has been spoken.
    await clock.advance(from + (till * 1000) / sampleRate - clock.now())
    for (const { id, sound } of lines) {
      const samples = sound.slice(at, till)
      session.feed(id, 'audio', audio({ role: 'user', samples, sampleRate }))
    }
    at = till
  }
  await clock.advance(init.silentMs ?? 0)
  const { error } = await end()
  if (error !== undefined) throw error
  return lines.map(({ probe }) => ({
    edges: probe.frames
      .filter((frame) => frame.type === 'speech')
      .map((fact) => edgeOf(fact, from)),
    samples: joined(probe.frames.filter((frame) => frame.type === 'audio')),
  }))
}

/**
 * The same detector, with what it shares made once for all calls. `close` ends that.
 */
export function sharedOnce(definition: ProcessorDefinition): {
  readonly definition: ProcessorDefinition
  close(): Promise<void>
} {
  let made: Promise<unknown> | undefined
  return {
    definition: {
      ...definition,
      share: (ctx) => (made ??= Promise.resolve(definition.share?.(ctx))),
      unshare: undefined,
    },
    async close() {
      if (made !== undefined) await definition.unshare?.((await made) as never)
    },
  }
}

const edgeOf = ({ state, at, latency }: SpeechFrame, from: number): HeardEdge => ({
  state,
  edgeMs: at - latency - from,
  saidMs: at - from,
})

function joined(frames: readonly AudioFrame[]): Int16Array {
  const samples = new Int16Array(frames.reduce((sum, frame) => sum + frame.samples.length, 0))
  let at = 0
  for (const frame of frames) {
    samples.set(frame.samples, at)
    at += frame.samples.length
  }
  return samples
}
