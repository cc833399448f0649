import type { UsageInit, Word } from '../frames/index.ts'
import type { AudioEncoding } from '../frames/audio.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Clock } from '../time/clock.ts'
import type { AudioFormatSpec } from './ports.ts'
import type { Log, ShareContext } from './processor.ts'
import type { Vendored, VendorSpec } from './vendor.ts'

/** A form of sound, mono. */
export interface SpeechFormat {
  /** In Hz. */
  readonly sampleRate: number
  readonly encoding: AudioEncoding
}

/**
 * A piece of the text of an utterance. A span that begins without a text says that the one before is complete and
 * that nothing more comes for a while (a tool is at work): a voice that gathers text sends off what it has.
 */
export interface UtteranceText {
  /** Sentence-like piece of the response that it belongs to; its pieces come one behind the other. */
  readonly span: number
  readonly text: string
}

/** What is to be said in one response of the bot. */
export interface Utterance {
  /**
   * The text, in order and as it becomes known; ends when there is no more. Read once. Spans are separated
   * here: a voice that puts them together puts a space between them.
   */
  readonly text: AsyncIterable<UtteranceText>
  /**
   * Aborted, in the tick of the interruption, when nobody wants it any more: what is being made is to be
   * cancelled at the vendor at once. Aborted too when it is over.
   */
  readonly signal: AbortSignal
}

/** Sound of an utterance, of any length: the runtime cuts it into frames. */
export interface SpokenPiece {
  readonly span: number
  /** In the format that `setup` was given. A span's pieces come in order, and spans one after the other. */
  readonly samples: Int16Array
  /**
   * Words of the span that are known by now and were not given before, as they stand between the spaces of
   * its text; times are ms from the beginning of the span's sound. Left out by voices that give no times.
   */
  readonly words?: readonly Word[]
}

/** A voice at work in one call. Its connection is open when `setup` resolves and closed by `close`. */
export interface Tts {
  /**
   * Speaks an utterance. Subscribed once and read as fast as there is room for the sound, so what arrives
   * earlier waits with the voice. One that has nothing to say ends without sound. Two may overlap: the next
   * one begins when the last one is aborted. One that is aborted ends; that is no error.
   * @throws ProviderError; whatever was given before counts as spoken
   */
  speak(utterance: Utterance): AsyncIterable<SpokenPiece>
  close?(): void | Promise<void>
}

/** What `setup` of a voice gets. */
export interface TtsContext<Options, Shared> {
  readonly options: Options
  /** What `share` made: one for all calls of the process. */
  readonly shared: Shared
  /** Id of the node in the graph. */
  readonly node: string
  /** What the graph wants its sound in: one of `formats`. */
  readonly format: SpeechFormat
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the call is over, or another has taken its place. */
  readonly signal: AbortSignal
  metric(name: string, value: number, unit?: string): void
  /** Reports what is charged for beside characters of text, which the runtime counts. */
  usage(used: UsageInit): void
}

/** What the author of a voice writes. Its ports are fixed: text in, sound out. */
export interface TtsSpec<S extends JsonSchema, Shared = undefined> extends VendorSpec<Infer<S>> {
  /** Name in YAML, kebab-case. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  /** JSON Schema of `with`. */
  readonly options: S
  /** Forms of sound it gives, best first; mono. */
  readonly formats: readonly AudioFormatSpec[]
  /** It talks to something that cannot be made to wait, so it is refused under virtual time. */
  readonly realTime?: true
  readonly share?: (ctx: ShareContext) => Shared | Promise<Shared>
  readonly unshare?: (shared: Shared) => void | Promise<void>
  /** Called once per call and node. Opens the connection: the greeting must not wait for it. */
  readonly setup: (ctx: TtsContext<Infer<S>, Shared>) => Tts | Promise<Tts>
}

/** A voice as the runtime holds it. */
export interface TtsDefinition extends Vendored {
  readonly kind: 'tts'
  readonly id: string
  readonly summary: string
  readonly role: 'tts'
  readonly ports: {
    readonly in: { readonly text: { readonly type: 'text'; readonly many: true } }
    readonly out: {
      readonly audio: { readonly type: 'audio'; readonly formats: readonly AudioFormatSpec[] }
    }
  }
  readonly options: JsonSchema
  readonly frames: readonly []
  readonly safety: false
  readonly realTime: boolean
  readonly share: ((ctx: ShareContext) => unknown) | undefined
  readonly unshare: ((shared: never) => void | Promise<void>) | undefined
  readonly setup: (ctx: TtsContext<never, never>) => Tts | Promise<Tts>
}

/**
 * Defines a voice. The author speaks utterances; the runtime makes frames of the sound, keeps spans and
 * word times together, cancels what an interruption cuts, watches the time, tries again, and lets the next
 * provider say what was not said.
 */
export function defineTts<const S extends JsonSchema, Shared = undefined>(
  spec: TtsSpec<S, Shared>,
): TtsDefinition {
  return {
    kind: 'tts',
    id: spec.id,
    summary: spec.summary,
    role: 'tts',
    ports: {
      in: { text: { type: 'text', many: true } },
      out: { audio: { type: 'audio', formats: spec.formats } },
    },
    options: spec.options,
    frames: [],
    safety: false,
    realTime: spec.realTime ?? false,
    vendor: spec.vendor,
    verify: spec.verify as TtsDefinition['verify'],
    share: spec.share,
    unshare: spec.unshare as TtsDefinition['unshare'],
    setup: spec.setup as TtsDefinition['setup'],
  }
}
