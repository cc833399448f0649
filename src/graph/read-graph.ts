import { checkName } from './names.ts'
import { readFlow } from './read-flow.ts'
import { readNode } from './read-node.ts'
import { readTools } from './read-tools.ts'
import { readVars } from './read-vars.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, readKeys, type KeySet } from './shape.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { isEmpty, treeOf, type Entry, type MapTree, type Tree } from './tree.ts'
import { didYouMean, listNames, nearest } from './suggest.ts'

/** The version of the grammar that this runtime reads. */
export const grammarVersion = 1

/** A processor that takes the place of the one in the file. */
export interface Override {
  readonly use: string
  readonly with?: Readonly<Record<string, unknown>>
}

const oneConversation = 'A graph of this version holds one conversation, led by its one brain.'

/** Keys of a file. */
export const graphKeys: KeySet = {
  owner: 'a graph',
  keys: [
    'version',
    'name',
    'description',
    'params',
    'vars',
    'nodes',
    'flow',
    'tools',
    'turns',
    'budgets',
  ],
  later: {
    extends: 'Write the graph out in one file.',
    requires: 'Pin the versions of packages in package.json.',
    plugins: 'Name processors of your own by path: use: ./word-mask.ts',
    defaults: 'Write the options at each node.',
    start: oneConversation,
    agents: oneConversation,
    handoffs: oneConversation,
    profiles: 'Use params, or swap a processor when you run the graph.',
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
  const nodes = readNodes(report, keys.get('nodes'), overrides)
  const flow = readFlow(report, keys.get('flow'), nodes)
  requireParts(report, map, keys)
  return {
    name: name && expectText(report, name.value, 'name'),
    params: readVars(report, keys.get('params'), 'params'),
    vars: readVars(report, keys.get('vars'), 'vars'),
    nodes,
    hasNodes: keys.get('nodes')?.value.kind === 'map',
    chains: flow.chains,
    tools: readTools(report, keys.get('tools')),
    turns: keys.get('turns'),
    budgets: keys.get('budgets'),
    torn: flow.torn || [...nodes.values()].some((node) => node.use === undefined),
  }
}

function readVersion(report: Report, map: MapTree, entry: Entry | undefined): void {
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

function readNodes(
  report: Report,
  entry: Entry | undefined,
  overrides: Readonly<Record<string, Override>>,
): ReadonlyMap<string, NodeSpec> {
  const nodes = new Map<string, NodeSpec>()
  if (entry === undefined) return nodes
  const example = firstItem(entry.value)
  const hint = example === undefined ? '' : `Write "${example}" instead of "- ${example}".`
  const map = expectMap(report, entry.value, 'nodes', 'a map from names to processors', hint)
  for (const node of map?.entries ?? []) {
    if (node.key.startsWith('x-')) continue
    checkName(report, node.key, node.keySpan, true)
    nodes.set(node.key, readNode(report, overridden(node, overrides[node.key])))
  }
  for (const name of Object.keys(overrides)) {
    if (nodes.has(name)) continue
    const suggestion = didYouMean(nearest(name, nodes.keys()))
    report.add('unknown-override', undefined, { name, suggestion, nodes: listNames(nodes.keys()) })
  }
  return nodes
}

/** The node with another processor; options and whatever belongs to the old one are dropped. */
function overridden(entry: Entry, override: Override | undefined): Entry {
  if (override === undefined) return entry
  const { keySpan, value } = entry
  const replaced = treeOf({ use: override.use, with: override.with ?? {} }, keySpan)
  const kept = value.kind === 'map' ? value.entries : []
  const entries = [
    ...(replaced.kind === 'map' ? replaced.entries : []),
    ...kept.filter(({ key }) => key !== 'use' && key !== 'with'),
  ]
  return { ...entry, value: { kind: 'map', span: keySpan, entries } }
}

function firstItem(tree: Tree): string | undefined {
  const item = tree.kind === 'list' ? tree.items[0] : undefined
  const entry = item?.kind === 'map' ? item.entries[0] : undefined
  if (entry?.value.kind !== 'scalar') return undefined
  return `${entry.key}: ${entry.value.source}`
}
