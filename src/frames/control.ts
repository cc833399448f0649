import {
  draftHeader,
  kind,
  type FrameBase,
  type FrameKind,
  type FrameType,
  type Json,
  type KindSpec,
} from './frame.ts'

/** What a failure is about; decides whether asking again can help. */
export const errorCategories = [
  'auth',
  'invalid',
  'rate-limit',
  'quota',
  'overloaded',
  'connectivity',
  'server',
  'timeout',
  'bug',
] as const
/** One of `errorCategories`. */
export type ErrorCategory = (typeof errorCategories)[number]

/** `confirm` cuts every response up to `through`; `suspect` holds output, `reject` lets it go on. */
export interface InterruptFrame extends FrameBase<'interrupt', 'control'> {
  readonly phase: 'suspect' | 'confirm' | 'reject'
  /** Highest response it cuts; the runtime fills in the newest one when it is 0. */
  readonly through: number
  readonly reason: string
}

/** First frame every node sees. */
export interface StartFrame extends FrameBase<'start', 'control'> {
  readonly session: string
}

/** The session is over once what is under way has come out; the last frame every node sees. */
export interface EndFrame extends FrameBase<'end', 'control'> {
  readonly reason: string
}

/** The session is over now; what is under way is thrown away. */
export interface CancelFrame extends FrameBase<'cancel', 'control'> {
  readonly reason: string
}

/** One agent gives the call to another. */
export interface HandoffFrame extends FrameBase<'handoff', 'control'> {
  /**
   * `started`: the old agent says its last; `done`: the floor is the next one's; `returned`: the next one
   * did not start, the floor is the old one's again, and `reason` says why.
   */
  readonly state: 'started' | 'done' | 'returned'
  readonly from: string
  /** An agent, `end`, or the name of a transfer. */
  readonly to: string
  readonly reason: string
  /** What the old agent passes on: data, checked against the schema of the hand-off. */
  readonly pass: { readonly [key: string]: Json }
  /** What the next agent is told: `transcript`, `all`, `summary`, `none`. */
  readonly context: string
}

/** Something failed. `message` holds no secret and no text for the caller. */
export interface ErrorFrame extends FrameBase<'error', 'control'> {
  readonly category: ErrorCategory
  readonly retryable: boolean
  readonly node: string
  /** 1 for the first try. */
  readonly attempt: number
  /** Code of the error catalogue, or empty. */
  readonly code: string
  readonly message: string
}

declare module './frame.ts' {
  interface FrameKinds {
    interrupt: InterruptFrame
    start: StartFrame
    end: EndFrame
    cancel: CancelFrame
    handoff: HandoffFrame
    error: ErrorFrame
  }
}

/** What `interrupt()` takes; phase `confirm` of everything so far unless told otherwise. */
export interface InterruptInit {
  readonly phase?: InterruptFrame['phase']
  readonly through?: number
  readonly reason?: string
}

/** What `error()` takes. */
export interface ErrorInit {
  readonly category: ErrorCategory
  readonly message: string
  readonly retryable?: boolean
  readonly node?: string
  readonly attempt?: number
  readonly code?: string
}

/** What `handoff()` takes. */
export interface HandoffInit {
  readonly state: HandoffFrame['state']
  readonly from: string
  readonly to: string
  readonly reason?: string
  readonly pass?: HandoffFrame['pass']
  readonly context?: string
}

const string = { type: 'string' }

function control<T extends FrameType, Init>(
  type: T,
  properties: KindSpec<T, Init>['properties'],
  fields: KindSpec<T, Init>['fields'],
): FrameKind<T, Init> {
  return kind({ type, lane: 'control', routing: 'control', properties, fields })
}

/** Catalogue entry of `interrupt`. */
export const interruptKind: FrameKind<'interrupt', InterruptInit> = control(
  'interrupt',
  {
    phase: { enum: ['suspect', 'confirm', 'reject'] },
    through: { type: 'integer', minimum: 0 },
    reason: string,
  },
  (init) => ({
    phase: init.phase ?? 'confirm',
    through: init.through ?? 0,
    reason: init.reason ?? '',
  }),
)

/** Catalogue entry of `start`. */
export const startKind: FrameKind<'start', { readonly session: string }> = control(
  'start',
  { session: string },
  (init) => ({
    session: init.session,
  }),
)

/** Catalogue entry of `end`. */
export const endKind: FrameKind<'end', { readonly reason: string }> = control(
  'end',
  { reason: string },
  (init) => ({
    reason: init.reason,
  }),
)

/** Catalogue entry of `cancel`. */
export const cancelKind: FrameKind<'cancel', { readonly reason: string }> = control(
  'cancel',
  { reason: string },
  (init) => ({
    reason: init.reason,
  }),
)

/** Catalogue entry of `handoff`. */
export const handoffKind: FrameKind<'handoff', HandoffInit> = control(
  'handoff',
  {
    state: { enum: ['started', 'done', 'returned'] },
    from: string,
    to: string,
    reason: string,
    pass: { type: 'object' },
    context: string,
  },
  (init) => ({
    state: init.state,
    from: init.from,
    to: init.to,
    reason: init.reason ?? '',
    pass: init.pass ?? {},
    context: init.context ?? 'transcript',
  }),
)

/** Catalogue entry of `error`. */
export const errorKind: FrameKind<'error', ErrorInit> = control(
  'error',
  {
    category: { enum: errorCategories },
    retryable: { type: 'boolean' },
    node: string,
    attempt: { type: 'integer', minimum: 1 },
    code: string,
    message: string,
  },
  (init, header) => ({
    category: init.category,
    retryable: init.retryable ?? false,
    node: init.node || header.source,
    attempt: init.attempt ?? 1,
    code: init.code ?? '',
    message: init.message,
  }),
)

/** Drafts an interruption. */
export const interrupt = (init: InterruptInit): InterruptFrame =>
  interruptKind.build(draftHeader, init)
/** Drafts the start of a session; the runtime emits it. */
export const start = (init: { readonly session: string }): StartFrame =>
  startKind.build(draftHeader, init)
/** Drafts the end of a session. Emitted by a node, it makes the session drain and stop. */
export const end = (init: { readonly reason: string }): EndFrame => endKind.build(draftHeader, init)
/** Drafts the cancellation of a session. Emitted by a node, it makes the session stop at once. */
export const cancel = (init: { readonly reason: string }): CancelFrame =>
  cancelKind.build(draftHeader, init)
/** Drafts a hand-off. */
export const handoff = (init: HandoffInit): HandoffFrame => handoffKind.build(draftHeader, init)
/** Drafts a report of a failure. */
export const error = (init: ErrorInit): ErrorFrame => errorKind.build(draftHeader, init)
