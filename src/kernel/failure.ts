import { reasonOf, VoxgraphError } from '../errors/index.ts'
import { error, errorCategories, type ErrorCategory, type ErrorFrame } from '../frames/index.ts'
import type { PlanMember, PlanNode } from '../graph/plan.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

/** Shortest secret that is looked for in messages; shorter ones would blank out ordinary words. */
const shortestSecret = 4

/**
 * The report of a failure: category and retry as the thrown error says, where it does; no secret of the
 * node's options in its text.
 */
export function failureOf(
  thrown: unknown,
  node: Pick<PlanNode, 'id'> & Holder,
  attempt: number,
): ErrorFrame {
  const claims = typeof thrown === 'object' && thrown !== null ? thrown : {}
  const category = 'category' in claims ? claims.category : undefined
  const isKnown = errorCategories.includes(category as ErrorCategory)
  return error({
    category: isKnown ? (category as ErrorCategory) : 'bug',
    retryable: 'retryable' in claims && claims.retryable === true,
    node: node.id,
    attempt,
    code: thrown instanceof VoxgraphError ? thrown.code : 'node-failed',
    message: withoutSecrets(reasonOf(thrown), node),
  })
}

/** Whose secrets they are: a node and those that take its place, one of those, or a memory. */
type Holder = Pick<PlanMember, 'manifest' | 'options'> & {
  readonly fallback?: readonly Holder[]
}

/** The text with every secret option of the node (or the memory) blanked out, and of those that take its place. */
export function withoutSecrets(text: string, holder: Holder): string {
  const { manifest, options, fallback = [] } = holder
  const clean = secretsIn(manifest.options, options).reduce(
    (said, secret) => said.replaceAll(secret, '***'),
    text,
  )
  return fallback.reduce(withoutSecrets, clean)
}

/** Values of secret options, also of those that stand in a group of others. */
function secretsIn({ properties = {} }: JsonSchema, options: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null) return []
  return Object.entries(properties).flatMap(([name, schema]) => {
    const value: unknown = Reflect.get(options, name)
    if (schema.writeOnly !== true) return secretsIn(schema, value)
    return typeof value === 'string' && value.length >= shortestSecret ? [value] : []
  })
}
