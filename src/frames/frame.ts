/** The five lanes, in the order in which the loop looks at them. Per lane: first in, first out. */
export const lanes = ['control', 'media', 'user', 'bot', 'telemetry'] as const

/**
 * - `control`: session life and interruptions; reaches every node without an edge.
 * - `media`: what the caller sounds like.
 * - `user`: facts about the caller: transcripts, turns, keys, playout.
 * - `bot`: what we are about to say, as text and as sound; the only lane an interruption can cut.
 * - `telemetry`: figures about the call.
 */
export type Lane = (typeof lanes)[number]

/** What every frame carries beside its payload. The runtime fills it in when a node emits the frame. */
export interface Header {
  /** Integer, increasing in the session; 0 while the frame is only a draft that nobody has emitted. */
  readonly id: number
  /** Milliseconds on the session clock at which the frame was emitted. */
  readonly at: number
  /** Id of the node that emitted it; empty for the session itself. */
  readonly source: string
  /** Id of the frame that led to it; 0 when nothing did. */
  readonly cause: number
  /** Number of the response it was made for; 0 outside the bot lane and for frames nothing can cut. */
  readonly response: number
}

/** Header plus the literal `type` and the lane. */
export interface FrameBase<T extends string, L extends Lane = Lane> extends Header {
  readonly type: T
  readonly lane: L
}

/**
 * The catalogue: frame type to interface. A plugin adds its own by declaration merging
 * (`declare module 'voxgraph/plugin' { interface FrameKinds { mood: MoodFrame } }`) and one
 * `defineFrame()` that it lists in its definition's `frames`.
 */
// oxlint-disable-next-line typescript/no-empty-interface -- filled by the files of this folder
export interface FrameKinds {}

/** Literal types of all frames known to the compiler. */
export type FrameType = keyof FrameKinds & string
/** The frame of one type: `FrameOf<'audio'>`. */
export type FrameOf<T extends FrameType> = FrameKinds[T]
/** Any frame. */
export type Frame = FrameKinds[FrameType]

/** JSON as it travels in messages, tool arguments and tool results. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }

/**
 * How a frame finds its way. `payload` travels along drawn edges of its type; a `fact` (speech, turn,
 * response, playout …) travels along every edge in its lane, behind the payload it belongs to;
 * `control` reaches every node and needs no edge.
 */
export type Routing = 'payload' | 'fact' | 'control'

/** Header of a draft: a frame that no node has emitted yet. */
export const draftHeader: Header = Object.freeze({
  id: 0,
  at: 0,
  source: '',
  cause: 0,
  response: 0,
})

/** Payload of a frame: its own fields without header, type and lane. */
export type PayloadOf<F> = Omit<F, keyof Header | 'type' | 'lane'>

/** One entry of the catalogue, from `defineFrame` or from this folder. */
export interface FrameKind<T extends FrameType = FrameType, Init = never> {
  readonly type: T
  /** Lanes it may travel in; the payload decides where there is more than one. */
  readonly lanes: readonly Lane[]
  readonly routing: Routing
  /** JSON Schema (2020-12, an object) of the payload, checked when a frame comes in from a wire. */
  readonly payload: object
  /** Makes the frame: same fields in the same order every time, so that shapes stay monomorphic. */
  build(header: Header, init: Init): FrameOf<T>
}

/** A kind whose init type does not matter to the holder, as in the catalogue. */
export interface AnyFrameKind {
  readonly type: string
  readonly lanes: readonly Lane[]
  readonly routing: Routing
  readonly payload: object
  build(header: Header, init: never): Frame
}

/** What `kind` takes. */
export interface KindSpec<T extends FrameType, Init> {
  readonly type: T
  readonly routing: Routing
  /** The lane, or how the payload decides it. */
  readonly lane: Lane | { readonly lanes: readonly Lane[]; readonly of: (init: Init) => Lane }
  /** JSON Schemas of the payload's fields. */
  readonly properties: { readonly [field: string]: object }
  /** Fields that may be undefined; all others are required on the wire. */
  readonly optional?: readonly string[]
  /** Payload with every field present, always in the same order. */
  fields(init: Init, header: Header): PayloadOf<FrameOf<T>>
}

/** Makes a catalogue entry. Only a frame of the bot lane can belong to a response. */
export function kind<T extends FrameType, Init>(spec: KindSpec<T, Init>): FrameKind<T, Init> {
  const { type, lane, properties, optional = [] } = spec
  const laneOf = typeof lane === 'string' ? () => lane : lane.of
  return {
    type,
    lanes: typeof lane === 'string' ? [lane] : lane.lanes,
    routing: spec.routing,
    payload: {
      type: 'object',
      additionalProperties: false,
      required: Object.keys(properties).filter((field) => !optional.includes(field)),
      properties,
    },
    build(header, init) {
      const lane = laneOf(init)
      const { id, at, source, cause } = header
      const response = lane === 'bot' ? header.response : 0
      const frame: unknown = {
        type,
        lane,
        id,
        at,
        source,
        cause,
        response,
        ...spec.fields(init, header),
      }
      return frame as FrameOf<T>
    },
  }
}

/** Fields of a frame that `derive` may change: the payload, nothing of the header. */
export type Changes<F extends Frame> = F extends unknown ? Partial<PayloadOf<F>> : never

/**
 * A draft like `frame` with some of its payload changed. It keeps the response and names `frame` as its
 * cause; the runtime gives it an id, a time and a source when it is emitted.
 */
export function derive<F extends Frame>(frame: F, changes: Changes<F>): F {
  return { ...frame, ...changes, id: 0, at: 0, source: '', cause: frame.id }
}
