import type { Report } from './report.ts'
import { didYouMean, listNames, nearest } from './suggest.ts'
import { treeOf, type Entry } from './tree.ts'

/** A processor that takes the place of the one in the file. */
export interface Override {
  readonly use: string
  readonly with?: Readonly<Record<string, unknown>>
}

/** Keys of a node that say what it is made of: another processor has its own. */
const ofProcessor: readonly string[] = ['use', 'with', 'timeout', 'retry', 'breaker', 'fallback']

/** The node with another processor; options and whatever belongs to the old one are dropped. */
export function overridden(entry: Entry, override: Override | undefined): Entry {
  if (override === undefined) return entry
  const { keySpan, value } = entry
  const replaced = treeOf({ use: override.use, with: override.with ?? {} }, keySpan)
  const kept = value.kind === 'map' ? value.entries : []
  const entries = [
    ...(replaced.kind === 'map' ? replaced.entries : []),
    ...kept.filter(({ key }) => !ofProcessor.includes(key)),
  ]
  return { ...entry, value: { kind: 'map', span: keySpan, entries } }
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
