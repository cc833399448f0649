import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { ProcessorDefinition, SetupContext, ShareContext } from './processor.ts'
import type { OpenVad } from './vad-engine.ts'
import type { VadThresholds } from './vad-judge.ts'
import { vadStream } from './vad-stream.ts'

export type { OpenVad, VadEngine } from './vad-engine.ts'
export type { VadThresholds } from './vad-judge.ts'

/** What the author of a detector writes. Its ports are fixed: sound in, the same sound out. */
export interface VadSpec<S extends JsonSchema, Shared = undefined> {
  /** Name in YAML, kebab-case. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  /** Rates that the engine takes, in Hz, best first. */
  readonly sampleRates: readonly number[]
  /** JSON Schema of `with`. `start` and `stop` are added to it. */
  readonly options: S
  /** When a window counts as voice; the noise floor raises it. */
  readonly thresholds: (options: Infer<S>) => VadThresholds
  /** What all calls of one process share (a model, a thread): made when the first call needs it. */
  readonly share?: (ctx: ShareContext) => Shared | Promise<Shared>
  /** Ends what `share` made. */
  readonly unshare?: (shared: Shared) => void | Promise<void>
  /** Called once per call and node. May wait (a model that loads); frames wait meanwhile. */
  readonly setup: (ctx: SetupContext<Infer<S>, Shared>) => OpenVad | Promise<OpenVad>
}

/** When speech has begun and when it is over: the same for every detector. */
const edgeOptions = {
  start: {
    type: 'string',
    'x-duration': true,
    default: '120ms',
    description: 'Voice for this long is speech.',
  },
  stop: {
    type: 'string',
    'x-duration': true,
    default: '250ms',
    description: 'Silence for this long ends it.',
  },
} as const satisfies JsonSchema['properties']

/**
 * Defines a detector of speech. The author gives an engine; the helper cuts the sound into its windows,
 * follows the noise floor, finds where speech begins and ends, and emits `speech` facts whose `latency`
 * says how long ago that was. Sound passes at once, untouched and in order, whatever the engine takes; the
 * fact comes when the engine has answered. A caller whose sound stops coming has stopped speaking.
 */
export function defineVad<const S extends JsonSchema, Shared = undefined>(
  spec: VadSpec<S, Shared>,
): ProcessorDefinition {
  const options: JsonSchema = spec.options
  const formats = spec.sampleRates.map((sampleRate) => ({ sampleRate, channels: 1 }))
  const setup = async (ctx: SetupContext<Infer<S>, Shared>) => {
    const { start, stop } = ctx.options as { readonly start: number; readonly stop: number }
    const open = await spec.setup(ctx)
    const thresholds = spec.thresholds(ctx.options)
    return vadStream({ open, clock: ctx.clock, startMs: start, stopMs: stop, thresholds })
  }
  return {
    kind: 'processor',
    id: spec.id,
    summary: spec.summary,
    role: 'detector',
    ports: { in: { audio: { type: 'audio', formats } }, out: { audio: 'audio' } },
    options: { ...options, properties: { ...options.properties, ...edgeOptions } },
    frames: [],
    safety: false,
    realTime: false,
    finalWithinMs: undefined,
    share: spec.share,
    unshare: spec.unshare as ProcessorDefinition['unshare'],
    setup: setup as ProcessorDefinition['setup'],
  }
}
