import type { Manifest } from '../define/index.ts'
import type { Validators } from '../schema/compile.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { CalledTool } from './called-tools.ts'
import { coerce, optionName, type Walk } from './coerce.ts'
import { brainKeys, builtinTools } from './names.ts'
import { reportIssues } from './option-issues.ts'
import type { Report } from './report.ts'
import { shapeDepends, textOf } from './shape.ts'
import { hideTree } from './secrets.ts'
import type { GraphSpec, NodeSpec, VarSpec } from './spec.ts'
import { didYouMean, listNames, meantOrAll, nearest } from './suggest.ts'
import { callVariables, isCallVariable, variablesIn } from './templates.ts'
import { entryOf, type MapTree, type ScalarTree, type Span, type Tree } from './tree.ts'
import type { Template } from './plan.ts'
import type { Values } from './values.ts'

/** What reading options needs to know of the file. */
export interface OptionScope {
  readonly report: Report
  readonly values: Values
  readonly validators: Validators
  readonly spec: GraphSpec
  /** Absolute path of the file. */
  readonly file: string
  /** Variables that texts used so far. */
  readonly usedVars: Set<string>
  /** Tools that brains list so far. */
  readonly usedTools: Set<string>
  /** Tools that dialogues call so far. */
  readonly calledTools: CalledTool[]
}

/** Options of a node, ready for its processor. */
export interface NodeOptions {
  readonly options: Readonly<Record<string, unknown>>
  readonly templates: readonly Template[]
  /** Files that it reads, to be looked for. */
  readonly inputPaths: Walk['inputPaths']
}

/** Checks `with` against the schema of the processor, and gives what it asks for. */
export function readOptions(node: NodeSpec, manifest: Manifest, scope: OptionScope): NodeOptions {
  const { report, validators } = scope
  const use = node.use === undefined ? manifest.id : textOf(node.use)
  const span = node.use?.span ?? node.key
  const tree: MapTree = node.with ?? { kind: 'map', span, entries: [] }
  const walk = createWalk(scope, use)
  mentionVariables(tree, scope.usedVars)
  const misplaced = reportStrays(report, node, manifest, use)
  const value = coerce(walk, manifest.options, tree) as Record<string, unknown>
  const issues = validators.of(manifest.options)(value)
  if (!node.withBroken) reportIssues(issues, { walk, tree, span, misplaced })
  for (const { path, text, scalar } of walk.templates) {
    const place = { node: ownerOf(node, path), option: optionName(path) }
    checkTemplate(text, scalar, place, scope)
    if (manifest.role === 'brain') remarkTools(node, text, scalar, place, scope)
    if (scalar.comment !== undefined) remarkComment(report, scalar, scalar.comment)
  }
  if (manifest.role === 'brain') {
    checkTools(node, scope)
    scope.calledTools.push(...walk.toolNames.map((one) => ({ node, ...one })))
  }
  // What a brain is told or says is expanded when it is asked, or says it, each time.
  const isLater = ({ path }: Template): boolean =>
    manifest.role === 'brain' && ['prompt', 'filler', 'tool_apology'].includes(String(path[0]))
  const templates = walk.templates
    .filter((template) => variablesIn(template.text).length > 0 && !isLater(template))
    .map(({ path, isPath }) => ({ path, isPath }))
  return { options: value, templates, inputPaths: walk.inputPaths }
}

/**
 * An agent's own keys are options of its brain; messages name the agent then. A filler is usually that of all
 * agents: what is wrong with it is told once.
 */
const ownerOf = ({ id, agent }: NodeSpec, [key]: readonly (string | number)[]): string =>
  agent !== undefined && brainKeys.includes(String(key)) && key !== 'filler' ? agent : id

/** A map of the file that is none of a node's, checked in the same way; `name` is for messages. */
export function readOptionMap(
  scope: OptionScope,
  name: string,
  schema: JsonSchema,
  tree: MapTree,
): { readonly value: Record<string, unknown>; readonly templates: readonly Template[] } {
  const walk = createWalk(scope, name)
  mentionVariables(tree, scope.usedVars)
  const value = coerce(walk, schema, tree) as Record<string, unknown>
  const issues = scope.validators.of(schema)(value)
  reportIssues(issues, { walk, tree, span: tree.span, misplaced: new Set() })
  for (const { path, text, scalar } of walk.templates) {
    checkTemplate(text, scalar, { node: name, option: optionName(path) }, scope)
  }
  const templates = walk.templates
    .filter(({ text }) => variablesIn(text).length > 0)
    .map(({ path, isPath }) => ({ path, isPath }))
  return { value, templates }
}

/** The value of a variable's or a parameter's default, checked against its type. */
export function readDefault(variable: VarSpec, tree: Tree, scope: OptionScope): unknown {
  const holder: JsonSchema = { type: 'object', properties: { [variable.name]: variable.schema } }
  const entry = { key: variable.name, keySpan: variable.key, value: tree }
  const map: MapTree = { kind: 'map', span: tree.span, entries: [entry] }
  const walk = createWalk(scope, variable.name)
  const value = coerce(walk, holder, map) as Record<string, unknown>
  const issues = scope.validators.of(holder)(value)
  reportIssues(issues, { walk, tree: map, span: tree.span, misplaced: new Set() })
  return value[variable.name]
}

const createWalk = (scope: OptionScope, use: string): Walk => ({
  report: scope.report,
  values: scope.values,
  file: scope.file,
  use,
  templates: [],
  inputPaths: [],
  toolNames: [],
  silent: new Set(),
  schemas: new Map(),
  chosen: new Map(),
  origins: new Map(),
})

/** A variable in an option that is misspelt, or takes none, is no reason to call it unused. */
function mentionVariables(tree: Tree, used: Set<string>): void {
  if (tree.kind === 'map') for (const { value } of tree.entries) mentionVariables(value, used)
  else if (tree.kind === 'list') for (const item of tree.items) mentionVariables(item, used)
  else if (typeof tree.value === 'string') {
    for (const { name } of variablesIn(tree.value)) used.add(name.split('.')[0] ?? name)
  }
}

/** Keys of a node that are none: options in the wrong place, or mistakes. */
function reportStrays(
  report: Report,
  node: NodeSpec,
  manifest: Manifest,
  use: string,
): ReadonlySet<string> {
  const { properties = {} } = manifest.options
  const misplaced = new Set<string>()
  for (const { key, keySpan, value } of node.strays) {
    const option = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (option === undefined) continue
    if (option.writeOnly === true) hideTree(report, value)
    misplaced.add(key)
    report.add('misplaced-option', keySpan, { key, use })
  }
  return misplaced
}

function checkTemplate(
  text: string,
  scalar: ScalarTree,
  place: { readonly node: string; readonly option: string },
  scope: OptionScope,
): void {
  const { report, spec, usedVars } = scope
  for (const { name, start, end } of variablesIn(text)) {
    const [first = name] = name.split('.')
    usedVars.add(first)
    if (isCallVariable(name) || spec.vars.has(first)) continue
    const span = report.source.find(scalar.span, text.slice(start, end))
    const names = [...spec.vars.keys(), ...callVariables]
    const meant = nearest(name, names)
    if (meant !== undefined) usedVars.add(meant)
    const suggestion = meantOrAll(meant, 'Variables here', names)
    const fix = meant === undefined ? undefined : `{{${meant}}}`
    report.add('undeclared-var', span, { ...place, name, suggestion }, fix)
  }
}

/** Prose behind `#` is lost; a comment that is meant as one stands two spaces away. */
function remarkComment(report: Report, scalar: ScalarTree, comment: Span): void {
  const { text } = report.source
  const words = textOf(scalar).split(' ').length
  const adjacent = comment.start === scalar.span.end + 1
  if (!scalar.plain || words < 3 || !adjacent) return
  const written = text.slice(comment.start, comment.end).trimEnd()
  const shown = written.length > 40 ? `${written.slice(0, 40)}…` : written
  report.add(
    'prose-comment',
    { ...comment, end: comment.start + written.length },
    { comment: shown },
  )
}

function checkTools(node: NodeSpec, { report, spec, usedTools }: OptionScope): void {
  const list = node.with && entryOf(node.with, 'tools')?.value
  // A single name without brackets is a mistake that has been told of.
  if (list?.kind === 'scalar') usedTools.add(textOf(list))
  if (list?.kind !== 'list') return
  for (const item of list.items) {
    if (item.kind !== 'scalar' || item.value === null) continue
    if (shapeDepends(report, item, 'tools')) continue
    const name = textOf(item)
    usedTools.add(name)
    if (spec.tools.has(name) || builtinTools.includes(name)) continue
    const names = [...spec.tools.keys(), ...builtinTools]
    const meant = nearest(name, names)
    if (meant !== undefined) usedTools.add(meant)
    const owner = ownerOf(node, ['tools'])
    const params = { node: owner, name, suggestion: didYouMean(meant), tools: listNames(names) }
    report.add('unknown-tool', item.span, params, meant)
  }
}

/** A prompt that speaks of a tool which the model does not have leads to invented answers. */
function remarkTools(
  node: NodeSpec,
  text: string,
  scalar: ScalarTree,
  place: { readonly node: string; readonly option: string },
  { report, spec }: OptionScope,
): void {
  const list = node.with && entryOf(node.with, 'tools')?.value
  const own = list?.kind === 'list' ? list.items : []
  const names = new Set(own.map((item) => (item.kind === 'scalar' ? textOf(item) : '')))
  for (const name of spec.tools.keys()) {
    if (names.has(name) || !name.includes('_')) continue
    if (!new RegExp(`\\b${name}\\b`).test(text)) continue
    const span = report.source.find(scalar.span, name)
    report.add('prompt-names-missing-tool', span, { ...place, name })
  }
}
