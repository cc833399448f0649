import type { UsageInit, Word } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Clock } from '../time/clock.ts'
import type { AudioFormatSpec } from './ports.ts'
import type { Log, ShareContext } from './processor.ts'
import type { SpeechFormat } from './tts.ts'
import type { Vendored, VendorSpec } from './vendor.ts'

/** What a recogniser has heard. Times are ms from the first sample that was pushed into the stream. */
export type Heard =
  /** The words so far of what is being said; the next one takes its place. */
  | {
      readonly type: 'interim'
      readonly text: string
      readonly language?: string
      readonly words?: readonly Word[]
    }
  /** Words that will not change. An empty text says that there were none. */
  | {
      readonly type: 'final'
      readonly text: string
      /** 0 to 1. */
      readonly confidence?: number
      readonly language?: string
      readonly words?: readonly Word[]
      /** The sound up to here is settled: it need not be heard again if the connection breaks. */
      readonly untilMs: number
    }
  /** The recogniser's own view of the caller's turn. */
  | {
      readonly type: 'turn'
      readonly state: 'started' | 'eager' | 'resumed' | 'ended'
      /** What the caller has said in it so far. */
      readonly text: string
      /** How sure it is, 0 to 1. */
      readonly probability?: number
    }

/** What `open` gets. */
export interface SttStreamInit {
  /** Form of the sound that will be pushed: one of `formats`. */
  readonly format: SpeechFormat
  /** Aborted when nobody wants the stream any more. */
  readonly signal: AbortSignal
  /** Takes what is heard, in order. */
  heard(event: Heard): void
  /** The stream has broken and gives nothing more: called once at most, never after `close`. */
  failed(thrown: unknown): void
}

/** One stream of sound on its way to be recognised. */
export interface SttStream {
  /**
   * Takes sound, 20 ms usually; faster than it was spoken when a lost stream is made good. Must not wait: a
   * stream that cannot keep up fails.
   */
  push(samples: Int16Array): void
  /** Our detector says that the caller speaks; it may know that some hundred ms late. */
  started?(): void
  /** Our detector says that the caller has stopped speaking: what is still open is to become final now. */
  finish?(): void
  close(): void | Promise<void>
}

/** A recogniser at work in one call. */
export interface Stt {
  /**
   * Opens a stream; resolves when it takes sound. Called when the call begins, and again when a stream has
   * failed: the runtime then pushes again what was not settled.
   * @throws ProviderError
   */
  open(init: SttStreamInit): Promise<SttStream>
  close?(): void | Promise<void>
}

/** What `setup` of a recogniser gets. */
export interface SttContext<Options, Shared> {
  readonly options: Options
  /** What `share` made: one for all calls of the process. */
  readonly shared: Shared
  /** Id of the node in the graph. */
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the call is over, or another has taken its place. */
  readonly signal: AbortSignal
  metric(name: string, value: number, unit?: string): void
  /** Reports what is charged for beside seconds of sound, which the runtime counts. */
  usage(used: UsageInit): void
}

/** What the author of a recogniser writes. Its ports are fixed: sound in, transcripts out. */
export interface SttSpec<S extends JsonSchema, Shared = undefined> extends VendorSpec<Infer<S>> {
  /** Name in YAML, kebab-case. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  /** JSON Schema of `with`. */
  readonly options: S
  /** Forms of sound it takes, best first; mono. */
  readonly formats: readonly AudioFormatSpec[]
  /** Ms after the end of speech within which 99 % of its final transcripts come. */
  readonly finalWithinMs: number
  /** It talks to something that cannot be made to wait, so it is refused under virtual time. */
  readonly realTime?: true
  readonly share?: (ctx: ShareContext) => Shared | Promise<Shared>
  readonly unshare?: (shared: Shared) => void | Promise<void>
  /** Called once per call and node; opens nothing yet. */
  readonly setup: (ctx: SttContext<Infer<S>, Shared>) => Stt | Promise<Stt>
}

/** A recogniser as the runtime holds it. */
export interface SttDefinition extends Vendored {
  readonly kind: 'stt'
  readonly id: string
  readonly summary: string
  readonly role: 'stt'
  readonly ports: {
    readonly in: {
      readonly audio: { readonly type: 'audio'; readonly formats: readonly AudioFormatSpec[] }
    }
    readonly out: { readonly transcript: 'transcript' }
  }
  readonly options: JsonSchema
  readonly frames: readonly []
  readonly safety: false
  readonly realTime: boolean
  readonly finalWithinMs: number
  readonly share: ((ctx: ShareContext) => unknown) | undefined
  readonly unshare: ((shared: never) => void | Promise<void>) | undefined
  readonly setup: (ctx: SttContext<never, never>) => Stt | Promise<Stt>
}

/**
 * Defines a recogniser. The author opens streams; the runtime feeds them, keeps what was not settled, opens
 * the next one when one breaks, here or at the next provider, and pushes again what was lost, so that no
 * word is missed and none comes twice.
 */
export function defineStt<const S extends JsonSchema, Shared = undefined>(
  spec: SttSpec<S, Shared>,
): SttDefinition {
  return {
    kind: 'stt',
    id: spec.id,
    summary: spec.summary,
    role: 'stt',
    ports: {
      in: { audio: { type: 'audio', formats: spec.formats } },
      out: { transcript: 'transcript' },
    },
    options: spec.options,
    frames: [],
    safety: false,
    realTime: spec.realTime ?? false,
    finalWithinMs: spec.finalWithinMs,
    vendor: spec.vendor,
    verify: spec.verify as SttDefinition['verify'],
    share: spec.share,
    unshare: spec.unshare as SttDefinition['unshare'],
    setup: spec.setup as SttDefinition['setup'],
  }
}
