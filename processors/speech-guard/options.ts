import type { JsonSchema } from 'voxgraph/plugin'
import { knownNames } from './known.ts'

/** Rules of one kind at most, and characters of one. */
const mostRules = 200
const longestRule = 300

const match = {
  type: 'string',
  minLength: 1,
  maxLength: longestRule,
  description:
    'A phrase (any case, whole words, any white space and punctuation between them) or /regular expression/flags (RE2; i, m, s).',
} as const satisfies JsonSchema

const say = { type: 'string', 'x-template': true } as const satisfies JsonSchema

/** Options of `speech-guard`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    block: {
      type: 'array',
      maxItems: mostRules,
      default: [],
      description:
        'What may not be said. The sentence in which it stands is withheld, and all of the response after it.',
      items: {
        anyOf: [
          match,
          {
            type: 'object',
            additionalProperties: false,
            required: ['match'],
            properties: {
              match,
              say: { ...say, description: 'Said instead; empty for nothing.' },
              end: { type: 'boolean', description: 'Ends the call when that has been heard.' },
            },
          },
        ],
      },
    },
    mask: {
      type: 'array',
      maxItems: mostRules,
      default: [],
      description: 'What is replaced by a word.',
      items: {
        anyOf: [
          { enum: knownNames },
          {
            type: 'object',
            additionalProperties: false,
            required: ['match', 'with'],
            properties: {
              match: {
                ...match,
                description:
                  'A phrase, /regular expression/flags, or card_number, iban, email or phone.',
              },
              with: { type: 'string', description: 'What is said in its place.' },
            },
          },
        ],
      },
    },
    say: {
      ...say,
      default: 'I am sorry, I cannot say that.',
      description: 'Said once in the place of what is withheld; empty for nothing.',
    },
    hold: {
      enum: ['sentence', 'match'],
      default: 'sentence',
      description:
        'How much waits where something may be blocked: all of a sentence, or only what may be part of a match.',
    },
  },
} as const satisfies JsonSchema
