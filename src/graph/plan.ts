import type {
  Manifest,
  MemoryDefinition,
  NodeDefinition,
  PortType,
  ToolDefinition,
  ToolManifest,
} from '../define/index.ts'
import type { AudioEncoding } from '../frames/index.ts'
import type { PlanAgents } from './plan-agents.ts'
import type { PlanMemory } from './plan-memory.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { StageName } from './budgets-schema.ts'
import type { TurnOptions } from './turns-schema.ts'

/** A checked graph, ready to be loaded: everything resolved, nothing optional left. */
export interface Plan {
  readonly name: string
  /** Absolute path of the file it was written in. */
  readonly file: string
  /** Sources first; edges other than `~>` lead from earlier to later nodes (a transport is split). */
  readonly nodes: readonly PlanNode[]
  readonly edges: readonly PlanEdge[]
  readonly tools: readonly PlanTool[]
  /** Servers whose tools are used, as the file has them. */
  readonly servers: readonly PlanServer[]
  /** Undefined in a graph that holds one conversation, led by its one brain. */
  readonly agents: PlanAgents | undefined
  /** Who has the floor. */
  readonly turns: PlanTurns
  /** How long answers may take. */
  readonly budgets: readonly PlanBudget[]
  /** What a call may cost; undefined: whatever it does. */
  readonly costBudget: PlanCostBudget | undefined
  readonly vars: Readonly<Record<string, PlanVar>>
  /** Undefined in a graph that forgets its callers. */
  readonly memory: PlanMemory | undefined
}

/** Who has the floor, ready for the conversation. */
export interface PlanTurns {
  readonly options: TurnOptions
  /** Sentences with `{{var}}` in them. */
  readonly templates: readonly Template[]
}

/**
 * What a budget measures: a stage, or the time between two events of an answer (`user.stopped`,
 * `llm.first_text`).
 */
export type BudgetSpan =
  | { readonly stage: StageName; readonly from?: undefined; readonly to?: undefined }
  | { readonly stage?: undefined; readonly from: string; readonly to: string }

/** How long a part of every answer may take. */
export type PlanBudget = BudgetSpan & {
  readonly name: string
  /** Half of the answers of a call take no longer, in ms. At least one of the two limits is there. */
  readonly p50Ms: number | undefined
  /** Nineteen of twenty take no longer, in ms. */
  readonly p95Ms: number | undefined
}

/** What the vendors of a call may charge for it. */
export interface PlanCostBudget {
  /** In US dollars. */
  readonly usd: number
  /** What happens beyond it: it is told once, or the call ends as well. */
  readonly over: 'warn' | 'end'
  /** Last sentence of a call that ends for it; `{{var}}` is expanded then. */
  readonly say: string | undefined
}

/** Where the code of a node or a tool is. */
export type CodeRef =
  | { readonly kind: 'builtin'; readonly name: string }
  /** Absolute path and name of the export (`default` unless `#name` was written). */
  | { readonly kind: 'file'; readonly path: string; readonly export: string }
  /** A tool of a server that the plan names. What `learns` names is known when the server has told. */
  | {
      readonly kind: 'mcp'
      readonly server: string
      readonly tool: string
      readonly learns: readonly ('description' | 'parameters')[]
    }
  /** Put in by the loader between two audio formats; the runtime has it. */
  | { readonly kind: 'convert' }
  /** Put in by the loader where the floor is given: `agents/in` and `agents/out`; the runtime has it. */
  | { readonly kind: 'floor' }

/** What happens to a call when a node fails. */
export type OnError = 'restart' | 'bypass' | 'end_call'

/** One node. */
export interface PlanNode {
  readonly id: string
  readonly label: string
  /** As written: `flite-tts`, `./word-mask.ts`; `convert` for converters. */
  readonly use: string
  readonly code: CodeRef
  readonly manifest: Manifest
  /** Checked, with defaults; durations in ms. `{{var}}` is still in it where `templates` says so. */
  readonly options: Readonly<Record<string, unknown>>
  readonly templates: readonly Template[]
  readonly onError: OnError
  readonly onInterrupt: 'obey' | 'ignore'
  /** How long it may take, how often it is tried, when it is given a rest. */
  readonly limits: PlanLimits
  /** What takes its place when it fails, in order; each fits the same ports. */
  readonly fallback: readonly PlanMember[]
  /** Agent that it belongs to; undefined for what all of them share. */
  readonly agent: string | undefined
  /** True for what the loader put in. */
  readonly inserted: boolean
}

/** Until a provider has to give something, in ms. A mind that is alone is waited for: the caller is told meanwhile. */
const usualTimeoutMs = (kind: Manifest['kind'], hasFallback: boolean): number | undefined =>
  ({ brain: hasFallback ? 2500 : 6000, stt: 2000, tts: 1500 })[kind as string]

/** What is asked of a provider before another takes its place. */
export interface PlanLimits {
  /** Until its first output, and from one output to the next, in ms; undefined: no limit. */
  readonly timeoutMs: number | undefined
  /** Attempts beyond the first, and the pause before the first of them in ms; it doubles. */
  readonly retry: { readonly max: number; readonly backoffMs: number }
  /**
   * After so many failures in a row, of all calls of the process, it is not asked for so long, in ms; then
   * one call tries it.
   */
  readonly breaker: { readonly failures: number; readonly resetMs: number }
}

/** What a node may be made of: itself, or one that takes its place. */
export type PlanMember = Pick<
  PlanNode,
  'use' | 'code' | 'manifest' | 'options' | 'templates' | 'limits'
>

/**
 * What holds where the file says nothing; what is embedded has no limit of time. Of a recogniser the time counts from the caller's last sound; a
 * mind or a voice that keeps silent for longer leaves dead air.
 */
export const usualLimitsOf = (
  { kind, vendor }: Pick<Manifest, 'kind' | 'vendor'>,
  hasFallback = false,
): PlanLimits => ({
  timeoutMs: vendor === undefined ? undefined : usualTimeoutMs(kind, hasFallback),
  // A recogniser keeps what it could not send: it can be tried for as long as a network stumbles.
  retry: { max: kind === 'stt' && !hasFallback ? 4 : 1, backoffMs: 200 },
  breaker: { failures: 1, resetMs: 10_000 },
})

/** An option with `{{var}}` in it. */
export interface Template {
  /** Keys from the options to the string. */
  readonly path: readonly (string | number)[]
  /** Values must not be able to leave the directory. */
  readonly isPath: boolean
}

/** What happens to a frame that comes to a full input. */
export type Overflow = 'drop_oldest' | 'drop_newest' | 'latest' | 'block' | 'error'

/** A resolved audio format. */
export interface AudioFormat {
  readonly sampleRate: number
  readonly channels: number
  readonly encoding: AudioEncoding
}

/** One wire. */
export interface PlanEdge {
  /** `stt.transcript -> llm.text`, unique in the plan. */
  readonly id: string
  readonly from: { readonly node: string; readonly port: string }
  readonly to: { readonly node: string; readonly port: string }
  /** Type of the output: the payload that it carries. */
  readonly type: PortType
  /** Written `~>`: delivered later, never blocks. */
  readonly feedback: boolean
  /** How much may wait at the input: a number of frames, and for audio a length in ms. */
  readonly buffer: { readonly frames: number; readonly ms: number | undefined }
  readonly overflow: Overflow
  /** Format of the sound on it, where it carries sound and the format is known. */
  readonly format: AudioFormat | undefined
}

/** What is said while a tool is waited for. */
export interface Filler {
  /** So long nothing has been heard since the tool was called, in ms. */
  readonly afterMs: number
  /** Sentences, said in turn; `{{var}}` is expanded then. */
  readonly say: readonly string[]
  /** So long after each sentence the next one is said, in ms; undefined: one is all. */
  readonly everyMs: number | undefined
}

/**
 * How long tools may take unless the graph says otherwise, in ms: a caller waits for one, for a job nobody
 * does; a telephone has to ring.
 */
export const usualTimeouts = { tool: 10_000, job: 600_000, transfer: 30_000 } as const

/** A server that speaks the Model Context Protocol: a process of its own, or one that is reached by HTTP. */
export type PlanServer = { readonly id: string } & (
  | {
      readonly kind: 'process'
      /** The program, and what it is given. It runs in `folder`. */
      readonly command: readonly string[]
      readonly folder: string
      /** Secrets. */
      readonly env: Readonly<Record<string, string>>
    }
  | {
      readonly kind: 'http'
      readonly url: string
      /** Secrets. */
      readonly headers: Readonly<Record<string, string>>
    }
)

/** One tool. */
export interface PlanTool {
  readonly id: string
  readonly code: CodeRef
  readonly manifest: ToolManifest
  readonly timeoutMs: number
  /** What becomes of it when the caller interrupts the response that asked for it. */
  readonly onInterrupt: 'continue' | 'cancel'
  /** What is said while it is waited for; false: nothing; undefined: what its user says. */
  readonly filler: Filler | false | undefined
  /** Of `transfer_call`: names that the model may choose from, and where they lead. */
  readonly destinations?: Readonly<Record<string, PlanDestination>>
  /** Variables that are set from its result: name of the variable to path in the result. */
  readonly set: Readonly<Record<string, string>>
}

/** Somebody outside the graph who may get the call; `{{var}}` in the texts is expanded then. */
export interface PlanDestination {
  /** A phone number, a SIP address, or a queue of people. */
  readonly to: string
  /**
   * Whoever takes the call is told this first, and the caller goes on with the bot until then; `summary`: what
   * the brain says of the call. Undefined: the carrier takes the call at once.
   */
  readonly brief?: string | undefined
  /** Said to the caller before. */
  readonly say?: string | undefined
}

/** A variable of the call. */
export interface PlanVar {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array' | 'duration'
  /** What its values must fit. */
  readonly schema: JsonSchema
  readonly default: unknown
}

/** A plan with its code: what sessions are made from. */
export interface Program {
  readonly plan: Plan
  /** By node id. */
  readonly definitions: ReadonlyMap<string, NodeDefinition>
  /** By node id, in the order of `fallback`; nodes without one are left out. */
  readonly fallbacks: ReadonlyMap<string, readonly NodeDefinition[]>
  /** By tool id. */
  readonly tools: ReadonlyMap<string, ToolDefinition>
  /** Undefined without one in the plan. */
  readonly memory: MemoryDefinition | undefined
}
