import type { GraphErrorKey } from '../errors/graph-errors.ts'
import type { Report } from './report.ts'
import { choice, meantOrAll, nearest, quote } from './suggest.ts'
import {
  describeTree,
  isEmpty,
  type Entry,
  type MapTree,
  type ScalarTree,
  type Tree,
} from './tree.ts'

/** Keys of a kind of map that this version reads, and those that only later versions will. */
export interface KeySet {
  /** What it is called in messages: `a node`. */
  readonly owner: string
  readonly keys: readonly string[]
  /** Keys that the grammar knows and this version does not, with what to do instead. */
  readonly later: Readonly<Record<string, string>>
}

/** Entries of a closed map by key; what does not belong there is reported or handed to `other`. */
export function readKeys(
  report: Report,
  map: MapTree,
  set: KeySet,
  other?: (entry: Entry) => boolean,
): ReadonlyMap<string, Entry> {
  const known = new Map<string, Entry>()
  for (const entry of map.entries) {
    const { key, keySpan } = entry
    const later = Object.hasOwn(set.later, key) ? set.later[key] : undefined
    if (set.keys.includes(key)) known.set(key, entry)
    else if (key.startsWith('x-')) continue
    else if (later !== undefined) report.add('not-yet', keySpan, { key, hint: later })
    else if (other?.(entry) !== true) reportUnknownKey(report, entry, set)
  }
  return known
}

/** Reports a key that a map of this kind does not have. */
export function reportUnknownKey(report: Report, entry: Entry, set: KeySet): void {
  const { key, keySpan } = entry
  const meant = nearest(key, [...set.keys, ...Object.keys(set.later)])
  const suggestion = meantOrAll(meant, `Keys of ${set.owner}`, set.keys)
  report.add('unknown-key', keySpan, { key, owner: set.owner, suggestion }, meant)
}

/** The map that something must be; undefined and reported otherwise. */
export function expectMap(
  report: Report,
  tree: Tree,
  what: string,
  expected: string,
  hint: string,
): MapTree | undefined {
  if (tree.kind === 'map') return tree
  wrongShape(report, tree, what, expected, hint)
  return undefined
}

/** Says that a value has another shape than it must. */
export function wrongShape(
  report: Report,
  tree: Tree,
  what: string,
  expected: string,
  hint = '',
): void {
  const key: GraphErrorKey = isEmpty(tree) ? 'wrong-shape/empty' : 'wrong-shape'
  report.add(key, headOf(report, tree), { what, expected, actual: describeTree(tree), hint })
}

/** The part of a value that a caret stands under: a collection shows its first line only. */
function headOf(report: Report, tree: Tree): { start: number; end: number } {
  const newline = report.source.text.indexOf('\n', tree.span.start)
  const end = newline < 0 ? tree.span.end : Math.min(tree.span.end, newline)
  return { start: tree.span.start, end }
}

/** The text of a value that must be one; numbers and words count as written. */
export function expectText(report: Report, tree: Tree, what: string): string | undefined {
  const text = plainText(tree)
  if (text === undefined) wrongShape(report, tree, what, 'text')
  return text
}

/** The text of a scalar as it was written. */
export const plainText = (tree: Tree): string | undefined =>
  tree.kind === 'scalar' && tree.value !== null ? textOf(tree) : undefined

/** The text of a scalar: what stands there, not what YAML makes of it. */
export const textOf = (scalar: ScalarTree): string =>
  typeof scalar.value === 'string' ? scalar.value : scalar.source

/** One of a few words, with a suggestion when it is another. */
export function expectWord<const T extends string>(
  report: Report,
  tree: Tree,
  option: string,
  words: readonly T[],
): T | undefined {
  const written = plainText(tree)
  const word = words.find((one) => one === written)
  if (word !== undefined) return word
  if (written === undefined) {
    wrongShape(report, tree, option, `one of ${choice(words)}`)
    return undefined
  }
  if (shapeDepends(report, tree, option)) return undefined
  const meant = nearest(written, words)
  const suggestion = meant === undefined ? '' : `did you mean "${meant}"?`
  const expected = `one of ${choice(words)}`
  report.add('bad-value', tree.span, { option, expected, shown: quote(written), suggestion }, meant)
  return undefined
}

/** Reports `${...}` where a value decides the shape of the graph. */
export function shapeDepends(report: Report, tree: Tree, key: string, hint = ''): boolean {
  const text = plainText(tree)
  if (text === undefined || !/(?<!\$)\$\{/.test(text)) return false
  report.add('interpolation-in-shape', tree.span, { key, hint })
  return true
}
