import type { JsonSchema, JsonType } from './json-schema.ts'

/** JSON types that a schema allows by `type`, `enum` or `const`; undefined when it allows any. */
export function typesOf(schema: JsonSchema): ReadonlySet<JsonType> | undefined {
  if (schema['x-duration'] === true) return new Set<JsonType>(['number'])
  if (typeof schema.type === 'string') return new Set([schema.type])
  if (schema.type !== undefined) return new Set(schema.type)
  if (schema.enum !== undefined) return new Set(schema.enum.map(typeOf))
  if ('const' in schema) return new Set([typeOf(schema.const)])
  if (schema.properties !== undefined) return new Set<JsonType>(['object'])
  return schema.items === undefined ? undefined : new Set<JsonType>(['array'])
}

function typeOf(value: unknown): JsonType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const type = typeof value
  return type === 'string' || type === 'number' || type === 'boolean' ? type : 'object'
}

const words: Readonly<Record<JsonType, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map',
  array: 'a list',
  null: 'empty',
}

const oneOf = (values: readonly string[]): string =>
  values.length < 2
    ? values.join('')
    : `one of ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`

/** What a schema asks for, in words: `text`, `a whole number or true or false`. */
export function kindOf(schema: JsonSchema): string {
  if (schema['x-duration'] === true) return 'a length of time such as 250ms, 2s, 1m or 1h'
  const branches = schema.oneOf ?? schema.anyOf
  if (branches !== undefined) return [...new Set(branches.map(kindOf))].join(', or ')
  if (schema.enum !== undefined) return oneOf(schema.enum.map(String))
  if (schema.const !== undefined) return String(schema.const)
  const types = typesOf(schema)
  if (types === undefined) return 'something else'
  return [...types].map((type) => words[type]).join(' or ')
}
