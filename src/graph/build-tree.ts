import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Alias,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
} from 'yaml'
import type { Report } from './report.ts'
import { type Entry, type MapTree, type ScalarTree, type Span, type Tree } from './tree.ts'

/** How many values all aliases of a file may stand for. */
export const mostAliased = 20_000

interface Builder {
  readonly report: Report
  /** By name; a later one of the same name takes its place. */
  readonly anchors: Map<string, { tree: Tree | undefined; size: number }>
  /** Values so far, those behind aliases counted each time. */
  size: number
  failed: boolean
}

type Node = ParsedNode | Alias | Scalar | YAMLMap | null

/** The tree of a document; undefined when it makes no sense as one. */
export function buildTree(node: ParsedNode, report: Report): Tree | undefined {
  const builder: Builder = { report, anchors: new Map(), size: 0, failed: false }
  const tree = build(builder, node, '')
  return builder.failed ? undefined : tree
}

function build(builder: Builder, node: Node, path: string): Tree {
  builder.size++
  if (isAlias(node)) return follow(builder, node as Alias.Parsed)
  const state: { tree: Tree | undefined; size: number } = { tree: undefined, size: builder.size }
  if (node !== null && node.anchor !== undefined) builder.anchors.set(node.anchor, state)
  state.tree = buildValue(builder, node, path)
  state.size = builder.size - state.size + 1
  return state.tree
}

function buildValue(builder: Builder, node: Node, path: string): Tree {
  const span = spanOf(node)
  if (isMap(node)) return buildMap(builder, node as YAMLMap<ParsedNode, ParsedNode | null>, path)
  if (isSeq(node)) {
    const items = node.items.map((item) => build(builder, item as Node, `${path}[]`))
    return { kind: 'list', span, items }
  }
  return buildScalar(builder, isScalar(node) ? node : undefined, span)
}

function buildScalar(builder: Builder, node: Scalar | undefined, span: Span): ScalarTree {
  const { value } = node ?? { value: null }
  const source = node?.source ?? ''
  const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
  return {
    kind: 'scalar',
    span,
    value: known ? value : value === null ? null : source,
    source,
    plain: node?.type === 'PLAIN',
    comment: commentAfter(builder.report.source.text, span),
  }
}

function commentAfter(text: string, span: Span): Span | undefined {
  let start = span.end
  while (text[start] === ' ' || text[start] === '\t') start++
  if (text[start] !== '#') return undefined
  const newline = text.indexOf('\n', start)
  return { start, end: newline < 0 ? text.length : newline }
}

function follow(builder: Builder, alias: Alias.Parsed): Tree {
  const { report, anchors } = builder
  const span = spanOf(alias)
  const known = anchors.get(alias.source)
  const nothing: Tree = { ...emptyAt(span) }
  if (known === undefined) {
    const reason = `no anchor "${alias.source}" stands before this alias`
    report.add('yaml-syntax', span, { reason, hint: `Mark a value with &${alias.source}.` })
    builder.failed = true
    return nothing
  }
  if (known.tree === undefined) {
    report.add('alias-loop', span, { name: alias.source })
    builder.failed = true
    return nothing
  }
  builder.size += known.size
  if (builder.size > mostAliased + report.source.text.length) {
    if (!builder.failed) report.add('alias-bomb', span, { limit: mostAliased })
    builder.failed = true
    return nothing
  }
  return known.tree
}

const emptyAt = (span: Span): ScalarTree => ({
  kind: 'scalar',
  span,
  value: null,
  source: '',
  plain: true,
  comment: undefined,
})

function buildMap(
  builder: Builder,
  map: YAMLMap<ParsedNode, ParsedNode | null>,
  path: string,
): MapTree {
  const entries = new Map<string, Entry>()
  const merged: Tree[] = []
  for (const pair of map.items) {
    const entry = buildEntry(builder, pair, path)
    if (entry === undefined) continue
    const first = entries.get(entry.key)
    if (first !== undefined) {
      const where = path === '' ? 'this file' : path
      const line = `line ${builder.report.source.lineOf(first.keySpan)}`
      builder.report.add('duplicate-key', entry.keySpan, { key: entry.key, where, line })
    } else if (entry.key === '<<' && !isQuoted(pair.key)) {
      merged.push(...(entry.value.kind === 'list' ? entry.value.items : [entry.value]))
    } else {
      entries.set(entry.key, entry)
    }
  }
  for (const part of merged) mergeInto(builder, entries, part)
  return { kind: 'map', span: spanOf(map), entries: [...entries.values()] }
}

function mergeInto(builder: Builder, entries: Map<string, Entry>, part: Tree): void {
  if (part.kind !== 'map') {
    const actual = part.kind === 'list' ? 'a list' : 'a single value'
    const params = { what: '"<<"', expected: 'a map, or a list of maps', actual, hint: '' }
    builder.report.add('wrong-shape', part.span, params)
    return
  }
  for (const entry of part.entries) {
    if (!entries.has(entry.key)) entries.set(entry.key, entry)
  }
}

function buildEntry(
  builder: Builder,
  pair: Pair<ParsedNode, ParsedNode | null>,
  path: string,
): Entry | undefined {
  const keyNode: Node = pair.key
  const keySpan = spanOf(keyNode)
  const keyTree = build(builder, keyNode, path)
  if (keyTree.kind !== 'scalar') {
    const actual = keyTree.kind === 'map' ? 'a map' : 'a list'
    builder.report.add('wrong-shape', keySpan, {
      what: 'A key',
      expected: 'a name',
      actual,
      hint: '',
    })
    return undefined
  }
  const key = keyTree.source
  const value = pair.value ?? null
  const inner = path === '' ? key : `${path}.${key}`
  const tree =
    value === null
      ? emptyAt({ start: keySpan.end, end: keySpan.end })
      : build(builder, value, inner)
  return { key, keySpan, value: tree }
}

const isQuoted = (key: Node): boolean => isScalar(key) && key.type !== 'PLAIN'

function spanOf(node: Node): Span {
  const range = node?.range
  return range ? { start: range[0], end: range[1] } : { start: 0, end: 0 }
}
