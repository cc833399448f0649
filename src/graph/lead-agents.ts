import type { Manifest } from '../define/index.ts'
import type { AgentSpec } from './agents-spec.ts'
import type { Report } from './report.ts'
import type { Found } from './resolve-use.ts'
import { textOf } from './shape.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { choice, meantOrAll, nearest } from './suggest.ts'
import { entryOf } from './tree.ts'

/** A graph whose agents know by which node each of them is led. */
export interface LedGraph {
  readonly spec: GraphSpec
  /** Id of the node that leads, by agent. */
  readonly brains: ReadonlyMap<string, string>
}

const counts = ['no', 'one', 'two', 'three', 'four', 'five']

/** Finds the brain of each agent, and gives it the options that were written at the agent. */
export function leadAgents(
  report: Report,
  spec: GraphSpec,
  found: ReadonlyMap<string, Found<Manifest>>,
): LedGraph {
  const nodes = new Map(spec.nodes)
  const brains = new Map<string, string>()
  for (const agent of spec.agents?.agents.values() ?? []) {
    const own = [...spec.nodes.values()].filter((node) => node.agent === agent.id)
    const id = brainOf(report, agent, own, found)
    const node = id === undefined ? undefined : nodes.get(id)
    if (node === undefined) continue
    brains.set(agent.id, node.id)
    nodes.set(node.id, withOptions(report, agent, node))
  }
  return { spec: { ...spec, nodes }, brains }
}

function brainOf(
  report: Report,
  agent: AgentSpec,
  own: readonly NodeSpec[],
  found: ReadonlyMap<string, Found<Manifest>>,
): string | undefined {
  const { id } = agent
  const short = (node: NodeSpec): string => node.id.slice(id.length + 1)
  const leading = own.filter((node) => found.get(node.id)?.manifest.role === 'brain')
  if (agent.brain !== undefined) {
    const name = textOf(agent.brain)
    const node = own.find((one) => short(one) === name)
    if (node !== undefined && leading.includes(node)) return node.id
    // A node that failed to resolve has been reported.
    if (node !== undefined && !found.has(node.id)) return undefined
    const meant = nearest(name, leading.map(short))
    const suggestion = meantOrAll(meant, `Brains of ${id}`, leading.map(short))
    const params = { agent: id, name, suggestion }
    report.add('which-brain/unknown', agent.brain.span, params, meant)
    return undefined
  }
  const [first, second] = leading
  if (first !== undefined && second === undefined) return first.id
  if (first === undefined) {
    const isWhole = !agent.torn && own.length > 0 && own.every((node) => found.has(node.id))
    if (isWhole) report.add('which-brain/none', agent.key, { agent: id })
    return undefined
  }
  const names = leading.map(short).sort()
  const count = counts[leading.length] ?? leading.length
  const list = choice(names, 'and')
  report.add('which-brain', agent.key, { agent: id, count, nodes: list, first: names[0] ?? '' })
  return undefined
}

/** What an agent says of its prompt, its tools and how it may be interrupted are options of its brain. */
function withOptions(report: Report, agent: AgentSpec, node: NodeSpec): NodeSpec {
  if (node.withBroken) return node
  const span = node.use?.span ?? node.key
  const written = node.with ?? { kind: 'map', span, entries: [] }
  const added = agent.options.filter((entry) => {
    const twin = entryOf(written, entry.key)
    if (twin === undefined) return true
    const line = report.source.nameLine(twin.keySpan, entry.keySpan)
    report.add('duplicate-key', entry.keySpan, { key: entry.key, where: agent.id, line })
    return false
  })
  return { ...node, with: { ...written, entries: [...written.entries, ...added] } }
}
