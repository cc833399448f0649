import type { Host } from './host.ts'
import { decodeText, isFailure, largestGraph } from './read-file.ts'
import { readYaml } from './read-yaml.ts'
import type { Report } from './report.ts'
import { shifted, type SourceEntry } from './sources.ts'
import type { Tree } from './tree.ts'

/** The text of a file that another one names, or why there is none. */
export type FetchedText = string | 'not-found' | { readonly reason: string }

/** Reads a file that another one names. */
export async function fetchText(host: Host, path: string): Promise<FetchedText> {
  const read = await host.readText(path, largestGraph)
  if (isFailure(read)) {
    if (read.failed === 'not-found') return 'not-found'
    const reasons = {
      directory: 'it is a directory',
      unreadable: 'it may not be read',
      'too-large': 'it is larger than 1 MB',
    }
    return { reason: reasons[read.failed] }
  }
  const text = decodeText(read)
  // One of the texts must not be mistaken for the word.
  return text === undefined ? { reason: 'it is not UTF-8 text' } : `${text}\n`
}

/** The document of another file, with spans that say which file they belong to. */
export function treeIn(report: Report, { source, start }: SourceEntry): Tree | undefined {
  const inside: Report = {
    // The reader knows nothing of other files, so it gets this one by itself.
    source: { ...report.source, ...source, text: source.text },
    add: (key, span, params, fix) =>
      report.add(key, shifted(span ?? { start: 0, end: 0 }, start), params, fix),
    isNew: report.isNew,
    get hasErrors() {
      return report.hasErrors
    },
    diagnostics: report.diagnostics,
    inProfile: report.inProfile,
  }
  const tree = readYaml(inside)
  return tree && shiftTree(tree, start, new Map())
}

/** Aliases share what they stand for afterwards as before. */
function shiftTree(tree: Tree, by: number, done: Map<Tree, Tree>): Tree {
  const known = done.get(tree)
  if (known !== undefined) return known
  const span = shifted(tree.span, by)
  const moved: Tree =
    tree.kind === 'map'
      ? {
          ...tree,
          span,
          entries: tree.entries.map(({ key, keySpan, value }) => ({
            key,
            keySpan: shifted(keySpan, by),
            value: shiftTree(value, by, done),
          })),
        }
      : tree.kind === 'list'
        ? { ...tree, span, items: tree.items.map((item) => shiftTree(item, by, done)) }
        : { ...tree, span, comment: tree.comment && shifted(tree.comment, by) }
  done.set(tree, moved)
  return moved
}
