import { isSecretName } from './secrets.ts'
import type { Sources } from './sources.ts'
import { isEmpty, pointerTo, type Entry, type ScalarTree, type Tree } from './tree.ts'

/** A value that is not shown. */
const blank = '****'
/** Furthest column that origins stand in. */
const widest = 72
/** Longest list that stays in one line, in characters. */
const longestList = 60

interface Line {
  readonly text: string
  /** `bot.yaml:12`; undefined for what goes on from the line before. */
  readonly origin: string | undefined
}

/** A graph as YAML, with the file and the line that wrote each of its lines; secrets are blanked. */
export function writeGraph(tree: Tree, source: Sources): string {
  const lines = linesOf(tree, '', { source, isSecret: false })
  const longest = Math.max(0, ...lines.map(({ text, origin }) => (origin ? text.length : 0)))
  const column = Math.min(longest, widest)
  return lines
    .map(({ text, origin }) => (origin ? `${text.padEnd(column)}  # ${origin}\n` : `${text}\n`))
    .join('')
}

/** The same for programs: the values, and by JSON pointer where each of them was written. */
export function graphAsJson(
  tree: Tree,
  source: Sources,
): { readonly graph: unknown; readonly origins: Readonly<Record<string, string>> } {
  const origins: Record<string, string> = {}
  const walk = (value: Tree, pointer: string, isSecret: boolean): unknown => {
    if (value.kind === 'map') {
      const entries = value.entries.map((entry): [string, unknown] => {
        const below = pointerTo(pointer, entry.key)
        return [entry.key, walk(entry.value, below, isSecret || isSecretName(entry.key))]
      })
      return Object.fromEntries(entries)
    }
    origins[pointer] = originOf(source, value)
    if (value.kind === 'list') {
      return value.items.map((item, index) => walk(item, pointerTo(pointer, index), isSecret))
    }
    return isShown(value, { source, isSecret }) ? value.value : blank
  }
  return { graph: walk(tree, '', false), origins }
}

interface Writing {
  readonly source: Sources
  /** It stands behind a key that is named like a secret. */
  readonly isSecret: boolean
}

const originOf = (source: Sources, { span }: Pick<Tree, 'span'>): string =>
  `${source.at(span).source.file}:${source.lineOf(span)}`

/** References are no secrets; what they have as a default may be one, and is hidden then. */
function isShown(scalar: ScalarTree, { source, isSecret }: Writing): boolean {
  if (isEmpty(scalar)) return true
  if (source.isHidden(scalar.span)) return false
  return !isSecret || /^\$\{\w+:[^}]*\}$/.test(scalar.source)
}

/** Lines of a value that does not stand behind a key or a dash. */
function linesOf(tree: Tree, indent: string, writing: Writing): readonly Line[] {
  if (tree.kind === 'map' && tree.entries.length > 0) {
    return tree.entries.flatMap((entry) => entryLines(entry, indent, writing))
  }
  if (tree.kind === 'list' && tree.items.length > 0) {
    return tree.items.flatMap((item) => itemLines(item, indent, writing))
  }
  return valueLines(indent, tree, indent, writing)
}

function entryLines({ key, keySpan, value }: Entry, indent: string, above: Writing): Line[] {
  const { source } = above
  const writing = { source, isSecret: above.isSecret || isSecretName(key) }
  const head = `${indent}${keyText(key)}:`
  const inner = `${indent}  `
  if (isNested(value, writing)) {
    const origin = originOf(source, { span: keySpan })
    return [{ text: head, origin }, ...linesOf(value, inner, writing)]
  }
  return valueLines(`${head} `, value, inner, writing)
}

function itemLines(item: Tree, indent: string, writing: Writing): readonly Line[] {
  const inner = `${indent}  `
  if (!isNested(item, writing)) return valueLines(`${indent}- `, item, inner, writing)
  const [first, ...rest] = linesOf(item, inner, writing)
  return first === undefined
    ? []
    : [{ ...first, text: `${indent}- ${first.text.slice(inner.length)}` }, ...rest]
}

/** True for what goes over several lines. */
const isNested = (tree: Tree, writing: Writing): boolean =>
  tree.kind === 'map'
    ? tree.entries.length > 0
    : tree.kind === 'list' && tree.items.length > 0 && shortList(tree.items, writing) === undefined

function valueLines(head: string, tree: Tree, inner: string, writing: Writing): Line[] {
  const origin = originOf(writing.source, tree)
  if (tree.kind === 'map') return [{ text: `${head}{}`, origin }]
  if (tree.kind === 'list') {
    return [{ text: `${head}${shortList(tree.items, writing) ?? '[]'}`, origin }]
  }
  const text = isShown(tree, writing) ? scalarText(tree) : `"${blank}"`
  if (text !== undefined) return [{ text: `${head}${text}`, origin }]
  const lines = String(tree.value).split('\n')
  const isClosed = lines.at(-1) === ''
  const shown = isClosed ? lines.slice(0, -1) : lines
  return [
    { text: `${head}${isClosed ? '|' : '|-'}`, origin },
    ...shown.map((line) => ({ text: line === '' ? '' : `${inner}${line}`, origin: undefined })),
  ]
}

/** A list of short values that stand in one line of the file. */
function shortList(items: readonly Tree[], writing: Writing): string | undefined {
  const { source } = writing
  const texts = items.map((item) => {
    if (item.kind !== 'scalar') return undefined
    if (!isShown(item, writing)) return `"${blank}"`
    const text = scalarText(item)
    return text !== undefined && item.plain && /[,[\]{}]/.test(text) ? quoted(text) : text
  })
  const places = new Set(items.map((item) => originOf(source, item)))
  const text = `[${texts.join(', ')}]`
  return places.size === 1 && !texts.includes(undefined) && text.length <= longestList
    ? text
    : undefined
}

/** In one line; undefined for a text that needs several. */
function scalarText({ value, plain, source }: ScalarTree): string | undefined {
  if (value === null) return 'null'
  const isOdd = /[\p{Cc}\p{Bidi_C}\u2028\u2029]/u.test(source)
  if (plain && !isOdd) return source
  if (typeof value !== 'string') return isOdd ? quoted(source) : source
  const isBlock = value.includes('\n') && /^[^\s#]/.test(value) && !/\n\n$|[ \t](\n|$)/.test(value)
  const isSafe = !/[\p{Cc}\p{Bidi_C}\u2028\u2029]/u.test(value.replaceAll('\n', ''))
  return isBlock && isSafe ? undefined : quoted(value)
}

/** What a terminal would obey is written as numbers. */
const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu,
    (odd) => `\\u${odd.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

const keyText = (key: string): string => (/^[A-Za-z_][\w./-]*$/.test(key) ? key : quoted(key))
