/** A piece of the text of a file: offsets in UTF-16 units, the end not part of it. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** A value as it was written, with its place. Aliases share the value that they name. */
export type Tree = MapTree | ListTree | ScalarTree

/** A map. Keys beginning with `x-` are still in it. */
export interface MapTree {
  readonly kind: 'map'
  readonly span: Span
  readonly entries: readonly Entry[]
}

/** One line of a map. Each key occurs once. */
export interface Entry {
  readonly key: string
  readonly keySpan: Span
  readonly value: Tree
}

/** A list. */
export interface ListTree {
  readonly kind: 'list'
  readonly span: Span
  readonly items: readonly Tree[]
}

/** A text, a number, true or false, or nothing. */
export interface ScalarTree {
  readonly kind: 'scalar'
  readonly span: Span
  readonly value: string | number | boolean | null
  /** The text itself, before YAML made a number of it: `012`, `+14155550123`. */
  readonly source: string
  /** Written without quotes. */
  readonly plain: boolean
  /** The comment behind it on its line, from `#` on, where there is one. */
  readonly comment: Span | undefined
  /** It does not stand in the file: an option that comes from the environment unless it is given. */
  readonly implied?: true
}

/** The entry of a key, where there is one. */
export const entryOf = (map: MapTree, key: string): Entry | undefined =>
  map.entries.find((entry) => entry.key === key)

/** What a value is, in words: `a list`, `a number`. */
export function describeTree(tree: Tree): string {
  if (tree.kind !== 'scalar') return tree.kind === 'map' ? 'a map' : 'a list'
  if (tree.value === null) return 'empty'
  if (typeof tree.value === 'string') return 'text'
  return typeof tree.value === 'number' ? 'a number' : `the word ${tree.source}`
}

/** True for a value that was left out: `key:` with nothing behind it. */
export const isEmpty = (tree: Tree): boolean => tree.kind === 'scalar' && tree.value === null

/** The value at a JSON pointer, or the innermost one on the way to it that exists. */
export function treeAt(tree: Tree, pointer: string): Tree {
  let here = tree
  for (const step of pointer.split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    const next =
      here.kind === 'map'
        ? entryOf(here, key)?.value
        : here.kind === 'list'
          ? here.items[Number(key)]
          : undefined
    if (next === undefined) return here
    here = next
  }
  return here
}

/** One step more of a JSON pointer. */
export const pointerTo = (pointer: string, key: string | number): string =>
  `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The tree of a value that was not written in the file: it stands at `span`. */
export function treeOf(value: unknown, span: Span): Tree {
  if (Array.isArray(value)) {
    return { kind: 'list', span, items: value.map((item) => treeOf(item, span)) }
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => ({
      key,
      keySpan: span,
      value: treeOf(item, span),
    }))
    return { kind: 'map', span, entries }
  }
  const scalar =
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? value
      : null
  const source = scalar === null ? '' : String(scalar)
  return { kind: 'scalar', span, value: scalar, source, plain: false, comment: undefined }
}
