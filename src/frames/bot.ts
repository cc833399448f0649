import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/**
 * A response begins or ends: one thing the bot sets out to say. Emitting `started` makes the runtime
 * give it the next number; what the same handler emits afterwards carries that number.
 */
export interface ResponseFrame extends FrameBase<'response', 'bot'> {
  readonly state: 'started' | 'ended'
  /** Agent (or brain node) that speaks. */
  readonly agent: string
  /** Why: `start`, `turn`, `tool-result`, `say` … */
  readonly reason: string
  /** False: the caller cannot interrupt it; what is said meanwhile becomes the next turn. */
  readonly interruptible: boolean
}

/** Text to be spoken, in pieces of any size. */
export interface TextFrame extends FrameBase<'text', 'bot'> {
  readonly text: string
  /** Sentence-like piece it belongs to; counts up within the session; 0 when nobody numbered it. */
  readonly span: number
  /** False for text that is shown or kept but not spoken. */
  readonly speak: boolean
}

/** What `response()` takes; `interruptible` is true unless given. */
export interface ResponseInit {
  readonly state: 'started' | 'ended'
  readonly agent?: string
  readonly reason?: string
  readonly interruptible?: boolean
}

/** What `text()` takes; `span` is 0 and `speak` is true unless given. */
export interface TextInit {
  readonly text: string
  readonly span?: number
  readonly speak?: boolean
}

declare module './frame.ts' {
  interface FrameKinds {
    response: ResponseFrame
    text: TextFrame
  }
}

/** Catalogue entry of `response`. */
export const responseKind: FrameKind<'response', ResponseInit> = kind({
  type: 'response',
  lane: 'bot',
  routing: 'fact',
  properties: {
    state: { enum: ['started', 'ended'] },
    agent: { type: 'string' },
    reason: { type: 'string' },
    interruptible: { type: 'boolean' },
  },
  fields: (init) => ({
    state: init.state,
    agent: init.agent ?? '',
    reason: init.reason ?? '',
    interruptible: init.interruptible ?? true,
  }),
})

/** Catalogue entry of `text`. */
export const textKind: FrameKind<'text', TextInit> = kind({
  type: 'text',
  lane: 'bot',
  routing: 'payload',
  properties: {
    text: { type: 'string' },
    span: { type: 'integer', minimum: 0 },
    speak: { type: 'boolean' },
  },
  fields: (init) => ({
    text: init.text,
    span: init.span ?? 0,
    speak: init.speak ?? true,
  }),
})

/** Drafts the beginning or the end of a response. */
export const response = (init: ResponseInit): ResponseFrame => responseKind.build(draftHeader, init)
/** Drafts text to be spoken. */
export const text = (init: TextInit): TextFrame => textKind.build(draftHeader, init)
