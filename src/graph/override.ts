import type { Report } from './report.ts'
import { didYouMean, listNames, nearest } from './suggest.ts'
import { entryOf, treeOf, type Entry, type Tree } from './tree.ts'

/** A processor that takes the place of the one in the file. */
export interface Override {
  readonly use: string
  readonly with?: Readonly<Record<string, unknown>>
  /** Options of the node in the file that stay, where `with` does not give them; none unless given. */
  readonly keeps?: readonly string[]
}

/** Keys of a node that say what it is made of: another processor has its own. */
export const ofProcessor: readonly string[] = [
  'use',
  'with',
  'timeout',
  'retry',
  'breaker',
  'fallback',
]

/** The node with another processor; whatever belongs to the old one is dropped, but for options that it `keeps`. */
export function overridden(entry: Entry, override: Override | undefined): Entry {
  if (override === undefined) return entry
  const { keySpan, value } = entry
  const replaced = treeOf({ use: override.use, with: override.with ?? {} }, keySpan)
  const kept = value.kind === 'map' ? value.entries : []
  const entries = [
    ...(replaced.kind === 'map' ? replaced.entries : []).map((one) =>
      one.key === 'with' ? withKept(one, value, override) : one,
    ),
    ...kept.filter(({ key }) => !ofProcessor.includes(key)),
  ]
  return { ...entry, value: { kind: 'map', span: keySpan, entries } }
}

/** The new options, and those of the old ones that stay. */
function withKept(entry: Entry, node: Tree, { with: given = {}, keeps = [] }: Override): Entry {
  const old = node.kind === 'map' ? entryOf(node, 'with')?.value : undefined
  if (old?.kind !== 'map' || entry.value.kind !== 'map') return entry
  const stay = old.entries.filter(({ key }) => keeps.includes(key) && !Object.hasOwn(given, key))
  return { ...entry, value: { ...entry.value, entries: [...entry.value.entries, ...stay] } }
}

/** Reports processors that were given for nodes that the graph does not have. */
export function checkOverrides(
  report: Report,
  overrides: Readonly<Record<string, Override>>,
  ids: Iterable<string>,
): void {
  const nodes = [...ids]
  for (const name of Object.keys(overrides)) {
    if (nodes.includes(name)) continue
    const suggestion = didYouMean(nearest(name, nodes))
    report.add('unknown-override', undefined, { name, suggestion, nodes: listNames(nodes) })
  }
}
