import {
  draftHeader,
  kind,
  type FrameKind,
  type FrameOf,
  type FrameType,
  type Lane,
  type PayloadOf,
} from './frame.ts'

/** What a plugin says about a frame of its own. */
export interface FrameDefinition<T extends FrameType> {
  readonly type: T
  readonly lane: Exclude<Lane, 'control'>
  /** JSON Schemas of the payload's fields, checked when such a frame comes in from a wire. */
  readonly properties: { readonly [field in keyof PayloadOf<FrameOf<T>>]: object }
  /** `payload` (default) is wired along edges of this type; a `fact` travels along every edge. */
  readonly routing?: 'payload' | 'fact'
  /** Fields that may be left out. */
  readonly optional?: readonly (keyof PayloadOf<FrameOf<T>> & string)[]
}

/** A kind of a plugin's own, and the constructor of its drafts. */
export type DefinedFrame<T extends FrameType> = FrameKind<T, PayloadOf<FrameOf<T>>> &
  ((payload: PayloadOf<FrameOf<T>>) => FrameOf<T>)

/**
 * Adds a frame to the catalogue of the graphs that use it. Declare its interface by merging into
 * `FrameKinds`, list the result under `frames` of the processor's definition, and call it to draft one:
 *
 * ```ts
 * declare module 'voxgraph/plugin' { interface FrameKinds { mood: MoodFrame } }
 * export const mood = defineFrame({ type: 'mood', lane: 'user', properties: { label: { type: 'string' } } })
 * mood({ label: 'calm' })
 * ```
 */
export function defineFrame<T extends FrameType>(spec: FrameDefinition<T>): DefinedFrame<T> {
  const names = Object.keys(spec.properties) as (keyof PayloadOf<FrameOf<T>>)[]
  const made = kind<T, PayloadOf<FrameOf<T>>>({
    type: spec.type,
    lane: spec.lane,
    routing: spec.routing ?? 'payload',
    properties: spec.properties,
    optional: spec.optional ?? [],
    fields: (init) => {
      const payload: Partial<PayloadOf<FrameOf<T>>> = {}
      for (const name of names) payload[name] = init[name]
      return payload as PayloadOf<FrameOf<T>>
    },
  })
  return Object.assign((payload: PayloadOf<FrameOf<T>>) => made.build(draftHeader, payload), made)
}
