import type { Manifest } from '../define/index.ts'
import { writeDuration } from '../schema/duration.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import { usualLimitsOf, type PlanLimits } from './plan.ts'
import type { NodeSpec } from './spec.ts'

/** How long a provider may be waited for at most: longer than any caller waits. */
const longestTimeoutMs = 600_000

const usual = usualLimitsOf({ kind: 'tts', vendor: '' })
const usualTimeouts = (
  [
    ['brain', 'brain'],
    ['stt', 'recogniser'],
    ['tts', 'voice'],
  ] as const
)
  .map(([kind, word]) => {
    const { timeoutMs = 0 } = usualLimitsOf({ kind, vendor: '' })
    return `${writeDuration(timeoutMs)} for a ${word}`
  })
  .join(', ')

/** JSON Schema of the keys `timeout`, `retry` and `breaker`. */
export const limitsSchema = {
  type: 'object',
  properties: {
    timeout: {
      'x-duration': true,
      minimum: 1,
      maximum: longestTimeoutMs,
      description: `How long it may take until its first output, and from one output to the next. Default for a service: ${usualTimeouts}; none for what is embedded.`,
    },
    retry: {
      description:
        'How often it is tried again before another takes its place: a number, false for never, or a map. Default: { max: 1, backoff: 200ms }; max: 4 for a recogniser that nobody stands in for.',
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
      description: `When it is given a rest, by all calls of the process. Default: { failures: ${usual.breaker.failures}, reset: ${writeDuration(usual.breaker.resetMs)} }.`,
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
  readonly retry?: number | false | { readonly max?: number; readonly backoff?: number } | null
  readonly breaker?: { readonly failures?: number; readonly reset?: number }
}

interface Tries {
  readonly max?: number | undefined
  readonly backoff?: number
}

/** `retry` in its long form; nothing where nothing was written behind it. */
function triesOf(retry: Written['retry']): Tries {
  if (retry === false) return { max: 0 }
  return typeof retry === 'number' ? { max: retry } : (retry ?? {})
}

/**
 * The limits of a node, or of what takes its place, with what holds where it says nothing.
 * @param hasFallback somebody else is there when it fails
 */
export function readLimits(
  node: NodeSpec,
  manifest: Manifest,
  hasFallback: boolean,
  scope: OptionScope,
): PlanLimits {
  const standard = usualLimitsOf(manifest, hasFallback)
  const { id, key: span, limits: entries } = node
  if (entries.length === 0) return standard
  const read = readOptionMap(scope, id, limitsSchema, { kind: 'map', span, entries })
  const { timeout, retry, breaker } = read.value as Written
  const tries = triesOf(retry)
  return {
    timeoutMs: timeout ?? standard.timeoutMs,
    retry: {
      max: tries.max ?? standard.retry.max,
      backoffMs: tries.backoff ?? standard.retry.backoffMs,
    },
    breaker: {
      failures: breaker?.failures ?? standard.breaker.failures,
      resetMs: breaker?.reset ?? standard.breaker.resetMs,
    },
  }
}
