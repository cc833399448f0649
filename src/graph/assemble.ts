import type { AgentSpec } from './agents-spec.ts'
import { floorIn, floorOut, floorSpec } from './floor.ts'
import { unreadable } from './read-flow.ts'
import type { ChainSpec, GraphSpec, NodeSpec, StepSpec } from './spec.ts'
import type { Tree } from './tree.ts'

/** Nodes and chains that share their names: those of the graph itself, or of one agent. */
interface Body {
  /** In front of the names of its nodes: empty, or `triage/`. */
  readonly prefix: string
  readonly agent: string | undefined
}

/**
 * The graph with the nodes and the chains of its agents in it: ids are `triage/llm`, and the steps
 * `agents`, `in` and `out` are the two nodes between which the floor is given.
 */
export function assemble(spec: GraphSpec): GraphSpec {
  const { agents } = spec
  const top: Body = { prefix: '', agent: undefined }
  const chains = spec.chains.flatMap((chain) => placeChain(chain, top))
  if (agents === undefined) return { ...spec, chains }
  const nodes = new Map(spec.nodes)
  for (const id of [floorIn, floorOut]) nodes.set(id, floorSpec(agents, id))
  for (const agent of agents.agents.values()) {
    const body: Body = { prefix: `${agent.id}/`, agent: agent.id }
    for (const node of agent.nodes.values()) add(nodes, node, body)
    chains.push(...agent.chains.flatMap((chain) => placeChain(chain, body)))
  }
  return { ...spec, nodes, chains }
}

function add(nodes: Map<string, NodeSpec>, node: NodeSpec, { prefix, agent }: Body): void {
  const id = `${prefix}${node.id}`
  const label = node.label === node.id ? id : node.label
  nodes.set(id, { ...node, id, label, agent })
}

/** A chain as one of two steps for each of its arrows. */
function placeChain(chain: ChainSpec, body: Body): ChainSpec[] {
  const { name, steps } = chain
  const links: ChainSpec[] = []
  for (const [index, to] of steps.entries()) {
    const from = steps[index - 1]
    if (from === undefined) continue
    const ends = [placeStep(from, body, 'from'), placeStep(to, body, 'to')]
    links.push({ name, prefix: body.prefix, steps: ends })
  }
  return links
}

function placeStep(step: StepSpec, { prefix, agent }: Body, side: 'from' | 'to'): StepSpec {
  const { node, port } = step
  if (node === unreadable) return step
  if (agent === undefined) {
    return node === 'agents' ? { ...step, node: side === 'to' ? floorIn : floorOut } : step
  }
  if (node !== 'in' && node !== 'out') return { ...step, node: `${prefix}${node}` }
  const own = port === undefined ? agent : `${agent}.${port}`
  return { ...step, node: node === 'in' ? floorIn : floorOut, port: own }
}

/** Schemas and names of variables are taken as they are. */
const isData = (key: string): boolean => key === 'pass' || key === 'set'

/** Everything at agents in which `${...}` may stand, but for their nodes. */
export function agentTrees({ agents }: GraphSpec): Tree[] {
  const entries = [...(agents?.agents.values() ?? [])].flatMap(({ enter, consult, handoffs }) => [
    ...(enter ? [enter] : []),
    ...(consult ? [consult] : []),
    ...handoffs.flatMap(({ keys }) => [...keys.values()].filter(({ key }) => !isData(key))),
  ])
  return entries.map(({ value }) => value)
}

/** Ids of the nodes that the file has, without those that stand for `agents`. */
export const nodeIds = ({ nodes }: GraphSpec): readonly string[] =>
  [...nodes.keys()].filter((id) => id !== floorIn && id !== floorOut)

/** True for agents whose nodes no chain leads to, and none has to. */
export const isQuiet = (agent: AgentSpec | undefined): boolean =>
  agent !== undefined && agent.role !== 'floor'
