import { dirname, resolve } from 'node:path'
import { parseDuration } from '../schema/duration.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { kindOf, typesOf } from '../schema/kinds.ts'
import type { Reference } from './interpolate.ts'
import type { Template } from './plan.ts'
import { reportDuration } from './read-tools.ts'
import type { Report } from './report.ts'
import { hideSecret } from './secrets.ts'
import {
  pointerTo,
  type ListTree,
  type MapTree,
  type ScalarTree,
  type Span,
  type Tree,
} from './tree.ts'
import type { Resolved, Values } from './values.ts'

/** What the walk along a value and its schema knows and finds. */
export interface Walk {
  readonly report: Report
  readonly values: Values
  /** Absolute path of the file that the value was written in. */
  readonly file: string
  /** As messages name the processor. */
  readonly use: string
  readonly templates: (Template & { readonly text: string; readonly scalar: ScalarTree })[]
  readonly inputPaths: { readonly path: string; readonly written: string; readonly span: Span }[]
  /** Tools that a dialogue calls. */
  readonly toolNames: { readonly name: string; readonly span: Span }[]
  /** Values that have been reported, or are not known: nothing more is said about them. */
  readonly silent: Set<string>
  /** Schema that was used for a value, after a choice between several. */
  readonly schemas: Map<string, JsonSchema>
  /** Which branch of `oneOf` or `anyOf` a value was taken for. */
  readonly chosen: Map<string, number>
  /** Where values came from that do not stand in the file. */
  readonly origins: Map<string, readonly Reference[]>
}

type Path = readonly (string | number)[]

const missing = Symbol('missing')

/** Turns a value as written into the one that its schema asks for. What does not fit is left as it is. */
export function coerce(walk: Walk, schema: JsonSchema, tree: Tree): unknown {
  const value = convert(walk, schema, tree, '', [])
  return value === missing ? undefined : value
}

function convert(walk: Walk, schema: JsonSchema, tree: Tree, pointer: string, path: Path): unknown {
  const fit = variantFor(walk, schema, tree, pointer)
  walk.schemas.set(pointer, fit)
  if (tree.kind === 'map') return convertMap(walk, fit, tree, pointer, path)
  if (tree.kind === 'list') return convertList(walk, fit, tree, pointer, path)
  return convertScalar(walk, fit, tree, pointer, path)
}

function convertMap(
  walk: Walk,
  schema: JsonSchema,
  tree: MapTree,
  pointer: string,
  path: Path,
): object {
  const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
  const pairs: [string, unknown][] = []
  for (const { key, value } of tree.entries) {
    const known = Object.hasOwn(schema.properties ?? {}, key) ? schema.properties?.[key] : undefined
    const inner = inherit(schema, known ?? others)
    const converted = convert(walk, inner, value, pointerTo(pointer, key), [...path, key])
    if (converted !== missing) pairs.push([key, converted])
  }
  return Object.fromEntries(pairs)
}

function convertList(
  walk: Walk,
  schema: JsonSchema,
  tree: ListTree,
  pointer: string,
  path: Path,
): unknown[] {
  const items = inherit(schema, schema.items ?? {})
  return tree.items.map((item, index) => {
    const value = convert(walk, items, item, pointerTo(pointer, index), [...path, index])
    return value === missing ? '' : value
  })
}

/** What lies inside a secret is one, and what lies inside a text with variables may have some. */
function inherit(outer: JsonSchema, inner: JsonSchema): JsonSchema {
  if (outer.writeOnly !== true && outer['x-template'] !== true) return inner
  return {
    ...inner,
    ...(outer.writeOnly === true && { writeOnly: true }),
    ...(outer['x-template'] === true && { 'x-template': true }),
  }
}

function convertScalar(
  walk: Walk,
  schema: JsonSchema,
  tree: ScalarTree,
  pointer: string,
  path: Path,
): unknown {
  const resolved = walk.values.of(tree)
  const option = optionName(path)
  if (schema.writeOnly === true) hideSecret(walk, tree, resolved, option, schema['x-env'])
  const { text, references } = resolved
  if (references.length > 0) walk.origins.set(pointer, references)
  if (text === undefined) {
    walk.silent.add(pointer)
    return missing
  }
  if (tree.value === null) return null
  if (schema['x-duration'] === true) return duration(walk, tree, pointer, path, resolved)
  const types = typesOf(schema)
  const value =
    references.length > 0
      ? fromText(walk, schema, tree, pointer, option, text, references)
      : literal(tree, text, types)
  return typeof value === 'string' ? place(walk, schema, tree, path, value) : value
}

/** A number where a text is wanted is taken as it was written. */
function literal(
  tree: ScalarTree,
  text: string,
  types: ReturnType<typeof typesOf>,
): string | number | boolean | null {
  if (typeof tree.value === 'string') return text
  if (types === undefined || !types.has('string')) return tree.value
  const fits =
    typeof tree.value === 'number'
      ? types.has('number') || types.has('integer')
      : types.has('boolean')
  return fits ? tree.value : tree.source
}

function fromText(
  walk: Walk,
  schema: JsonSchema,
  tree: ScalarTree,
  pointer: string,
  option: string,
  text: string,
  references: readonly Reference[],
): unknown {
  const types = typesOf(schema)
  if (types === undefined || types.has('string')) return text
  if (types.has('boolean') && /^(true|false)$/.test(text)) return text === 'true'
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (types.has('number') && Number.isFinite(number)) return number
  if (types.has('integer') && Number.isSafeInteger(number)) return number
  walk.silent.add(pointer)
  const [first] = references
  const ref = first === undefined ? '' : `\${${first.scheme}:${first.name}}`
  const params = { ref, option, kind: kindOf(schema), value: text }
  walk.report.add(
    isPrintable(schema, text, references) ? 'env-type' : 'env-type/hidden',
    tree.span,
    params,
  )
  return text
}

/**
 * True when a value that came from outside may be shown: never from a store of secrets, and from a
 * variable only when neither its name nor its length suggests a secret.
 */
export function isPrintable(
  schema: JsonSchema,
  text: string,
  references: readonly Reference[],
): boolean {
  if (schema.writeOnly === true) return false
  return references.every(
    ({ scheme, name }) =>
      // What a part or a graph is given may have come from a variable, too.
      (scheme === 'env' || scheme === 'param') &&
      /^[\w.-]{1,8}$/.test(text) &&
      !/(KEY|TOKEN|SECRET|PASS|PASSWORD|PWD|PIN|CREDENTIALS?)($|_)/i.test(name),
  )
}

function duration(
  walk: Walk,
  tree: ScalarTree,
  pointer: string,
  path: Path,
  { text = '', references }: Resolved,
): unknown {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  walk.silent.add(pointer)
  const option = String(path.at(-1) ?? 'value')
  const [first] = references
  if (first === undefined) reportDuration(walk.report, tree, option, text)
  else {
    const kind = kindOf({ 'x-duration': true })
    const ref = `\${${first.scheme}:${first.name}}`
    walk.report.add('env-type/hidden', tree.span, { ref, option, kind })
  }
  return 0
}

/** Notes where a text has variables in it, or is a path. */
function place(
  walk: Walk,
  schema: JsonSchema,
  scalar: ScalarTree,
  path: Path,
  text: string,
): string {
  const isPath = schema['x-output-path'] === true
  if (isPath || schema['x-template'] === true) walk.templates.push({ path, isPath, text, scalar })
  if (schema['x-tool'] === true) walk.toolNames.push({ name: text, span: scalar.span })
  if (schema['x-input-path'] !== true || text === '') return text
  const absolute = resolve(dirname(walk.report.source.at(scalar.span).path ?? walk.file), text)
  walk.inputPaths.push({ path: absolute, written: text, span: scalar.span })
  return absolute
}

/** `filler.say[1]`: an option as messages name it. */
export function optionName(path: Path): string {
  let name = ''
  for (const key of path) {
    name += typeof key === 'number' ? `[${key}]` : name === '' ? key : `.${key}`
  }
  return name === '' ? 'with' : name
}

function variantFor(walk: Walk, schema: JsonSchema, tree: Tree, pointer: string): JsonSchema {
  const branches = schema.oneOf ?? schema.anyOf
  if (branches === undefined) return schema
  let best = -1
  let most = 0
  for (const [index, branch] of branches.entries()) {
    const score = scoreOf(branch, tree)
    if (score <= most) continue
    best = index
    most = score
  }
  const branch = branches[best]
  if (branch === undefined) return schema
  walk.chosen.set(pointer, best)
  const { oneOf: _one, anyOf: _any, ...rest } = schema
  return inherit(schema, { ...rest, ...branch })
}

/** How well a branch suits a value; 0: not at all. */
function scoreOf(branch: JsonSchema, tree: Tree): number {
  const types = typesOf(branch)
  if (tree.kind === 'list') return types?.has('array') === true ? 2 : 0
  if (tree.kind === 'map') {
    if (types !== undefined && !types.has('object')) return 0
    const known = tree.entries.filter(({ key }) => Object.hasOwn(branch.properties ?? {}, key))
    return 1 + known.length
  }
  const { value, source } = tree
  if (branch['x-duration'] === true) return parseDuration(source) === undefined ? 1 : 4
  if (branch.enum?.includes(value) === true || branch.const === value) return 5
  if (value === null) return types?.has('null') === true ? 3 : 0
  if (typeof value === 'number' && (types?.has('number') || types?.has('integer'))) return 3
  if (typeof value === 'boolean' && types?.has('boolean') === true) return 3
  if (types?.has('string') === true) return typeof value === 'string' ? 3 : 2
  return types === undefined ? 1 : 0
}
