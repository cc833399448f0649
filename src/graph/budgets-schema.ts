import type { JsonSchema } from '../schema/json-schema.ts'

/** Stretches of an answer that have a name. What each of them is stands with `TurnParts` and `TurnRecord`. */
export const stageNames = [
  'turn',
  'vad',
  'stt',
  'endpointing',
  'queue',
  'tools',
  'llm',
  'sentence',
  'tts',
  'playout',
  'hold',
  'yield',
] as const

/** A stretch of an answer that has a name. */
export type StageName = (typeof stageNames)[number]

const limit = { type: 'string', 'x-duration': true, minimum: 1 } as const satisfies JsonSchema

const budget = {
  type: 'object',
  additionalProperties: false,
  properties: {
    from: {
      type: 'string',
      description:
        'Where it begins: user.started, user.stopped, user.final, or <node>.first_text, .first_audio, .done. Without from and to, the budget is named after a stage.',
    },
    to: { type: 'string', description: 'Where it ends: an event as in from.' },
    p50: { ...limit, description: 'Half of the answers of a call take no longer.' },
    p95: {
      ...limit,
      description: 'Nineteen of twenty take no longer; whatever takes longer is told at once.',
    },
  },
} as const satisfies JsonSchema

/** Least and most that a call may be allowed to cost, in USD: less is a mistake, and so is more. */
const usd = { type: 'number', minimum: 0.0001, maximum: 10_000 } as const satisfies JsonSchema

const cost = {
  type: 'object',
  additionalProperties: false,
  required: ['usd'],
  properties: {
    usd: { ...usd, description: 'What the vendors of a call may charge for it, in US dollars.' },
    over: {
      enum: ['warn', 'end'],
      default: 'warn',
      description: 'What happens when it costs more: it is told, or the call ends as well.',
    },
    say: {
      type: 'string',
      pattern: '\\S',
      'x-template': true,
      description: 'The last sentence of a call that ends for it.',
    },
  },
} as const satisfies JsonSchema

/**
 * JSON Schema of `budgets` as it is written: a length of time alone is short for its p95, a number at `cost`
 * for its `usd`.
 */
export const budgetsSchema = {
  type: 'object',
  properties: { cost: { anyOf: [usd, cost] } },
  additionalProperties: { anyOf: [limit, budget] },
} as const satisfies JsonSchema

/** JSON Schema of `budgets` with nothing left short. */
export const fullBudgetsSchema = {
  type: 'object',
  properties: { cost },
  additionalProperties: budget,
} as const satisfies JsonSchema
