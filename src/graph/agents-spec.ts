import type { PlanAgent } from './plan-agents.ts'
import type { ChainSpec, NodeSpec } from './spec.ts'
import type { Entry, ScalarTree, Span } from './tree.ts'

/** The agents of a file as they were written: shape checked, nothing resolved. */
export interface AgentsSpec {
  readonly key: Span
  readonly agents: ReadonlyMap<string, AgentSpec>
  /** Undefined when the file does not say it well enough; that has been reported. */
  readonly start: string | undefined
}

/** An agent as written. */
export interface AgentSpec {
  readonly id: string
  readonly key: Span
  readonly role: PlanAgent['role']
  /** By the names that they have inside the agent. */
  readonly nodes: ReadonlyMap<string, NodeSpec>
  readonly chains: readonly ChainSpec[]
  /** Where a part takes the place of nodes and chains. */
  readonly part: NodeSpec | undefined
  /** Where the file says which node leads. */
  readonly brain: ScalarTree | undefined
  /** `prompt`, `tools`, `interruptible`: nothing but options of its brain. */
  readonly options: readonly Entry[]
  /** Agents among its tools. */
  readonly consults: readonly ConsultSpec[]
  readonly enter: Entry | undefined
  /** How others see it when they consult it. */
  readonly consult: Entry | undefined
  readonly handoffs: readonly HandoffSpec[]
  readonly torn: boolean
}

/** `agents.fraud` in a list of tools. */
export interface ConsultSpec {
  readonly agent: string
  readonly span: Span
}

/** A hand-off as written. */
export interface HandoffSpec {
  readonly name: string
  readonly key: Span
  readonly kind: 'agent' | 'back' | 'end' | 'transfer'
  readonly tool: string
  readonly toolSpan: Span
  /** All else that was written, by key. */
  readonly keys: ReadonlyMap<string, Entry>
}
