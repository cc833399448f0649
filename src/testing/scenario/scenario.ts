import type { Frame, FrameOf, Json } from '../../frames/index.ts'
import type { Override } from '../../graph/read-graph.ts'
import type { Span } from '../../graph/tree.ts'
import type { TextPattern } from './text-pattern.ts'

/** A test file, read and checked by itself; the graph it is about is not looked at yet. */
export interface Scenario {
  /** As the user named it. */
  readonly file: string
  /** Absolute paths of the test and of its graph. */
  readonly path: string
  readonly target: string
  readonly modality: Modality
  /** Profiles of the graph that every case runs under; none: the graph as it is. */
  readonly profiles: readonly ProfileRef[]
  /** Processors that take the place of those in the graph, by node. */
  readonly mocks: Readonly<Record<string, Override>>
  readonly cases: readonly TestCase[]
}

/** A profile, and where the test names it. */
export interface ProfileRef {
  readonly name: string
  readonly span: Span
}

/** `text`: words enter where the recogniser would say them. `audio`: they are spoken. */
export type Modality = 'text' | 'audio'

/** One call. */
export interface TestCase {
  readonly name: string
  readonly line: number
  readonly span: Span
  readonly modality: Modality
  readonly vars: Readonly<Record<string, unknown>>
  readonly isOnly: boolean
  /** Why it is left out; undefined when it is not. */
  readonly skip: string | undefined
  readonly steps: readonly Step[]
}

/** One step, and where it stands. */
export type Step = StepAction & {
  readonly line: number
  readonly span: Span
  /** The step in a few words, for people. */
  readonly shown: string
}

/** What a step does. */
export type StepAction =
  | { readonly kind: 'user'; readonly does: CallerAction; readonly at: Moment | undefined }
  | {
      readonly kind: 'feed'
      readonly port: PortRef
      readonly frames: readonly Frame[]
      readonly at: Moment | undefined
    }
  | { readonly kind: 'fail'; readonly failure: Failure; readonly at: Moment | undefined }
  | { readonly kind: 'expect'; readonly expectation: Expectation }
  | { readonly kind: 'never'; readonly expectation: Expectation; readonly forMs: number }
  | { readonly kind: 'snapshot'; readonly port: PortRef }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'hangup'; readonly at: Moment | undefined }

/** What the caller does. */
export type CallerAction =
  | { readonly type: 'say'; readonly text: string }
  /** Absolute path of a WAV file. */
  | { readonly type: 'sound'; readonly path: string }
  | { readonly type: 'keys'; readonly keys: string }
  | { readonly type: 'silence'; readonly ms: number }
  /** Sound from a mouth that has no words. */
  | { readonly type: 'noise'; readonly noise: 'cough' | 'voice'; readonly ms: number }

/** When somebody does something. */
export interface Moment {
  /** ms since the call began; undefined: an event is waited for. */
  readonly atMs: number | undefined
  readonly after: EventRef | undefined
  readonly delayMs: number
}

/**
 * A moment that is known by what happens: the call began; the step before was over; the caller begins to
 * hear something; the bot has fallen silent; a node, or a node of an agent, gives its first sound of a
 * response, or a frame.
 */
export type EventRef =
  | { readonly type: 'start' | 'step' | 'heard' | 'quiet' }
  | { readonly type: 'first-audio'; readonly node: string }
  | { readonly type: 'frame'; readonly node: string; readonly frame: string }

/** `llm.text`, and of a node of an agent `billing/llm.text`. */
export interface PortRef {
  readonly node: string
  readonly port: string
}

/** What goes wrong on purpose. */
export interface Failure {
  /** Exactly one of the two. */
  readonly node: string | undefined
  readonly tool: string | undefined
  /**
   * `refuse`: its set-up fails from now on; what is set up already works on. Before all other steps it holds from the
   * beginning of the call.
   */
  readonly with: 'error' | 'timeout' | 'disconnect' | 'slow' | 'refuse'
  /** How late, where it is slow. */
  readonly delayMs: number
  /** How often; Infinity unless told. */
  readonly times: number
}

/** Something that is to happen, or never. */
export interface Expectation {
  readonly what: Expected
  /** Who must have done it: an agent, or a node. */
  readonly agent: string | undefined
  /** How long after the step before, in ms of virtual time. */
  readonly withinMs: number
  /** In a few words, for people. */
  readonly shown: string
}

/** The event itself. */
export type Expected =
  | { readonly type: 'agent' }
  /** What is generated, or what the caller really heard, of one response. */
  | { readonly type: 'says' | 'heard'; readonly pattern: TextPattern }
  | { readonly type: 'tool'; readonly name: string; readonly with: readonly FieldPattern[] }
  | ExpectedHandoff
  | {
      readonly type: 'frame'
      readonly port: PortRef
      readonly frame: string | undefined
      readonly equals: Json | undefined
      readonly matches: TextPattern | undefined
      readonly from: string | undefined
    }
  | {
      readonly type: 'turn'
      readonly state: string | undefined
      readonly text: TextPattern | undefined
    }
  /** The caller hears the answer so soon after the true end of speech. */
  | { readonly type: 'answer'; readonly mostMs: number }
  | { readonly type: 'interrupted'; readonly node: string | undefined }
  | { readonly type: 'held' | 'resumed' }
  | { readonly type: 'ended'; readonly reason: TextPattern | undefined }
  /** Variables of the call have these values, since then or from before. */
  | { readonly type: 'vars'; readonly fields: readonly FieldPattern[] }

/** One agent gives the call to another. */
export interface ExpectedHandoff {
  readonly type: 'handoff'
  readonly state: FrameOf<'handoff'>['state']
  /** An agent, `end`, or the name of a transfer. */
  readonly to: string | undefined
  readonly from: string | undefined
  readonly reason: TextPattern | undefined
  readonly context: string | undefined
  /** What is passed on. */
  readonly pass: readonly FieldPattern[]
}

/** A field of a map that must be equal to something, or match. */
export interface FieldPattern {
  readonly name: string
  readonly equals: Json | undefined
  readonly matches: TextPattern | undefined
}
