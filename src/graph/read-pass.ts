import type { JsonSchema } from '../schema/json-schema.ts'
import { checkName } from './names.ts'
import type { OptionScope } from './options.ts'
import type { Report } from './report.ts'
import { expectMap, expectWord } from './shape.ts'
import type { Entry, Tree } from './tree.ts'

const words = ['string', 'integer', 'number', 'boolean', 'object', 'array'] as const

/** `pass` of a hand-off as the schema of one object; everything is required that is not `optional`. */
export function readPass(
  report: Report,
  entry: Entry | undefined,
  where: string,
  { validators }: Pick<OptionScope, 'validators'>,
): JsonSchema {
  const properties: [string, JsonSchema][] = []
  const required: string[] = []
  const hint = 'For example: pass: { customer_id: string }'
  const map = entry && expectMap(report, entry.value, where, 'a map from names to types', hint)
  for (const { key, keySpan, value } of map?.entries ?? []) {
    if (key.startsWith('x-')) continue
    checkName(report, key, keySpan)
    const { schema, optional } = readEntry(report, value, `${where}.${key}`)
    const reason = faultOf(schema, validators)
    if (reason !== undefined) {
      const expected = 'a type or a JSON Schema'
      const params = { option: `${where}.${key}`, expected, shown: 'this', suggestion: reason }
      report.add('bad-value', keySpan, params)
      continue
    }
    properties.push([key, schema])
    if (!optional) required.push(key)
  }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  }
}

function readEntry(
  report: Report,
  tree: Tree,
  where: string,
): { readonly schema: JsonSchema; readonly optional: boolean } {
  if (tree.kind !== 'map') {
    const type = expectWord(report, tree, where, words)
    return { schema: type === undefined ? {} : { type }, optional: false }
  }
  const { optional, ...schema } = plainOf(tree) as JsonSchema & { readonly optional?: unknown }
  return { schema, optional: optional === true }
}

/** A value as JSON, without anything read into it. */
export function plainOf(tree: Tree): unknown {
  if (tree.kind === 'list') return tree.items.map(plainOf)
  if (tree.kind === 'scalar') return tree.value
  return Object.fromEntries(tree.entries.map(({ key, value }) => [key, plainOf(value)]))
}

/** Why something is not a JSON Schema; undefined when it is one. */
export function faultOf(
  schema: JsonSchema,
  validators: OptionScope['validators'],
): string | undefined {
  try {
    validators.of(schema)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
