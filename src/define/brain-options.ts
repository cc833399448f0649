import type { JsonSchema } from '../schema/json-schema.ts'

/** How soon, and by how many words, a caller who speaks takes the floor. */
export const thresholdProperties = {
  after: {
    type: 'string',
    'x-duration': true,
    default: '200ms',
    description: 'Speech for this long may be an interruption …',
  },
  min_words: {
    type: 'integer',
    minimum: 0,
    maximum: 20,
    default: 0,
    description: '… when it has so many words, counted over the whole utterance.',
  },
} as const satisfies Readonly<Record<string, JsonSchema>>

/** JSON Schema of what is said while a tool is at work: of all tools of a brain, or of one. */
export const fillerSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['say'],
  description:
    'What is said while a tool takes its time, unless the model has said something itself.',
  properties: {
    after: {
      type: 'string',
      'x-duration': true,
      minimum: 0,
      maximum: 60_000,
      default: '700ms',
      description: 'When nothing has been heard for so long.',
    },
    say: {
      type: 'array',
      minItems: 1,
      maxItems: 20,
      items: { type: 'string', minLength: 1, 'x-template': true },
      description: 'Sentences, said in turn.',
    },
    every: {
      type: 'string',
      'x-duration': true,
      minimum: 1000,
      maximum: 600_000,
      description: 'Again, after so long a silence each time; once unless given.',
    },
  },
} as const satisfies JsonSchema

/** Options that every brain has beside its own: what the conversation in front of it needs. */
export const conversationOptions = {
  prompt: {
    type: 'string',
    'x-template': true,
    description: 'What the model is told to be and to do.',
  },
  tools: {
    type: 'array',
    description: 'Tools of this file that the model may call.',
    items: { type: 'string' },
    default: [],
  },
  interruptible: {
    description:
      'Whether the caller may interrupt; or how soon, where that differs from turns.interrupt. What is said meanwhile becomes the next turn.',
    default: true,
    anyOf: [
      { type: 'boolean' },
      { type: 'object', additionalProperties: false, properties: thresholdProperties },
    ],
  },
  filler: fillerSchema,
  tool_apology: {
    type: 'string',
    'x-template': true,
    default: 'I am sorry, that did not work.',
    description: 'Said when a tool has failed and the model says nothing about it; empty: nothing.',
  },
  window: {
    type: 'object',
    additionalProperties: false,
    description: 'How much of the conversation the model is told; the oldest turns go first.',
    default: {},
    properties: {
      tokens: {
        type: 'integer',
        minimum: 500,
        default: 32_000,
        description: 'About so many tokens (of 4 characters) at most.',
      },
      keep: {
        type: 'integer',
        minimum: 2,
        maximum: 100,
        default: 6,
        description: 'The newest messages are told in any case.',
      },
    },
  },
} as const satisfies Readonly<Record<string, JsonSchema>>
