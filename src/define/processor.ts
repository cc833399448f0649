import type { Observable } from 'rxjs'
import type {
  AnyFrameKind,
  CancelFrame,
  EndFrame,
  ErrorFrame,
  Frame,
  FrameOf,
  InterruptFrame,
  HandoffFrame,
  StartFrame,
} from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Clock } from '../time/clock.ts'
import type { FrameFor, Ports, PortTypeOf } from './ports.ts'

/** What a processor is in a conversation; used for messages, completion and the runtime's own care. */
export type Role =
  | 'transport'
  | 'filter'
  | 'stt'
  | 'llm'
  | 'tts'
  | 'brain'
  | 'sink'
  | 'source'
  | 'detector'
  | 'memory'

/** A log that knows which call and which node speaks. Values are printed, secrets are not. */
export interface Log {
  debug(message: string, details?: Readonly<Record<string, unknown>>): void
  info(message: string, details?: Readonly<Record<string, unknown>>): void
  warn(message: string, details?: Readonly<Record<string, unknown>>): void
}

/** What every handler gets as its second argument. */
export interface Context {
  /** Aborted when the response in hand is cut, or when the session is over. Read it before you wait. */
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly log: Log
  /** Reports a figure; it travels in the telemetry lane. */
  metric(name: string, value: number, unit?: string): void
}

/** What `setup` gets: one per call and node. `signal` is aborted when the call is over. */
export interface SetupContext<Options, Shared> extends Context {
  readonly options: Options
  /** What `share` made: one for all calls of the process. */
  readonly shared: Shared
  /** Id of the node in the graph. */
  readonly node: string
}

/** What `share` gets. `signal` is aborted when the process lets go of it. */
export interface ShareContext {
  readonly log: Log
  readonly signal: AbortSignal
}

/** A frame and the output it leaves by; made by `to`. */
export interface Routed {
  readonly port: string
  readonly frame: Frame
}

/** Something a handler may give back. */
export type Out<F extends Frame = Frame> = F | Routed

/**
 * What a handler may return: nothing (the frame is dropped), a frame, several, a promise of either, or
 * a stream. A stream is asked for its next frame only when there is room for it (an Observable cannot be
 * asked, so it is bounded by its edge); it is closed when its response is cut.
 */
export type Handled<F extends Frame = Frame> =
  | Out<F>
  | readonly Out<F>[]
  | undefined
  | void
  | Promise<Out<F> | readonly Out<F>[] | undefined | void>
  | Iterable<Out<F>>
  | AsyncIterable<Out<F>>
  | Observable<Out<F>>

/** Facts and control frames, as `signal` sees them. */
export type Signal =
  | FrameOf<'speech'>
  | FrameOf<'turn'>
  | FrameOf<'response'>
  | FrameOf<'playout'>
  | FrameOf<'tool-call'>
  | FrameOf<'tool-result'>
  | FrameOf<'metric'>
  | FrameOf<'inference'>
  | FrameOf<'usage'>
  | StartFrame
  | EndFrame
  | CancelFrame
  | InterruptFrame
  | HandoffFrame
  | FrameOf<'correction'>
  | ErrorFrame

/** Frames that any handler may emit whatever its ports: facts and control. */
export type Ambient = Signal

/**
 * What `setup` returns in the usual form. A handler per input port; a port without one passes its frames
 * on to the main output, in order. `signal` sees every fact that passes and every control frame; what it
 * returns goes out before the fact, which is passed on in any case. `close` is the last call and has a
 * deadline; it is not called for a node whose setup failed.
 */
export type Handlers<I extends Ports, O extends Ports> = {
  readonly [key in keyof I | 'signal' | 'close']?: key extends 'close'
    ? () => void | Promise<void>
    : (
        frame: key extends 'signal'
          ? Signal
          : key extends keyof I
            ? FrameFor<PortTypeOf<I[key]>>
            : never,
        ctx: Context,
      ) => Handled<FrameFor<PortTypeOf<O[keyof O]>> | Ambient>
}

/**
 * The other form: the whole stream. Subscribed once, when the node is ready. It sees the frames of its
 * input ports and facts (to look at: the runtime passes facts on itself); it completes at the end of
 * the call. What it emits goes to the main output.
 */
export type StreamFunction = (frames: Observable<Frame>) => Observable<Out>

/** What `setup` may return. */
export type Made<I extends Ports, O extends Ports> = Handlers<I, O> | StreamFunction

/** What an author writes. */
export interface ProcessorSpec<
  I extends Ports,
  O extends Ports,
  S extends JsonSchema,
  Shared = undefined,
> {
  /** Name in YAML, kebab-case. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  readonly role?: Role
  readonly ports: { readonly in?: I; readonly out?: O }
  /** JSON Schema of `with`: an object whose every property is described. */
  readonly options?: S
  /** Frames of the plugin's own, from `defineFrame`. */
  readonly frames?: readonly AnyFrameKind[]
  /** It may not be bypassed on error. */
  readonly safety?: true
  /** It talks to something that cannot be made to wait, so it is refused under virtual time. */
  readonly realTime?: true
  /**
   * A recogniser's: ms after the end of speech within which 99 % of its final transcripts come. The
   * conversation waits so long for the caller's last words, and learns better from each call.
   */
  readonly finalWithinMs?: number
  /** What all calls of one process share (an engine, a pool): made when the first call needs it. */
  readonly share?: (ctx: ShareContext) => Shared | Promise<Shared>
  /** Ends what `share` made. */
  readonly unshare?: (shared: Shared) => void | Promise<void>
  /** Called once per call and node. May wait (a connection, a model); frames wait meanwhile. */
  readonly setup: (
    ctx: SetupContext<Infer<S>, Shared>,
  ) => Made<NoInfer<I>, NoInfer<O>> | Promise<Made<NoInfer<I>, NoInfer<O>>>
}

/** A processor as the runtime holds it, whatever its types. */
export interface ProcessorDefinition {
  readonly kind: 'processor'
  readonly id: string
  readonly summary: string
  readonly role: Role
  readonly ports: { readonly in: Ports; readonly out: Ports }
  readonly options: JsonSchema
  readonly frames: readonly AnyFrameKind[]
  readonly safety: boolean
  readonly realTime: boolean
  readonly finalWithinMs: number | undefined
  readonly share: ((ctx: ShareContext) => unknown) | undefined
  readonly unshare: ((shared: never) => void | Promise<void>) | undefined
  readonly setup: (ctx: SetupContext<never, never>) => unknown
}

/** Options of a processor that takes none. */
export const noOptions = {
  type: 'object',
  additionalProperties: false,
  properties: {},
} as const satisfies JsonSchema

/**
 * Defines a processor. Types of options and frames come from the literals; the default export of a
 * module, it is loadable by path, by package and by name.
 */
export function defineProcessor<
  const I extends Ports = Record<never, never>,
  const O extends Ports = Record<never, never>,
  const S extends JsonSchema = typeof noOptions,
  Shared = undefined,
>(spec: ProcessorSpec<I, O, S, Shared>): ProcessorDefinition {
  return {
    kind: 'processor',
    id: spec.id,
    summary: spec.summary,
    role: spec.role ?? 'filter',
    ports: { in: spec.ports.in ?? {}, out: spec.ports.out ?? {} },
    options: spec.options ?? noOptions,
    frames: spec.frames ?? [],
    safety: spec.safety ?? false,
    realTime: spec.realTime ?? false,
    finalWithinMs: spec.finalWithinMs,
    share: spec.share,
    unshare: spec.unshare as ProcessorDefinition['unshare'],
    setup: spec.setup as ProcessorDefinition['setup'],
  }
}

/** Sends a frame by another output than the main one: `return to('events', frame)`. */
export const to = (port: string, frame: Frame): Routed => ({ port, frame })

/** Says that a frame goes no further: `return drop`. */
export const drop = undefined
