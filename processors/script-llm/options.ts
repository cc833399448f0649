import type { Infer, JsonSchema } from 'voxgraph/plugin'

const text = { type: 'string', 'x-template': true } as const satisfies JsonSchema
const patterns = { type: ['string', 'array'], items: { type: 'string' } } as const

const answer = {
  say: {
    ...text,
    description: 'What is said. {slot} stands for a slot, {result.field} for the tool’s answer.',
  },
  prompt: {
    ...text,
    description: 'A question that closes the answer, and is asked again after a digression.',
  },
  then: { type: 'string', description: 'Topic whose rules the next thing said is tried on.' },
  end_call: { type: 'boolean', description: 'Hangs up when this has been heard.', default: false },
} as const satisfies Record<string, JsonSchema>

const rule = {
  type: 'object',
  additionalProperties: false,
  required: ['on'],
  properties: {
    on: {
      ...patterns,
      description:
        'What the caller says: words, a|b, (groups), [optional], {slot}. One or several.',
    },
    ...answer,
    ask: {
      type: 'object',
      description: 'Slots that are needed, in this order, and the question for each.',
      additionalProperties: text,
    },
    tool: {
      type: 'object',
      description:
        'A tool that is called once all slots are known; say is the answer to its result.',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: { type: 'string', description: 'Name of the tool.' },
        with: {
          type: 'object',
          description:
            'Its arguments. "{slot}" alone gives what the slot means, not how it was said.',
          additionalProperties: {},
          default: {},
        },
        before: { ...text, description: 'Said while it works.' },
      },
    },
    cases: {
      type: 'array',
      description: 'Other answers, for results that look like this; the first that fits.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['if'],
        properties: {
          if: {
            type: 'object',
            description: 'Fields of the result (a.b for a field within) and their values.',
            additionalProperties: {},
          },
          ...answer,
        },
      },
    },
    failed: { ...text, description: 'What is said when the tool did not work.' },
    cut_short: {
      type: 'object',
      description: 'What becomes of a long answer when the caller speaks before its end.',
      additionalProperties: false,
      required: ['on'],
      properties: {
        on: { ...patterns, description: 'Goes on, from the sentence that was cut.' },
        say: { ...text, description: 'Said before it goes on.' },
        offer: {
          ...text,
          description: 'Said after the answer to what the caller asked instead.',
        },
      },
    },
  },
} as const satisfies JsonSchema

/** Options of `script-llm`: the dialogue. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['rules'],
  properties: {
    start: { ...text, description: 'The greeting. Without it the caller speaks first.' },
    slots: {
      type: 'object',
      description:
        'What a slot can be: a list of values, a map from what is said to what it means, or "words".',
      additionalProperties: {
        type: ['array', 'object', 'string'],
        items: { type: 'string' },
      },
      default: {},
    },
    rules: {
      type: 'array',
      description: 'The rule that accounts for most words answers; of equals, the first.',
      items: rule,
      minItems: 1,
    },
    topics: {
      type: 'object',
      description: 'Rules that count only after an answer that names them with "then".',
      additionalProperties: { type: 'array', items: rule, minItems: 1 },
      default: {},
    },
    otherwise: {
      type: ['string', 'array'],
      items: text,
      'x-template': true,
      description: 'Said when no rule fits: the first time, the second time in a row, and so on.',
      default: 'I am sorry, could you say that again?',
    },
    resume: {
      ...text,
      description: 'Said when the call comes from another agent and no rule answers the caller.',
      default: 'What can I do for you?',
    },
    summary: {
      ...text,
      description: 'What the next agent is told where a hand-off carries a summary.',
      default: '',
    },
    token_delay: {
      type: 'string',
      'x-duration': true,
      description: 'Time between two words, as a model takes it.',
      default: '0ms',
    },
    tools: {
      type: 'array',
      items: { type: 'string' },
      description: 'Tools of this file that the dialogue may call.',
      default: [],
    },
  },
} as const satisfies JsonSchema

/** The dialogue as it is written. */
export type DialogueSpec = Infer<typeof options>
/** One rule as it is written. */
export type RuleSpec = Infer<typeof rule>
/** One of the answers of a rule as it is written. */
export type AnswerSpec = Pick<RuleSpec, 'say' | 'prompt' | 'then' | 'end_call'>
