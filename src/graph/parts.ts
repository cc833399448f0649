import { dirname, join, resolve } from 'node:path'
import type { Host } from './host.ts'
import type { Override } from './override.ts'
import { fetchText, treeIn, type FetchedText } from './read-other.ts'
import { readFlow } from './read-flow.ts'
import { readVersion } from './read-graph.ts'
import { readNodes } from './read-nodes.ts'
import { readVars } from './read-vars.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, readKeys, reportUnknownKey, textOf, type KeySet } from './shape.ts'
import type { SourceEntry } from './sources.ts'
import type { ChainSpec, NodeSpec, VarSpec } from './spec.ts'
import type { ScalarTree, Span, Tree } from './tree.ts'
import { reportFileMissing } from './values.ts'
import { nodeKeys } from './read-node.ts'

/** How deep parts may use parts. */
export const deepestPart = 5
/** How often a graph may use parts, all uses counted. */
export const mostParts = 200

/** Keys of a part. */
export const partKeys: KeySet = {
  owner: 'a part',
  keys: ['version', 'name', 'description', 'params', 'nodes', 'flow'],
  later: {
    extends: 'Write the part out in one file; a graph that uses it may extend another.',
    profiles: 'Write them in the graph that uses the part.',
  },
}

/** One use of a part. */
export interface PartUse {
  readonly source: SourceEntry
  /** The node that uses it, as it was written. */
  readonly node: NodeSpec
  readonly params: ReadonlyMap<string, VarSpec>
}

/** A part that was read: its nodes by the names that they have in it. */
export interface OpenedPart {
  readonly use: PartUse
  readonly nodes: ReadonlyMap<string, NodeSpec>
  readonly chains: readonly ChainSpec[]
  readonly torn: boolean
}

/** Opens parts for one graph. */
export interface PartOpener {
  readonly report: Report
  readonly host: Host
  /** Absolute path of the graph. */
  readonly file: string
  /** Texts by path: a part that is used twice is read once. */
  readonly texts: Map<string, Promise<FetchedText>>
  readonly uses: PartUse[]
}

/** True for a node whose `use` is another graph file. */
export const isPart = ({ use }: NodeSpec): boolean =>
  use !== undefined && /^\.{1,2}\/.*\.ya?ml$/.test(textOf(use))

/**
 * Reads the part that a node uses; undefined, and reported, when there is none.
 *
 * @param owner id of the node: `--use` names the nodes of the part with it in front
 * @param trail absolute paths of the files around it, outermost first
 */
export async function openPart(
  opener: PartOpener,
  node: NodeSpec,
  owner: string,
  trail: readonly string[],
): Promise<OpenedPart | undefined> {
  const { report, uses } = opener
  const { use } = node
  if (use === undefined) return undefined
  const from = report.source.at(use.span).path ?? opener.file
  const path = resolve(dirname(from), textOf(use).replaceAll('\\', '/'))
  const read = await readPart(opener, use, path, trail)
  if (read === undefined) return undefined
  const outer = report.source.at(use.span).source.file
  const file = join(dirname(outer), textOf(use))
  const source = report.source.add({ file, path, text: read, used: use.span })
  const tree = treeIn(report, source)
  const opened = tree && shapeOf(report, tree, source, node, owner, opener.host.use ?? {})
  if (opened === undefined) return undefined
  reportForeignKeys(report, node, opened.use.params)
  uses.push(opened.use)
  return opened
}

/** The text of a part. */
async function readPart(
  { report, host, file, texts, uses }: PartOpener,
  use: ScalarTree,
  path: string,
  trail: readonly string[],
): Promise<string | undefined> {
  const text = textOf(use)
  const at = trail.indexOf(path)
  if (at >= 0) {
    const names = [...trail.slice(at), path].map((one) => one.slice(one.lastIndexOf('/') + 1))
    report.add('part-loop', use.span, { path: names.join(' -> ') })
    return undefined
  }
  if (trail.length > deepestPart) {
    report.add('part-loop/deep', use.span, { limit: deepestPart })
    return undefined
  }
  if (uses.length >= mostParts) {
    // What goes on like this has one cause.
    if (!texts.has(''))
      report.add('part-loop/many', use.span, { limit: mostParts, what: 'uses of parts' })
    texts.set('', Promise.resolve('not-found'))
    return undefined
  }
  const reading = texts.get(path) ?? fetchText(host, path)
  texts.set(path, reading)
  const found = await reading
  if (found === 'not-found') await reportFileMissing(report, host, file, text, use.span)
  else if (typeof found !== 'string') {
    report.add('bad-part/unread', use.span, { use: text, reason: found.reason })
  } else return found
  return undefined
}

function shapeOf(
  report: Report,
  tree: Tree,
  source: SourceEntry,
  node: NodeSpec,
  owner: string,
  overrides: Readonly<Record<string, Override>>,
): OpenedPart | undefined {
  const map = expectMap(report, tree, 'A part', 'a map with version, nodes and flow', '')
  if (map === undefined) return undefined
  const keys = readKeys(report, map, partKeys)
  readVersion(report, map, keys.get('version'))
  for (const word of ['name', 'description'] as const) {
    const entry = keys.get(word)
    if (entry !== undefined) expectText(report, entry.value, word)
  }
  const params = readVars(report, keys.get('params'), 'params')
  const nodes = readNodes(report, keys.get('nodes'), 'nodes', overrides, owner)
  const entry = keys.get('flow')
  const words = { where: 'flow', edges: true, agents: 'inside' } as const
  const flow = readFlow(report, entry, nodes, words)
  const hasEdge = flow.chains.some(({ steps }) =>
    steps.some((step) => ['in', 'out'].includes(step.node) && !nodes.has(step.node)),
  )
  if (entry === undefined || (!flow.torn && !hasEdge)) {
    const use = node.use === undefined ? owner : textOf(node.use)
    report.add('bad-part', node.use?.span ?? node.key, { use })
    return undefined
  }
  const torn = flow.torn || [...nodes.values()].some(({ use }) => use === undefined)
  return { use: { source, node, params }, nodes, chains: flow.chains, torn }
}

/** What is said of a node that is many has no meaning. */
function reportForeignKeys(
  report: Report,
  node: NodeSpec,
  params: ReadonlyMap<string, VarSpec>,
): void {
  const { id, key, label, inputs, limits, fallback, strays } = node
  const [input] = inputs
  const [member] = fallback
  const found: [name: string, span: Span][] = []
  if (input !== undefined) found.push(['in', input.key])
  for (const limit of limits) found.push([limit.key, limit.keySpan])
  if (member !== undefined) found.push(['fallback', member.key])
  if (node.onErrorSpan !== key) found.push(['on_error', node.onErrorSpan])
  if (node.onInterrupt !== 'obey') found.push(['on_interrupt', key])
  if (label !== id) found.push(['label', key])
  for (const [name, span] of found) report.add('part-key', span, { node: id, key: name })
  const use = node.use === undefined ? id : textOf(node.use)
  for (const stray of strays) {
    if (params.has(stray.key))
      report.add('misplaced-option', stray.keySpan, { key: stray.key, use })
    else reportUnknownKey(report, stray, nodeKeys)
  }
}
