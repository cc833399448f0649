import { thresholdProperties } from '../define/brain-options.ts'
import { createValidators } from '../schema/compile.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'

const duration = { type: 'string', 'x-duration': true } as const satisfies JsonSchema

/** What callers say to show that they listen, and the sounds of thinking: no reason to fall silent. */
const backchannels = [
  'uh huh',
  'mm hmm',
  'mhm',
  'hmm',
  'mm',
  'um',
  'uh',
  'er',
  'ah',
  'yeah',
  'ok',
  'okay',
  'right',
  'i see',
]

/** JSON Schema of `turns`: who has the floor. */
export const turnsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    end: {
      type: 'array',
      minItems: 1,
      maxItems: 3,
      description:
        'What ends the caller’s turn; the first that is sure wins. stt: the recogniser says so; smart: an end-of-turn model is at least so sure; silence: so long after the end of speech.',
      default: ['stt', { smart: { threshold: 0.5 } }, { silence: 600 }],
      items: {
        anyOf: [
          { enum: ['stt', 'smart'] },
          {
            type: 'object',
            additionalProperties: false,
            required: ['smart'],
            properties: {
              smart: {
                type: 'object',
                additionalProperties: false,
                properties: {
                  threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
                },
              },
            },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['silence'],
            properties: { silence: { ...duration, minimum: 100, maximum: 10_000 } },
          },
        ],
      },
    },
    eager: {
      type: 'boolean',
      default: true,
      description: 'Ask the model when the turn is probably over, and hold its voice until it is.',
    },
    interrupt: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description: 'When the caller takes the floor from the bot.',
      properties: {
        ...thresholdProperties,
        hold: {
          ...duration,
          minimum: 50,
          maximum: 5000,
          default: '500ms',
          description: 'The bot is held for this long at most while it is decided.',
        },
        backchannels: {
          type: 'array',
          maxItems: 200,
          items: { type: 'string' },
          default: backchannels,
          description: 'Said by callers who listen: the bot speaks on.',
        },
        resume: {
          type: 'boolean',
          default: true,
          description: 'Play on after a false alarm; false cuts what was held.',
        },
        echo: {
          type: 'boolean',
          description:
            'The line brings back the bot’s own words: text that repeats them is nobody’s. As the transport says, unless given.',
        },
      },
    },
    mute: {
      type: 'array',
      items: { enum: ['first_speech', 'while_tools', 'never'] },
      default: [],
      description:
        'When the caller cannot interrupt; what is said meanwhile becomes the next turn.',
    },
    idle: {
      type: 'array',
      maxItems: 10,
      default: [],
      description: 'What happens when nobody says anything, counted from the last sound.',
      items: {
        anyOf: [
          {
            type: 'object',
            additionalProperties: false,
            required: ['after', 'say'],
            properties: {
              after: { ...duration, minimum: 500 },
              say: { type: 'string', pattern: '\\S', 'x-template': true },
            },
          },
          {
            type: 'object',
            additionalProperties: false,
            required: ['after', 'end'],
            properties: { after: { ...duration, minimum: 500 }, end: { const: true } },
          },
        ],
      },
    },
    trouble: {
      type: 'object',
      additionalProperties: false,
      default: {},
      description:
        'What the caller hears when a provider fails: kept as sound while the voice works. Empty: nothing.',
      properties: {
        wait: {
          type: 'string',
          maxLength: 200,
          default: 'One moment, please.',
          description: 'Somebody takes long.',
        },
        sorry: {
          type: 'string',
          maxLength: 200,
          default: 'I am sorry, I am having trouble. One moment, please.',
          description: 'Nobody has been able to.',
        },
        goodbye: {
          type: 'string',
          maxLength: 200,
          default: 'I am sorry, something went wrong on my side. Goodbye.',
          description: 'The call cannot go on.',
        },
      },
    },
    max_call: {
      ...duration,
      minimum: 1000,
      default: '30m',
      description: 'A call that lasts this long is ended once the bot has said its sentence.',
    },
  },
} as const satisfies JsonSchema

/** `turns` as it came out of the file: defaults filled in, lengths of time in ms. */
export type TurnOptions = Infer<typeof turnsSchema>

/** `turns` of a graph that says nothing about them. */
export function usualTurns(): TurnOptions {
  const turns = {}
  createValidators().of(turnsSchema)(turns)
  return turns as TurnOptions
}
