import { reasonOf } from '../errors/index.ts'
import type { Validators } from '../schema/compile.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

/** Longest schema of a tool's arguments, in characters of JSON: the model is told all of it at each question. */
const longestSchema = 20_000
/** Deepest schema. */
const deepest = 20

/** Keywords that are taken as they are. */
const plain = new Set([
  'type',
  'title',
  'description',
  'default',
  'const',
  'enum',
  'required',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'maxLength',
])
const inLists = new Set(['oneOf', 'anyOf', 'allOf'])
const inMaps = new Set(['properties', '$defs', 'definitions'])

/**
 * The part of a server's schema that is safe to check by: no patterns, which can take for ever, nothing that
 * leads out of it, and no annotation that means something to us.
 * @throws Error that says why it is no schema of arguments
 */
export function argumentsOf(schema: unknown, validators: Validators): JsonSchema {
  if (JSON.stringify(schema).length > longestSchema) {
    throw new Error(`its parameters are longer than ${longestSchema} characters`)
  }
  const clean = cleaned(schema, deepest)
  if (typeof clean !== 'object' || clean['type'] !== 'object') {
    throw new Error('its parameters are not those of an object')
  }
  try {
    validators.of(clean as JsonSchema)
  } catch (thrown) {
    throw new Error(`its parameters are not a JSON Schema: ${reasonOf(thrown).slice(0, 200)}`)
  }
  return clean as JsonSchema
}

type Clean = boolean | { readonly [keyword: string]: unknown }

function cleaned(schema: unknown, levels: number): Clean {
  if (typeof schema === 'boolean') return schema
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw new Error('its parameters are not a JSON Schema')
  }
  if (levels === 0) throw new Error(`its parameters are deeper than ${deepest} levels`)
  const inner = (value: unknown): Clean => cleaned(value, levels - 1)
  const kept: [string, unknown][] = []
  for (const [key, value] of Object.entries(schema)) {
    if (plain.has(key)) kept.push([key, value])
    else if (inLists.has(key) && Array.isArray(value)) kept.push([key, value.map(inner)])
    else if (inMaps.has(key)) kept.push([key, mapOf(value, inner)])
    else if (key === 'items' || key === 'additionalProperties') kept.push([key, inner(value)])
    else if (key === '$ref' && /^#(\/[\w$%~.-]+)*$/.test(String(value))) kept.push([key, value])
  }
  return Object.fromEntries(kept)
}

function mapOf(value: unknown, inner: (value: unknown) => Clean): Readonly<Record<string, Clean>> {
  if (typeof value !== 'object' || value === null) {
    throw new Error('its parameters are not a JSON Schema')
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inner(one)]))
}
