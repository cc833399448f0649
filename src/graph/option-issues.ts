import type { SchemaIssue } from '../schema/compile.ts'
import { writeDuration } from '../schema/duration.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { kindOf } from '../schema/kinds.ts'
import { isPrintable, optionName, type Walk } from './coerce.ts'
import { hideTree } from './secrets.ts'
import { textOf } from './shape.ts'
import { choice, meantOrAll, nearest, quote } from './suggest.ts'
import { entryOf, isEmpty, pointerTo, treeAt, type Span, type Tree } from './tree.ts'

/** What the messages about the options of one node need to know. */
export interface IssueContext {
  readonly walk: Walk
  readonly tree: Tree
  /** Where a caret goes that has no better place. */
  readonly span: Span
  /** Options that were written in the wrong place; they are not missing. */
  readonly misplaced: ReadonlySet<string>
}

/** Reports everything in which options do not fit their schema, one error for one cause. */
export function reportIssues(issues: readonly SchemaIssue[], context: IssueContext): void {
  const { walk } = context
  for (const issue of ofChosenBranches(issues, walk)) {
    const { pointer, keyword, params } = issue
    if (isSilent(walk, pointer)) continue
    if (keyword === 'additionalProperties') {
      reportUnknown(context, pointer, String(params['additionalProperty']))
    } else if (keyword === 'required') {
      reportRequired(context, pointer, String(params['missingProperty']))
    } else if (keyword !== 'if') {
      reportValue(context, issue)
    }
  }
}

function isSilent(walk: Walk, pointer: string): boolean {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (walk.silent.has(at)) return true
  }
  return false
}

/** Where a value could have had several shapes, only what the likeliest one says counts. */
function ofChosenBranches(issues: readonly SchemaIssue[], walk: Walk): readonly SchemaIssue[] {
  let left = issues
  for (const issue of issues) {
    if (issue.keyword !== 'anyOf' && issue.keyword !== 'oneOf') continue
    const root = `${issue.schemaPointer}/`
    const own = `${root}${walk.chosen.get(issue.pointer) ?? 'none'}/`
    // Other entries of a list have branches of the same schema: they have their own say.
    const isAbout = ({ pointer }: SchemaIssue): boolean =>
      pointer === issue.pointer || pointer.startsWith(`${issue.pointer}/`)
    const told = left.some((one) => isAbout(one) && one.schemaPointer.startsWith(own))
    left = left.filter(
      (one) =>
        !isAbout(one) ||
        one.schemaPointer.startsWith(own) ||
        !(one.schemaPointer.startsWith(root) || (told && one === issue)),
    )
  }
  return left
}

function reportUnknown(context: IssueContext, pointer: string, name: string): void {
  const { walk, tree } = context
  const { properties = {} } = walk.schemas.get(pointer) ?? {}
  const names = Object.keys(properties)
  const meant = nearest(name, names)
  const holder = treeAt(tree, pointer)
  const entry = holder.kind === 'map' ? entryOf(holder, name) : undefined
  if (entry !== undefined && meant !== undefined && properties[meant]?.writeOnly === true) {
    hideTree(walk.report, entry.value)
  }
  const span = entry?.keySpan ?? context.span
  const parent = optionName(pathOf(pointer))
  const label = pointer === '' ? `Options of ${walk.use}` : `Options of ${parent}`
  const suggestion =
    names.length === 0
      ? `${pointer === '' ? walk.use : parent} has no options.`
      : meantOrAll(meant, label, names)
  const key = pointer === '' ? 'unknown-option' : 'unknown-option/nested'
  walk.report.add(key, span, { name, use: walk.use, parent, suggestion }, meant)
}

function reportRequired(context: IssueContext, pointer: string, name: string): void {
  const { walk, tree, misplaced } = context
  if (walk.silent.has(pointerTo(pointer, name))) return
  const { properties = {} } = walk.schemas.get(pointer) ?? {}
  const holder = treeAt(tree, pointer)
  const written = holder.kind === 'map' ? holder.entries.map(({ key }) => key) : []
  const names = Object.keys(properties)
  const misspelt = written.some(
    (key) => !Object.hasOwn(properties, key) && nearest(key, names) === name,
  )
  if (misspelt || (pointer === '' && misplaced.has(name))) return
  if (pointer === '') {
    walk.report.add('missing-option', context.span, { use: walk.use, name, see: seeFor(walk.use) })
    return
  }
  const parent = optionName(pathOf(pointer))
  const see = pages[`${walk.use}.${parent}`] ?? seeFor(walk.use)
  walk.report.add('missing-option/nested', holder.span, { use: walk.use, name, parent, see })
}

function reportValue(context: IssueContext, issue: SchemaIssue): void {
  const { walk, tree } = context
  const { pointer } = issue
  const schema = walk.schemas.get(pointer) ?? {}
  const value = treeAt(tree, pointer)
  const option = optionName(pathOf(pointer))
  const text = value.kind === 'scalar' ? textOf(value) : ''
  const references = walk.origins.get(pointer) ?? []
  const allowed = allowedWords(issue)
  const meant = references.length === 0 ? nearest(text, allowed) : undefined
  const expected = expectation(issue, schema)
  const suggestion = suggestionFor(value, schema, meant)
  const key = isEmpty(value) ? 'bad-value/empty' : 'bad-value'
  const shown = shownValue(walk, schema, value, references, pointer)
  walk.report.add(key, firstLine(walk, value), { option, expected, shown, suggestion }, meant)
}

function suggestionFor(value: Tree, schema: JsonSchema, meant: string | undefined): string {
  if (meant !== undefined) return `did you mean "${meant}"?`
  const variable = schema['x-env']
  if (variable !== undefined && value.kind === 'scalar' && textOf(value).trim() === '') {
    return `Leave it out, and it is taken from the environment: ${variable}.`
  }
  const quoted = value.kind === 'scalar' && !value.plain && typeof value.value === 'string'
  const wanted = kindOf(schema)
  if (!quoted || !/^(a number|a whole number|true or false)$/.test(wanted)) return ''
  return /^(-?\d+(\.\d+)?|true|false)$/.test(value.source)
    ? `Write ${value.source} without quotes.`
    : ''
}

function firstLine(walk: Walk, value: Tree): Span {
  const newline = walk.report.source.text.indexOf('\n', value.span.start)
  if (newline < 0 || newline > value.span.end) return value.span
  return { start: value.span.start, end: newline }
}

function shownValue(
  walk: Walk,
  schema: JsonSchema,
  value: Tree,
  references: Walk['origins'] extends ReadonlyMap<string, infer R> ? R : never,
  pointer: string,
): string {
  if (schema.writeOnly === true) return 'this value'
  if (value.kind !== 'scalar') return value.kind === 'map' ? 'this map' : 'this list'
  if (references.length === 0) return quote(textOf(value))
  const { text = '' } = walk.values.of(value)
  const [first] = references
  if (isPrintable(schema, text, references)) return quote(text)
  return first === undefined ? pointer : `the value of \${${first.scheme}:${first.name}}`
}

function allowedWords(issue: SchemaIssue): readonly string[] {
  const { allowedValues, allowedValue } = issue.params
  if (Array.isArray(allowedValues)) return allowedValues.map(String)
  return allowedValue === undefined ? [] : [String(allowedValue)]
}

function expectation({ keyword, params, message }: SchemaIssue, schema: JsonSchema): string {
  const { limit: bound } = params
  const isDuration = schema['x-duration'] === true && typeof bound === 'number'
  const limit = isDuration ? writeDuration(bound) : String(bound ?? '')
  const count = (unit: string): string => `${limit} ${limit === '1' ? unit : `${unit}s`}`
  switch (keyword) {
    case 'enum':
      return oneOf((params['allowedValues'] as readonly unknown[]).map(String))
    case 'const':
      return String(params['allowedValue'])
    case 'type':
    case 'anyOf':
    case 'oneOf':
      return kindOf(schema)
    case 'minimum':
      return `at least ${limit}`
    case 'maximum':
      return `at most ${limit}`
    case 'minLength':
      return `text of at least ${count('character')}`
    case 'maxLength':
      return `text of at most ${count('character')}`
    case 'minItems':
      return limit === '1' ? 'a list of at least 1 entry' : `a list of at least ${limit} entries`
    case 'maxItems':
      return limit === '1' ? 'a list of at most 1 entry' : `a list of at most ${limit} entries`
    case 'pattern':
      return `text like ${String(params['pattern'])}`
    default:
      return message.replace(/^must (be )?/, '')
  }
}

const oneOf = (words: readonly string[]): string =>
  words.length === 1 ? choice(words) : `one of ${choice(words)}`

/** Keys of a JSON pointer; those of lists as numbers. */
function pathOf(pointer: string): (string | number)[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key))
}

/** Keys of the file that are no processors are told of in the documentation. */
const pages: Readonly<Record<string, string>> = {
  agents: 'docs/agents.md',
  turns: 'docs/conversation.md',
  budgets: 'docs/latency.md',
  'budgets.cost': 'docs/cost.md',
}
const seeFor = (use: string): string => pages[use.replace(/\..*/, '')] ?? `voxgraph describe ${use}`
