import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/**
 * What the caller has heard. One `started` and one `stopped` per span that reached the transport,
 * `progress` in between, and where a hold begins and ends; `heardMs` of `stopped` is final. What is heard
 * twice counts once.
 */
export interface PlayoutFrame extends FrameBase<'playout', 'user'> {
  readonly state: 'started' | 'progress' | 'stopped'
  /** Span of text whose sound this is. */
  readonly span: number
  /** Number of the response the span belongs to. A fact about it, so it is not in the header. */
  readonly of: number
  /** How much of the span's sound the caller has heard, in ms. */
  readonly heardMs: number
  /** Whole words of the span that the caller has heard; undefined when the voice gave no times. */
  readonly words: number | undefined
  /** True on a `stopped` that came because the response was cut. */
  readonly cut: boolean
}

/** What `playout()` takes; `cut` is false unless given. */
export interface PlayoutInit {
  readonly state: PlayoutFrame['state']
  readonly span: number
  readonly of: number
  readonly heardMs: number
  readonly words?: number | undefined
  readonly cut?: boolean
}

declare module './frame.ts' {
  interface FrameKinds {
    playout: PlayoutFrame
  }
}

/** Catalogue entry of `playout`. */
export const playoutKind: FrameKind<'playout', PlayoutInit> = kind({
  type: 'playout',
  lane: 'user',
  routing: 'fact',
  properties: {
    state: { enum: ['started', 'progress', 'stopped'] },
    span: { type: 'integer', minimum: 0 },
    of: { type: 'integer', minimum: 0 },
    heardMs: { type: 'number', minimum: 0 },
    words: { type: 'integer', minimum: 0 },
    cut: { type: 'boolean' },
  },
  optional: ['words'],
  fields: (init) => ({
    state: init.state,
    span: init.span,
    of: init.of,
    heardMs: init.heardMs,
    words: init.words,
    cut: init.cut ?? false,
  }),
})

/** Drafts a fact about what the caller has heard. */
export const playout = (init: PlayoutInit): PlayoutFrame => playoutKind.build(draftHeader, init)
