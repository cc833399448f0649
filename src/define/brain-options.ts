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
