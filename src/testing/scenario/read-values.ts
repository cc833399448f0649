import type { Json } from '../../frames/index.ts'
import { expectMap, plainText, wrongShape } from '../../graph/shape.ts'
import { quote, withUnit } from '../../graph/suggest.ts'
import { describeTree, isEmpty, type Entry, type ScalarTree, type Tree } from '../../graph/tree.ts'
import { parseDuration } from '../../schema/duration.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import type { FieldPattern, PortRef } from './scenario.ts'
import type { TestReport } from './test-report.ts'
import { textPattern, type TextPattern } from './text-pattern.ts'

/** Longest length of time in a test, in ms: the bound of a case. */
const longestMs = 600_000

/** A length of time; undefined and reported when it is none, or longer than a case may last. */
export function readDuration(
  { general }: TestReport,
  tree: Tree,
  option: string,
): number | undefined {
  const text = plainText(tree)
  const ms = text === undefined ? undefined : parseDuration(text)
  if (ms !== undefined && ms <= longestMs) return ms
  if (text !== undefined && /^\d+(\.\d+)?$/.test(text)) {
    const { choice, fix } = withUnit(text)
    general.add('time-unit', tree.span, { option, value: text, choice }, fix)
    return undefined
  }
  const expected = 'a length of time up to 10m, like 250ms or 3s'
  if (text === undefined) wrongShape(general, tree, option, expected)
  else general.add('bad-value', tree.span, { option, expected, shown: quote(text), suggestion: '' })
  return undefined
}

/** Text to look for. */
export function readPattern(
  report: TestReport,
  tree: Tree,
  option: string,
): TextPattern | undefined {
  const text = plainText(tree)
  if (text === undefined || text.trim() === '') {
    wrongShape(report.general, tree, option, 'text, or an expression between slashes')
    return undefined
  }
  try {
    return textPattern(text)
  } catch (thrown) {
    report.fault('test-pattern', tree.span, { pattern: quote(text), reason: reasonOf(thrown) })
    return undefined
  }
}

/** `node.port`. */
export function readPort(
  { general }: TestReport,
  tree: Tree | undefined,
  text: string | undefined,
  what: string,
): PortRef | undefined {
  const [, node, port] = /^([a-z][a-z0-9_/]*)\.([a-z][a-z0-9_-]*)$/.exec(text ?? '') ?? []
  if (node !== undefined && port !== undefined) return { node, port }
  if (tree !== undefined) wrongShape(general, tree, what, 'a node and its port, like llm.text')
  return undefined
}

/** Data, field by field: text must be the same, unless it is an expression between slashes. */
export function readFields(
  report: TestReport,
  { key, value }: Entry,
): readonly FieldPattern[] | undefined {
  const map = expectMap(report.general, value, key, 'a map of values', '')
  if (map === undefined) return undefined
  const fields = map.entries.map((entry) => readField(report, entry))
  return fields.filter((field) => field !== undefined)
}

function readField(report: TestReport, { key, value }: Entry): FieldPattern | undefined {
  const text = scalarText(value)
  if (text === undefined || !/^\/.+\/[a-z]*$/s.test(text)) {
    return { name: key, equals: jsonOf(value), matches: undefined }
  }
  const matches = readPattern(report, value, key)
  return matches && { name: key, equals: undefined, matches }
}

/** A whole number of at least 1. */
export function readCount({ general }: TestReport, tree: Tree, option: string): number | undefined {
  const value = tree.kind === 'scalar' ? tree.value : undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value
  const expected = 'a whole number of at least 1'
  const shown = scalarText(tree) ?? describeTree(tree)
  general.add('bad-value', tree.span, { option, expected, shown, suggestion: '' })
  return undefined
}

/** A value as JSON, numbers and words as YAML reads them. */
export function jsonOf(tree: Tree): Json {
  if (tree.kind === 'list') return tree.items.map(jsonOf)
  if (tree.kind === 'scalar') return tree.value
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, jsonOf(value)]))
}

/** The text of a scalar that was written as text, a number or a word. */
export const scalarText = (tree: Tree | undefined): string | undefined =>
  tree === undefined ? undefined : plainText(tree)

/** True where nothing more is said about an event than that it happens. */
export const isTrue = (tree: Tree): boolean =>
  isEmpty(tree) || (tree.kind === 'scalar' && tree.value === true)

/** True unless a switch is written `false`. @returns undefined, reported, for anything but true and false */
export function readFlag({ general }: TestReport, { key, value }: Entry): boolean | undefined {
  const written = (value as Partial<ScalarTree>).value
  if (typeof written === 'boolean') return written
  wrongShape(general, value, key, 'true or false')
  return undefined
}
