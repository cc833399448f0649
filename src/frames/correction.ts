import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/**
 * Says that what the voice gets for a span is not what the brain wrote: a node on the way there has masked
 * or withheld something. It is emitted before the sound of it can be heard, and reaches the brain without
 * an edge, so that the record says what was really said.
 */
export interface CorrectionFrame extends FrameBase<'correction', 'control'> {
  /** Number of the response the span belongs to. */
  readonly of: number
  readonly span: number
  /** All that is said of the span; empty for nothing. */
  readonly text: string
  /** True: nothing that comes after this span in its response is said. */
  readonly last: boolean
}

/** What `correction()` takes; `last` is false unless given. */
export interface CorrectionInit {
  readonly of: number
  readonly span: number
  readonly text: string
  readonly last?: boolean
}

declare module './frame.ts' {
  interface FrameKinds {
    correction: CorrectionFrame
  }
}

/** Catalogue entry of `correction`. */
export const correctionKind: FrameKind<'correction', CorrectionInit> = kind({
  type: 'correction',
  lane: 'control',
  routing: 'control',
  properties: {
    of: { type: 'integer', minimum: 0 },
    span: { type: 'integer', minimum: 0 },
    text: { type: 'string' },
    last: { type: 'boolean' },
  },
  fields: (init) => ({
    of: init.of,
    span: init.span,
    text: init.text,
    last: init.last ?? false,
  }),
})

/** Drafts the news that a span says something else than what was written. */
export const correction = (init: CorrectionInit): CorrectionFrame =>
  correctionKind.build(draftHeader, init)
