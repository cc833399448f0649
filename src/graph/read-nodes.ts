import { checkName } from './names.ts'
import { overridden, type Override } from './override.ts'
import { readNode } from './read-node.ts'
import type { Report } from './report.ts'
import { expectMap } from './shape.ts'
import type { NodeSpec } from './spec.ts'
import type { Entry, Tree } from './tree.ts'

/**
 * Entries of `nodes`: of the graph, of an agent or of a part.
 *
 * @param where what messages call the map
 * @param owner whose they are: `--use` names them with it in front
 */
export function readNodes(
  report: Report,
  entry: Entry | undefined,
  where: string,
  overrides: Readonly<Record<string, Override>>,
  owner?: string,
): ReadonlyMap<string, NodeSpec> {
  const nodes = new Map<string, NodeSpec>()
  if (entry === undefined) return nodes
  const example = firstItem(entry.value)
  const hint = example === undefined ? '' : `Write "${example}" instead of "- ${example}".`
  const map = expectMap(report, entry.value, where, 'a map from names to processors', hint)
  for (const node of map?.entries ?? []) {
    if (node.key.startsWith('x-')) continue
    checkName(report, node.key, node.keySpan, true)
    const id = owner === undefined ? node.key : `${owner}/${node.key}`
    nodes.set(node.key, readNode(report, overridden(node, overrides[id]), where))
  }
  return nodes
}

function firstItem(tree: Tree): string | undefined {
  const item = tree.kind === 'list' ? tree.items[0] : undefined
  const entry = item?.kind === 'map' ? item.entries[0] : undefined
  if (entry?.value.kind !== 'scalar') return undefined
  return `${entry.key}: ${entry.value.source}`
}
