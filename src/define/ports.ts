import type { AudioEncoding, FrameOf, FrameType } from '../frames/index.ts'

/**
 * What flows through a port: a frame type that is wired (`audio`, `text`, `transcript`, `dtmf`,
 * `message`, a plugin's own), or `any`. A transcript is a text.
 */
export type PortType = FrameType | 'any'

/** A rate in Hz, or the option that holds it. */
export type OptionRef = { readonly option: string }

/** One accepted or produced form of sound. What is left out is free. */
export interface AudioFormatSpec {
  readonly sampleRate?: number | OptionRef
  readonly channels?: number
  /** `pcm` unless given. */
  readonly encoding?: AudioEncoding | OptionRef
}

/** A port written out; the short form is the type alone. */
export interface PortSpec<T extends PortType = PortType> {
  readonly type: T
  /** A bare node name in a chain means this port; a single port is the main one anyway. */
  readonly main?: boolean
  /** Input: several chains may end here. */
  readonly many?: boolean
  /** Input: it must be connected. The main input is required unless this is false. */
  readonly required?: boolean
  /** Output: it comes from outside and cannot be asked to wait. */
  readonly live?: boolean
  /**
   * Audio: forms it takes or gives, best first. An input without them takes any `pcm`; an output
   * without them gives what the node's main input gets.
   */
  readonly formats?: readonly AudioFormatSpec[]
  readonly description?: string
}

/** Ports of one side by name. */
export type Ports = { readonly [port: string]: PortType | PortSpec }

/** Frame type of a port, from either form. */
export type PortTypeOf<P> = P extends { readonly type: infer T } ? T : P

/** Frames that arrive at or leave by a port of type `T`. */
export type FrameFor<T> = T extends 'any'
  ? FrameOf<FrameType>
  : T extends 'text'
    ? FrameOf<'text'> | FrameOf<'transcript'>
    : T extends FrameType
      ? FrameOf<T>
      : never
