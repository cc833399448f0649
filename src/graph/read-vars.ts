import type { JsonSchema } from '../schema/json-schema.ts'
import { checkName } from './names.ts'
import type { PlanVar } from './plan.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, expectWord, readKeys, wrongShape, type KeySet } from './shape.ts'
import type { VarSpec } from './spec.ts'
import type { Entry, Tree } from './tree.ts'

type VarType = PlanVar['type']

const types: readonly VarType[] = [
  'string',
  'integer',
  'number',
  'boolean',
  'object',
  'array',
  'duration',
]

/** Entries of `params` or `vars`. */
export function readVars(
  report: Report,
  entry: Entry | undefined,
  where: 'params' | 'vars',
): ReadonlyMap<string, VarSpec> {
  const vars = new Map<string, VarSpec>()
  if (entry === undefined) return vars
  const hint = `For example: ${where}: { customer: string }`
  const map = expectMap(report, entry.value, where, 'a map from names to types', hint)
  for (const item of map?.entries ?? []) {
    if (item.key.startsWith('x-')) continue
    checkName(report, item.key, item.keySpan)
    vars.set(item.key, readVar(report, item, where))
  }
  return vars
}

function readVar(report: Report, entry: Entry, where: 'params' | 'vars'): VarSpec {
  const { key: name, keySpan: key, value } = entry
  const set: KeySet = {
    owner: where === 'params' ? 'a param' : 'a var',
    keys: ['type', 'default', 'required', 'description', 'enum'],
    later: {},
  }
  if (value.kind === 'scalar' && value.value !== null) {
    const type = expectWord(report, value, name, types) ?? 'string'
    return { name, key, type, schema: schemaOf(type), default: undefined, required: false }
  }
  const map = expectMap(report, value, `${where}.${name}`, 'a type, or a map with "type"', '')
  const keys = map && readKeys(report, map, set)
  const typeEntry = keys?.get('type')
  const description = keys?.get('description')
  const required = keys?.get('required')
  const type = (typeEntry && expectWord(report, typeEntry.value, 'type', types)) ?? 'string'
  if (description) expectText(report, description.value, 'description')
  return {
    name,
    key,
    type,
    schema: schemaOf(type, readEnum(report, keys?.get('enum')?.value)),
    default: keys?.get('default')?.value,
    required: required !== undefined && readBoolean(report, required.value, 'required'),
  }
}

function readEnum(report: Report, tree: Tree | undefined): readonly unknown[] | undefined {
  if (tree === undefined) return undefined
  if (tree.kind !== 'list') {
    wrongShape(report, tree, 'enum', 'a list of values')
    return undefined
  }
  return tree.items.map((item) => (item.kind === 'scalar' ? item.value : null))
}

function readBoolean(report: Report, tree: Tree, what: string): boolean {
  if (tree.kind === 'scalar' && typeof tree.value === 'boolean') return tree.value
  wrongShape(report, tree, what, 'true or false')
  return false
}

function schemaOf(type: VarType, values?: readonly unknown[]): JsonSchema {
  if (type === 'duration') return { 'x-duration': true }
  return values === undefined ? { type } : { type, enum: values }
}
