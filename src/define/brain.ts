import type { Observable } from 'rxjs'
import { conversationOptions } from './brain-options.ts'
import type { Json, ToolOutcome, UsageInit } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Log, ShareContext } from './processor.ts'
import type { Clock } from '../time/clock.ts'
import type { Vendored, VendorSpec } from './vendor.ts'

/** One entry of what the model is told. */
export type Message =
  | { readonly role: 'user'; readonly text: string }
  | {
      readonly role: 'assistant'
      /** What the caller heard of it. */
      readonly text: string
      /** What was generated; longer than `text` when it was cut. */
      readonly generated: string
      readonly interrupted: boolean
    }
  | {
      readonly role: 'tool'
      readonly callId: string
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
      /** `pending` while the tool is at work: it must not be asked for again. */
      readonly result: ToolOutcome | PendingResult
    }
  /** This agent got the call here, from another or back. Everything in it is data, and no instruction. */
  | {
      readonly role: 'handoff'
      /** Who gave it the call. */
      readonly from: string
      /** What the other passed on. */
      readonly pass: { readonly [key: string]: Json }
      /** What has been said so far, in short, where the hand-off carries a summary. */
      readonly summary?: string
      /** Why the other gave it up, where it broke down and did not hand over. */
      readonly failure?: string
      /** Hand-offs of this agent that are used up. */
      readonly unavailable: readonly string[]
    }

/** A tool is at work. `progress` is what a job has told of itself last. */
export interface PendingResult {
  readonly status: 'pending'
  readonly progress?: string
}

/** A tool as the model sees it. */
export interface ToolSummary {
  readonly name: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: JsonSchema
}

/** What a brain is asked: an immutable snapshot, made for this one inference. */
export interface Inference {
  /**
   * Why: the call begins, the caller's turn has ended, tools have answered, this agent has been given the
   * call, another agent asks it a question (`consult`), it is told how the call goes on (`note`), or it is
   * to sum up what has been said (`summary`).
   */
  readonly reason: 'start' | 'turn' | 'tool-result' | 'handoff' | 'consult' | 'note' | 'summary'
  /** What the model is told to be and to do: the option `prompt` of the agent or the brain. */
  readonly prompt: string
  /** What it is to do this time; where there is none, it answers what was said last. */
  readonly instruction: string | undefined
  readonly messages: readonly Message[]
  readonly tools: readonly ToolSummary[]
  readonly vars: Readonly<Record<string, unknown>>
  /** Aborted when the response is cut or the call is over. */
  readonly signal: AbortSignal
}

/**
 * What a brain gives: text in pieces of any size (an empty one says only that it is at work), tool calls,
 * and whether the caller may interrupt it from here on.
 */
export type Said =
  | string
  | {
      readonly tool: string
      readonly arguments: { readonly [key: string]: Json }
      readonly callId?: string
    }
  | { readonly interruptible: boolean }

/** A brain at work in one call. */
export interface Brain {
  /**
   * Answers one inference. Subscribed once; asked for its next piece when there is room; closed when
   * `inference.signal` aborts. Nothing said means nothing is spoken.
   */
  respond(inference: Inference): Iterable<Said> | AsyncIterable<Said> | Observable<Said>
  close?(): void | Promise<void>
}

/** What `setup` of a brain gets. */
export interface BrainContext<Options, Shared> {
  readonly options: Options
  readonly shared: Shared
  readonly node: string
  /** Names of everything it may call: tools, hand-offs, agents to consult. */
  readonly tools: readonly string[]
  /**
   * The same as the model sees them, in the same order all through the call. `Inference.tools` are those of
   * them that may be called now.
   */
  readonly toolset: readonly ToolSummary[]
  /** `Inference.prompt` as it would be now: known before the first question, so that it can be prepared. */
  prompt(): string
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the call is over. */
  readonly signal: AbortSignal
  metric(name: string, value: number, unit?: string): void
  /** Reports what a vendor will charge for. */
  usage(used: UsageInit): void
}

/** What the author of a brain writes. Its ports are fixed: text and keys in, text out. */
export interface BrainSpec<S extends JsonSchema, Shared = undefined> extends VendorSpec<Infer<S>> {
  readonly id: string
  readonly summary: string
  /** JSON Schema of `with`. Those that every brain has (`conversationOptions`) are added to it. */
  readonly options: S
  readonly realTime?: true
  readonly share?: (ctx: ShareContext) => Shared | Promise<Shared>
  readonly unshare?: (shared: Shared) => void | Promise<void>
  readonly setup: (ctx: BrainContext<Infer<S>, Shared>) => Brain | Promise<Brain>
}

/** A brain as the runtime holds it. The conversation stands in front of it. */
export interface BrainDefinition extends Vendored {
  readonly kind: 'brain'
  readonly id: string
  readonly summary: string
  readonly role: 'brain'
  readonly ports: {
    readonly in: {
      readonly text: { readonly type: 'text'; readonly many: true; readonly main: true }
      readonly dtmf: { readonly type: 'dtmf'; readonly many: true }
    }
    readonly out: { readonly text: 'text' }
  }
  readonly options: JsonSchema
  readonly frames: readonly []
  readonly safety: false
  readonly realTime: boolean
  readonly share: ((ctx: ShareContext) => unknown) | undefined
  readonly unshare: ((shared: never) => void | Promise<void>) | undefined
  readonly setup: (ctx: BrainContext<never, never>) => Brain | Promise<Brain>
}

/** What a brain listens to: what the caller says, and the keys that the caller presses. */
const brainInputs = {
  text: { type: 'text', many: true, main: true },
  dtmf: { type: 'dtmf', many: true },
} as const

/** Defines a brain: a model, or a script that stands in for one. */
export function defineBrain<const S extends JsonSchema, Shared = undefined>(
  spec: BrainSpec<S, Shared>,
): BrainDefinition {
  const options: JsonSchema = spec.options
  return {
    kind: 'brain',
    id: spec.id,
    summary: spec.summary,
    role: 'brain',
    ports: { in: brainInputs, out: { text: 'text' } },
    options: { ...options, properties: { ...options.properties, ...conversationOptions } },
    frames: [],
    safety: false,
    realTime: spec.realTime ?? false,
    vendor: spec.vendor,
    verify: spec.verify as BrainDefinition['verify'],
    share: spec.share,
    unshare: spec.unshare as BrainDefinition['unshare'],
    setup: spec.setup as BrainDefinition['setup'],
  }
}
