import type { AgentSpec } from './agents-spec.ts'
import { floorSpec } from './floor.ts'
import { gateIds } from './plan-agents.ts'
import type { Host } from './host.ts'
import { isPart, openPart, type PartOpener } from './parts.ts'
import { unreadable } from './read-flow.ts'
import type { Report } from './report.ts'
import { textOf } from './shape.ts'
import type { ChainSpec, GraphSpec, NodeSpec, StepSpec } from './spec.ts'
import { spliceParts, type Junction, type Link } from './splice.ts'
import type { Tree } from './tree.ts'

/** Nodes and chains that share their names: those of the graph itself, of an agent, or of a part. */
interface Body {
  /** In front of the names of its nodes: empty, or `triage/`. */
  readonly prefix: string
  readonly agent: string | undefined
  /** What stands behind `in` and `out`: nothing in the graph itself. */
  readonly ends: 'none' | 'agent' | 'part'
  readonly nodes: ReadonlyMap<string, NodeSpec>
  readonly chains: readonly ChainSpec[]
  /** Absolute paths of the files around it, outermost first. */
  readonly trail: readonly string[]
}

/** What has been put together so far. */
interface Whole {
  readonly opener: PartOpener
  readonly nodes: Map<string, NodeSpec>
  readonly links: Link[]
  readonly junctions: Junction[]
  /** Parts that could not be read: what leads there has no other mistake. */
  readonly lost: Set<string>
  torn: boolean
}

/**
 * The graph with the nodes and the chains of its agents and its parts in it: ids are `triage/llm` and
 * `triage/voice/tts`, and the steps `agents`, `in` and `out` of an agent are the two nodes between which
 * the floor is given.
 */
export async function assemble(
  spec: GraphSpec,
  report: Report,
  host: Host,
  file: string,
): Promise<GraphSpec> {
  const opener: PartOpener = { report, host, file, texts: new Map(), uses: [] }
  const { torn, agents } = spec
  const whole: Whole = { opener, nodes: new Map(), links: [], junctions: [], lost: new Set(), torn }
  const trail = [file]
  const { nodes, chains } = spec
  await place(whole, { prefix: '', agent: undefined, ends: 'none', nodes, chains, trail })
  for (const agent of agents?.agents.values() ?? []) await placeAgent(whole, agent, trail)
  if (agents !== undefined) {
    const isTextWanted = whole.links.some(({ from }) => from.node === gateIds.text)
    const gates = [gateIds.in, gateIds.out, ...(isTextWanted ? [gateIds.text] : [])]
    for (const id of gates) whole.nodes.set(id, floorSpec(agents, id))
  }
  const spliced = spliceParts(report, whole.links, whole.junctions, whole.nodes)
  return { ...spec, nodes: whole.nodes, chains: spliced, parts: opener.uses, torn: whole.torn }
}

async function placeAgent(whole: Whole, agent: AgentSpec, trail: readonly string[]): Promise<void> {
  const { id, part } = agent
  const body: Body = {
    prefix: `${id}/`,
    agent: id,
    ends: 'agent',
    nodes: agent.nodes,
    chains: agent.chains,
    trail,
  }
  if (part === undefined) return place(whole, body)
  const opened = await openPart(whole.opener, part, id, trail)
  if (opened === undefined || opened.torn) whole.torn = true
  if (opened === undefined) return
  const inside = [...trail, opened.use.source.path ?? '']
  await place(whole, { ...body, nodes: opened.nodes, chains: opened.chains, trail: inside })
}

async function place(whole: Whole, body: Body): Promise<void> {
  const { prefix, agent, trail } = body
  const parts = new Set<string>()
  for (const node of body.nodes.values()) {
    const id = `${prefix}${node.id}`
    const label = node.label === node.id ? id : node.label
    const fallback = node.fallback.map((member) => ({ ...member, id, label, agent }))
    const placed = { ...node, id, label, agent, fallback }
    if (!isPart(node)) {
      whole.nodes.set(id, placed)
      continue
    }
    parts.add(node.id)
    const opened = await openPart(whole.opener, placed, id, trail)
    if (opened === undefined || opened.torn) whole.torn = true
    if (opened === undefined) {
      whole.lost.add(id)
      continue
    }
    whole.junctions.push({ id, node: placed, use: node.use ? textOf(node.use) : id })
    const { nodes, chains, use } = opened
    const inside = [...trail, use.source.path ?? '']
    await place(whole, { prefix: `${id}/`, agent, ends: 'part', nodes, chains, trail: inside })
  }
  for (const chain of body.chains) {
    for (const [index, to] of chain.steps.entries()) {
      const from = chain.steps[index - 1]
      if (from === undefined) continue
      const ends = {
        from: stepIn(whole, body, parts, from, 'from'),
        to: stepIn(whole, body, parts, to, 'to'),
      }
      whole.links.push(ends)
    }
  }
}

/** A step as the whole graph names it. */
function stepIn(
  { lost }: Whole,
  { prefix, agent, ends }: Body,
  parts: ReadonlySet<string>,
  step: StepSpec,
  side: 'from' | 'to',
): StepSpec {
  const { node, port } = step
  const here = { ...step, prefix, node: `${prefix}${node}` }
  if (node === unreadable || lost.has(here.node)) return { ...step, node: unreadable }
  if (parts.has(node)) return { ...here, node: `${here.node}/${side === 'to' ? 'in' : 'out'}` }
  if (ends === 'none') {
    if (node !== 'agents') return step
    if (side === 'to') return { ...step, node: gateIds.in }
    const isText = port === 'text'
    return isText
      ? { ...step, node: gateIds.text, port: undefined }
      : { ...step, node: gateIds.out }
  }
  if ((node !== 'in' && node !== 'out') || ends === 'part') return here
  const own = port === undefined ? agent : `${agent}.${port}`
  return { ...here, node: node === 'in' ? gateIds.in : gateIds.out, port: own }
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
  [...nodes.keys()].filter((id) => !Object.values<string>(gateIds).includes(id))

/** True for agents whose nodes no chain leads to, and none has to. */
export const isQuiet = (agent: AgentSpec | undefined): boolean =>
  agent !== undefined && agent.role !== 'floor'
