import type { JsonSchema } from '../schema/json-schema.ts'
import type { AgentsSpec } from './agents-spec.ts'
import type { PartUse } from './parts.ts'
import type { OnError, Overflow, PlanVar } from './plan.ts'
import type { Entry, MapTree, ScalarTree, Span, Tree } from './tree.ts'

/** A graph as it was written: shape checked, nothing resolved. */
export interface GraphSpec {
  readonly name: string | undefined
  readonly params: ReadonlyMap<string, VarSpec>
  readonly vars: ReadonlyMap<string, VarSpec>
  readonly nodes: ReadonlyMap<string, NodeSpec>
  /** False when `nodes` is missing or is no map. */
  readonly hasNodes: boolean
  readonly chains: readonly ChainSpec[]
  readonly tools: ReadonlyMap<string, ToolSpec>
  /** Servers whose tools may be used. */
  readonly mcp: Entry | undefined
  readonly agents: AgentsSpec | undefined
  /** Uses of parts, in the order in which they were opened. */
  readonly parts: readonly PartUse[]
  readonly turns: Entry | undefined
  readonly budgets: Entry | undefined
  readonly memory: Entry | undefined
  /** A part of the flow or of the nodes could not be read: rules about the whole graph keep quiet. */
  readonly torn: boolean
}

/** A node as written. */
export interface NodeSpec {
  readonly id: string
  readonly key: Span
  readonly use: ScalarTree | undefined
  readonly with: MapTree | undefined
  /** `with` stands in the file, whatever it is. */
  readonly withBroken: boolean
  readonly inputs: readonly InputSpec[]
  readonly onError: OnError
  readonly onErrorSpan: Span
  readonly onInterrupt: 'obey' | 'ignore'
  readonly label: string
  /** `timeout`, `retry` and `breaker`, as far as they are given. */
  readonly limits: readonly Entry[]
  /** What takes its place when it fails: members have its id, and neither inputs nor members of their own. */
  readonly fallback: readonly NodeSpec[]
  /** Agent that it belongs to; undefined for what all of them share. */
  readonly agent: string | undefined
  /** Keys that are none of a node: they may be options in the wrong place. */
  readonly strays: readonly Entry[]
}

/** Policy of an input as written. */
export interface InputSpec {
  readonly port: string
  readonly key: Span
  readonly frames: number | undefined
  readonly ms: number | undefined
  readonly bufferSpan: Span
  readonly overflow: Overflow | undefined
  readonly overflowSpan: Span
  readonly convert: 'auto' | 'explicit'
}

/** A chain as written. */
export interface ChainSpec {
  /** `flow.main`, `agents.triage.flow.main`: as messages call it. */
  readonly name: string
  readonly steps: readonly StepSpec[]
}

/** One step of a chain. */
export interface StepSpec {
  readonly node: string
  readonly port: string | undefined
  readonly span: Span
  /** The arrow that leads here is `~>`. */
  readonly feedback: boolean
  /** The chain that it stands in. */
  readonly chain: string
  /** In front of the names around it: empty, or `triage/`. */
  readonly prefix: string
}

/** A tool as written. */
export interface ToolSpec {
  readonly id: string
  readonly key: Span
  /** Undefined for a built-in tool that is told how to work here. */
  readonly use: ScalarTree | undefined
  /** All that was written, by key. */
  readonly keys: ReadonlyMap<string, Entry>
  /** Undefined: as usual for its kind. */
  readonly timeoutMs: number | undefined
  readonly onInterrupt: 'continue' | 'cancel'
  /** Variables that are set from its result, by path in it. */
  readonly set: Readonly<Record<string, string>>
}

/** A param or a var as written. */
export interface VarSpec {
  readonly name: string
  readonly key: Span
  readonly type: PlanVar['type']
  readonly schema: JsonSchema
  readonly default: Tree | undefined
  readonly required: boolean
}
