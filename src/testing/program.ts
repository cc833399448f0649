import {
  manifestOf,
  toolManifestOf,
  type MemoryDefinition,
  type NodeDefinition,
  type PortManifest,
  type ToolDefinition,
} from '../define/index.ts'
import { agentsOf, gatesOf, type AgentsInit } from './agents.ts'
import type { PlanMemory } from '../graph/plan-memory.ts'
import { usualTurns, type TurnOptions } from '../graph/turns-schema.ts'
import {
  usualLimitsOf,
  usualTimeouts,
  type Overflow,
  type Plan,
  type PlanBudget,
  type PlanCostBudget,
  type PlanEdge,
  type PlanLimits,
  type PlanMember,
  type PlanNode,
  type PlanTool,
  type Program,
} from '../graph/plan.ts'

/** A node of a program that is made in code: the definition, or more. */
export type NodeInit =
  | NodeDefinition
  | (Partial<Pick<PlanNode, 'options' | 'onError' | 'onInterrupt'>> & {
      readonly definition: NodeDefinition
      readonly limits?: Partial<PlanLimits>
      /** What takes its place when it fails, in order. */
      readonly fallback?: readonly NodeInit[]
    })

/** A tool of a program that is made in code: the definition, or more. */
export type ToolInit =
  | ToolDefinition
  | (Partial<Pick<PlanTool, 'timeoutMs' | 'onInterrupt' | 'filler' | 'set'>> & {
      readonly definition: ToolDefinition
    })

/** A memory of a program that is made in code. Options are taken as they are. */
export interface MemoryInit extends Partial<Pick<PlanMemory, 'options' | 'caller'>> {
  readonly definition: MemoryDefinition
  readonly keep: readonly string[]
}

/** What `programOf` takes. */
export interface ProgramInit {
  /** By id. Options are taken as they are: nothing is checked and no default is filled in. */
  readonly nodes: Readonly<Record<string, NodeInit>>
  /** Edges, one or more steps: `a -> b.port`, `a.events ~> c`. */
  readonly flow: readonly string[]
  readonly tools?: Readonly<Record<string, ToolInit>>
  /**
   * Agents: the nodes of one are called `<agent>/<node>`, the gates `agents/in` and `agents/out` are put in;
   * words come in, sound goes out.
   */
  readonly agents?: AgentsInit
  /** Variables of its calls. */
  readonly vars?: Plan['vars']
  /** What is known of callers beyond their calls. The caller is `call.from` unless given. */
  readonly memory?: MemoryInit
  /** Who has the floor: what differs from the usual. Lengths of time in ms. */
  readonly turns?: Partial<TurnOptions>
  /** How long answers may take. */
  readonly budgets?: readonly PlanBudget[]
  /** What a call may cost. */
  readonly costBudget?: PlanCostBudget
  /** Bound of every edge: frames, and what happens beyond. 1000, `block` unless given. */
  readonly buffer?: number
  readonly overflow?: Overflow
}

/**
 * A program from definitions, without a file: for tests of processors and of the runtime. Nothing is
 * inserted and nothing is checked but that nodes and ports exist.
 * @throws Error when an edge names what is not there
 */
export function programOf(init: ProgramInit): Program {
  const agents = init.agents && agentsOf(init.agents)
  const nodes = [
    ...Object.entries(init.nodes).map(([id, node]) => planNode(id, node)),
    ...(agents === undefined ? [] : gatesOf(agents)),
  ]
  const definitions = new Map(
    Object.entries(init.nodes).map(([id, node]) => [id, definitionOf(node)] as const),
  )
  const tools = Object.entries(init.tools ?? {})
  return {
    plan: {
      name: 'in code',
      file: 'in code',
      nodes,
      edges: init.flow.flatMap((chain) => edgesOf(chain, nodes, init)),
      tools: tools.map(([id, tool]) => planTool(id, tool)),
      servers: [],
      agents,
      vars: init.vars ?? {},
      turns: { options: { ...usualTurns(), ...init.turns }, templates: [] },
      budgets: init.budgets ?? [],
      costBudget: init.costBudget,
      memory: init.memory && planMemory(init.memory),
    },
    definitions,
    fallbacks: new Map(
      Object.entries(init.nodes).map(([id, node]) => [id, fallbackOf(node).map(definitionOf)]),
    ),
    tools: new Map(tools.map(([id, tool]) => [id, toolOf(tool)])),
    memory: init.memory?.definition,
  }
}

const planMemory = ({ definition, keep, options, caller }: MemoryInit): PlanMemory => ({
  use: definition.id,
  code: { kind: 'builtin', name: definition.id },
  manifest: manifestOf(definition),
  options: options ?? {},
  caller: caller ?? 'call.from',
  keep,
})

const toolOf = (tool: ToolInit): ToolDefinition => ('definition' in tool ? tool.definition : tool)

function planTool(id: string, tool: ToolInit): PlanTool {
  const definition = toolOf(tool)
  const own = 'definition' in tool ? tool : undefined
  return {
    id,
    code: { kind: 'file', path: '', export: id },
    manifest: toolManifestOf(definition),
    timeoutMs: own?.timeoutMs ?? usualTimeouts[definition.job ? 'job' : 'tool'],
    onInterrupt: own?.onInterrupt ?? 'continue',
    filler: own?.filler,
    set: own?.set ?? {},
  }
}

const fallbackOf = (node: NodeInit): readonly NodeInit[] =>
  'definition' in node ? (node.fallback ?? []) : []

const definitionOf = (node: NodeInit): NodeDefinition =>
  'definition' in node ? node.definition : node

function planNode(id: string, init: NodeInit): PlanNode {
  const own = 'definition' in init ? init : undefined
  return {
    id,
    label: id,
    ...planMember(init, fallbackOf(init).length > 0),
    fallback: fallbackOf(init).map((member) => planMember(member, false)),
    onError: own?.onError ?? 'restart',
    onInterrupt: own?.onInterrupt ?? 'obey',
    agent: id.includes('/') ? id.split('/')[0] : undefined,
    inserted: false,
  }
}

function planMember(init: NodeInit, hasFallback: boolean): PlanMember {
  const definition = definitionOf(init)
  const own = 'definition' in init ? init : undefined
  return {
    use: definition.id,
    code: { kind: 'builtin', name: definition.id },
    manifest: manifestOf(definition),
    options: own?.options ?? {},
    templates: [],
    limits: { ...usualLimitsOf(manifestOf(definition), hasFallback), ...own?.limits },
  }
}

function edgesOf(chain: string, nodes: readonly PlanNode[], init: ProgramInit): PlanEdge[] {
  const steps = chain.split(/\s+(->|~>)\s+/)
  const edges: PlanEdge[] = []
  for (let i = 0; i + 2 < steps.length; i += 2) {
    const from = portOf(steps[i] ?? '', 'out', nodes)
    const to = portOf(steps[i + 2] ?? '', 'in', nodes)
    const feedback = steps[i + 1] === '~>'
    edges.push({
      id: `${from.node}.${from.port} -> ${to.node}.${to.port}`,
      from: { node: from.node, port: from.port },
      to: { node: to.node, port: to.port },
      type: from.manifest.type,
      feedback,
      buffer: { frames: init.buffer ?? 1000, ms: undefined },
      overflow: init.overflow ?? (feedback ? 'latest' : 'block'),
      format: undefined,
    })
  }
  return edges
}

function portOf(
  ref: string,
  side: 'in' | 'out',
  nodes: readonly PlanNode[],
): { readonly node: string; readonly port: string; readonly manifest: PortManifest } {
  const [id, ...names] = ref.split('.')
  const name = names.length === 0 ? undefined : names.join('.')
  const node = nodes.find((candidate) => candidate.id === id)
  const ports = Object.entries(node?.manifest.ports[side] ?? {})
  const found = ports.find(([port, { main }]) => (name === undefined ? main : port === name))
  if (node === undefined || found === undefined) throw new Error(`no port for "${ref}" (${side})`)
  return { node: node.id, port: found[0], manifest: found[1] }
}
