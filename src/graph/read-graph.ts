import type { Override } from './override.ts'
import { meantAgents } from './meant-agents.ts'
import { readAgents } from './read-agents.ts'
import { readFlow, type Flow } from './read-flow.ts'
import { readNodes } from './read-nodes.ts'
import { readTools } from './read-tools.ts'
import { readVars } from './read-vars.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, readKeys, type KeySet } from './shape.ts'
import type { AgentsSpec } from './agents-spec.ts'
import type { GraphSpec } from './spec.ts'
import { isEmpty, type Entry, type MapTree, type Tree } from './tree.ts'
import { nearest } from './suggest.ts'

/** The version of the grammar that this runtime reads. */
export const grammarVersion = 1

export type { Override } from './override.ts'

/** Keys of a file. */
export const graphKeys: KeySet = {
  owner: 'a graph',
  keys: [
    'version',
    'name',
    'description',
    'extends',
    'params',
    'vars',
    'memory',
    'nodes',
    'flow',
    'start',
    'defaults',
    'agents',
    'tools',
    'mcp',
    'turns',
    'budgets',
    'profiles',
  ],
  later: {
    requires: 'Pin the versions of packages in package.json.',
    plugins: 'Name processors of your own by path: use: ./word-mask.ts',
    handoffs: 'Write them at the agent that hands off.',
    tests: 'Write scenarios next to the graph, in *.test.yaml: voxgraph test',
  },
}

/** The shape of a whole file; undefined when it is not a map at all. */
export function readGraph(
  report: Report,
  tree: Tree,
  overrides: Readonly<Record<string, Override>>,
): GraphSpec | undefined {
  const map = expectMap(report, tree, 'A graph', 'a map with version, nodes and flow', '')
  if (map === undefined) return undefined
  const keys = readKeys(report, map, graphKeys)
  readVersion(report, map, keys.get('version'))
  const name = keys.get('name')
  const description = keys.get('description')
  if (description) expectText(report, description.value, 'description')
  const nodes = readNodes(report, keys.get('nodes'), 'nodes', overrides)
  const agents = readAgents(report, keys, overrides)
  const here = keys.has('agents') ? 'here' : 'none'
  const words = { where: 'flow', edges: false, agents: here } as const
  const flow = readFlow(report, keys.get('flow'), nodes, words)
  const edges = flow.chains.some(({ steps }) => steps.some(({ node }) => isEdge(node, nodes)))
  if (edges) {
    report.add('bad-part/alone', keys.get('flow')?.keySpan)
    return undefined
  }
  const chains = meantAgents(report, agents, flow.chains, nodes)
  const isWhole = !flow.torn && goesThrough(report, agents, chains)
  const vars = readVars(report, keys.get('vars'), 'vars')
  requireParts(report, map, keys)
  return {
    name: name && expectText(report, name.value, 'name'),
    params: readVars(report, keys.get('params'), 'params'),
    vars,
    nodes,
    hasNodes: keys.get('nodes')?.value.kind === 'map',
    chains,
    tools: readTools(report, keys.get('tools'), vars),
    mcp: keys.get('mcp'),
    agents,
    parts: [],
    turns: keys.get('turns'),
    budgets: keys.get('budgets'),
    memory: keys.get('memory'),
    torn: !isWhole || isTorn(agents) || [...nodes.values()].some((node) => node.use === undefined),
  }
}

/** Reports a file of another grammar. */
export function readVersion(report: Report, map: MapTree, entry: Entry | undefined): void {
  if (entry === undefined) {
    const misspelt = map.entries.some(({ key }) => nearest(key, ['version']) !== undefined)
    if (!misspelt) report.add('version', map.entries[0]?.keySpan ?? map.span)
    return
  }
  const { value } = entry
  const found = value.kind === 'scalar' ? value.value : undefined
  if (found === grammarVersion) return
  if (typeof found === 'number' && Number.isInteger(found)) {
    const readable = `version ${grammarVersion}`
    report.add('version/other', value.span, { found, readable })
    return
  }
  const hint = `Write version: ${grammarVersion}`
  const shape = { what: 'version', expected: 'a whole number', hint }
  const actual = typeof found === 'string' ? 'text' : 'something else'
  report.add('wrong-shape', value.span, { ...shape, actual })
}

/** A graph needs nodes, and a flow between them. */
function requireParts(report: Report, map: MapTree, keys: ReadonlyMap<string, Entry>): void {
  const span = map.entries[0]?.keySpan ?? map.span
  const nodes = keys.get('nodes')
  const misspelt = map.entries.some(
    ({ key }) => !keys.has(key) && nearest(key, ['nodes', 'flow']) !== undefined,
  )
  if (misspelt) return
  const isBare = nodes?.value.kind === 'map' && nodes.value.entries.length === 0
  if (nodes === undefined || isBare) {
    const hint = 'Add: nodes: { phone: websocket }'
    report.add('missing-key', nodes?.keySpan ?? span, { owner: 'A graph', key: 'nodes', hint })
  } else if (!keys.has('flow') && !isEmpty(nodes.value)) {
    const ids = nodes.value.kind === 'map' ? nodes.value.entries.map((entry) => entry.key) : []
    const [first = 'phone', ...rest] = ids.slice(0, 6)
    const hint = `Add a chain, for example: flow: ${[first, ...rest, first].join(' -> ')}`
    report.add('missing-key', nodes.keySpan, { owner: 'A graph with nodes', key: 'flow', hint })
  }
}

const isTorn = (agents: AgentsSpec | undefined): boolean =>
  [...(agents?.agents.values() ?? [])].some(
    ({ torn, nodes }) => torn || [...nodes.values()].some((node) => node.use === undefined),
  )

/** False, and reported, for agents that no chain goes through: they hear nothing. */
function goesThrough(
  report: Report,
  agents: AgentsSpec | undefined,
  chains: Flow['chains'],
): boolean {
  const isThere = chains.some(({ steps }) => steps.some(({ node }) => node === 'agents'))
  if (isThere || agents === undefined || agents.agents.size === 0) return true
  report.add('agents-step', agents.key)
  return false
}

const isEdge = (name: string, nodes: GraphSpec['nodes']): boolean =>
  (name === 'in' || name === 'out') && !nodes.has(name)
