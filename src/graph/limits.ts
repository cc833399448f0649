import type { Manifest } from '../define/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import { usualLimitsOf, type PlanLimits } from './plan.ts'
import type { NodeSpec } from './spec.ts'

/** How long a provider may be waited for at most: longer than any caller waits. */
const longestTimeoutMs = 600_000

/** JSON Schema of the keys `timeout`, `retry` and `breaker`. */
export const limitsSchema = {
  type: 'object',
  properties: {
    timeout: {
      'x-duration': true,
      minimum: 1,
      maximum: longestTimeoutMs,
      description:
        'How long it may take until its first output, and from one output to the next. Default: 4s for a brain, 2s for a recogniser, 1500ms for a voice.',
    },
    retry: {
      description:
        'How often it is tried again before another takes its place: a number, false for never, or a map. Default: { max: 1, backoff: 200ms }.',
      oneOf: [
        { type: 'integer', minimum: 0, maximum: 10 },
        { const: false },
        {
          type: 'object',
          additionalProperties: false,
          properties: {
            max: {
              type: 'integer',
              minimum: 0,
              maximum: 10,
              description: 'Attempts beyond the first.',
            },
            backoff: {
              'x-duration': true,
              minimum: 0,
              maximum: 60_000,
              description: 'Pause before the first of them; it doubles.',
            },
          },
        },
      ],
    },
    breaker: {
      type: 'object',
      description:
        'When it is given a rest, by all calls of the process. Default: { failures: 1, reset: 10s }.',
      additionalProperties: false,
      properties: {
        failures: {
          type: 'integer',
          minimum: 1,
          maximum: 1000,
          description: 'After so many failures in a row it is not asked.',
        },
        reset: {
          'x-duration': true,
          minimum: 1,
          maximum: 3_600_000,
          description: 'For so long; then one call tries it.',
        },
      },
    },
  },
} as const satisfies JsonSchema

interface Written {
  readonly timeout?: number
  readonly retry?: number | false | { readonly max?: number; readonly backoff?: number }
  readonly breaker?: { readonly failures?: number; readonly reset?: number }
}

/** The limits of a node, or of what takes its place, with what holds where it says nothing. */
export function readLimits(node: NodeSpec, manifest: Manifest, scope: OptionScope): PlanLimits {
  const usual = usualLimitsOf(manifest, node.fallback.length > 0)
  const { id, key: span, limits: entries } = node
  if (entries.length === 0) return usual
  const read = readOptionMap(scope, id, limitsSchema, { kind: 'map', span, entries })
  const { timeout, retry, breaker } = read.value as Written
  const tries: { readonly max?: number | undefined; readonly backoff?: number } =
    typeof retry === 'object' ? retry : { max: retry === false ? 0 : retry }
  return {
    timeoutMs: timeout ?? usual.timeoutMs,
    retry: {
      max: tries.max ?? usual.retry.max,
      backoffMs: tries.backoff ?? usual.retry.backoffMs,
    },
    breaker: {
      failures: breaker?.failures ?? usual.breaker.failures,
      resetMs: breaker?.reset ?? usual.breaker.resetMs,
    },
  }
}
