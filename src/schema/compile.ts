import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import { parseDuration } from './duration.ts'
import type { JsonSchema } from './json-schema.ts'

/** One way in which a value does not fit its schema. */
export interface SchemaIssue {
  /** JSON Schema keyword that failed: `type`, `enum`, `required` … */
  readonly keyword: string
  /** JSON pointer to the value; empty for the whole. */
  readonly pointer: string
  /** JSON pointer into the schema. */
  readonly schemaPointer: string
  /** What ajv says about it: `missingProperty`, `allowedValues`, `limit` … */
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
}

/** Checks one value and puts defaults into it, in place. No issues: it fits. */
export type Validator = (value: unknown) => readonly SchemaIssue[]

/** Validators of JSON Schema 2020-12, each compiled when it is first used. */
export interface Validators {
  /**
   * The validator of a schema. Lengths of time are numbers of milliseconds by then.
   * @throws Error when the schema itself is not valid
   */
  of(schema: JsonSchema): Validator
}

/** Makes a set of validators. Keeps what it compiled for as long as the schema objects live. */
export function createValidators(): Validators {
  const ajv = new Ajv2020({
    allErrors: true,
    useDefaults: true,
    strict: false,
    validateSchema: false,
    validateFormats: false,
    logger: false,
  })
  const compiled = new WeakMap<JsonSchema, Validator>()
  return {
    of(schema) {
      let validator = compiled.get(schema)
      if (validator === undefined) {
        validator = validatorOf(ajv.compile(inMilliseconds(schema)))
        compiled.set(schema, validator)
      }
      return validator
    },
  }
}

const validatorOf =
  (validate: ValidateFunction): Validator =>
  (value) =>
    validate(value) ? [] : (validate.errors ?? []).map(issueOf)

const issueOf = (error: ErrorObject): SchemaIssue => ({
  keyword: error.keyword,
  pointer: error.instancePath,
  schemaPointer: error.schemaPath,
  params: error.params,
  message: error.message ?? error.keyword,
})

/** The schema of the values that a processor receives: every length of time is a number of ms. */
export function inMilliseconds(schema: JsonSchema): JsonSchema {
  if (schema['x-duration'] === true) return durationSchema(schema)
  const { properties, items, additionalProperties, oneOf, anyOf } = schema
  return {
    ...schema,
    ...(properties && { properties: mapValues(properties, inMilliseconds) }),
    ...(items && { items: inMilliseconds(items) }),
    ...(typeof additionalProperties === 'object' && {
      additionalProperties: inMilliseconds(additionalProperties),
    }),
    ...(oneOf && { oneOf: oneOf.map(inMilliseconds) }),
    ...(anyOf && { anyOf: anyOf.map(inMilliseconds) }),
  }
}

function durationSchema(schema: JsonSchema): JsonSchema {
  const { minimum = 0, maximum, default: written } = schema
  const ms = typeof written === 'string' ? parseDuration(written) : written
  return {
    type: 'number',
    minimum,
    ...(maximum !== undefined && { maximum }),
    ...(ms !== undefined && { default: ms }),
  }
}

function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
