import { vendorOptions, type Infer, type JsonSchema } from 'voxgraph/plugin'

/** Id of the processor, as errors name it. */
export const provider = 'anthropic-llm'
/** Where Claude is unless `endpoint` says otherwise. */
export const usualEndpoint = 'https://api.anthropic.com'
/** Fast enough to talk with. */
const usualModel = 'claude-haiku-4-5'

/** When a question goes to another model. Everything that is said must hold. */
const whenSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'All of it must hold.',
  properties: {
    reason: {
      type: 'string',
      enum: ['start', 'turn', 'tool-result', 'handoff', 'consult', 'note', 'summary'],
      description: 'Why the model is asked.',
    },
    words_over: {
      type: 'integer',
      minimum: 0,
      description: 'The caller has said more words than this last.',
    },
    turns_over: {
      type: 'integer',
      minimum: 0,
      description: 'The model is told of more turns of the caller than this.',
    },
    matches: {
      type: 'string',
      minLength: 1,
      maxLength: 1000,
      description:
        'Regular expression (RE2, upper and lower case are the same) that is found in what the caller said last.',
    },
  },
} as const satisfies JsonSchema

/** Options of `anthropic-llm`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...vendorOptions('ANTHROPIC_API_KEY', usualEndpoint),
    model: { type: 'string', minLength: 1, default: usualModel, description: 'Model of Claude.' },
    max_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 128_000,
      default: 1024,
      description: 'Longest answer, in tokens; 1024 are about four minutes of speech.',
    },
    cache: {
      type: 'string',
      enum: ['5m', '1h', 'off'],
      default: '5m',
      description:
        'How long the unchanged beginning of the questions is kept by the service. 1h costs more to write; for callers who are silent for minutes.',
    },
    prewarm: {
      type: 'boolean',
      default: true,
      description:
        'Sends the prompt and the tools when the call begins, so that the first question finds them in the cache, or at least an open connection.',
    },
    thinking: {
      type: 'string',
      enum: ['off', 'adaptive', 'model'],
      default: 'off',
      description:
        'Whether it thinks before it speaks: the caller waits meanwhile. model: as the model does it unless told.',
    },
    effort: {
      type: 'string',
      enum: ['low', 'medium', 'high', 'xhigh', 'max'],
      description: 'How much effort it puts into an answer, where the model knows that.',
    },
    refusal: {
      type: 'string',
      default: 'I am sorry, I cannot help with that.',
      description: 'What the caller hears when the model refuses to go on.',
    },
    route: {
      type: 'array',
      maxItems: 16,
      default: [],
      description:
        'Questions that go to another model: the first rule that fits. Each model has a cache of its own.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['when', 'model'],
        properties: {
          when: whenSchema,
          model: { type: 'string', minLength: 1, description: 'The model that is asked.' },
        },
      },
    },
  },
} as const satisfies JsonSchema

/** The options as they come out of a graph file, defaults filled in. */
export type ClaudeOptions = Infer<typeof options>
/** One rule of `route`. */
export type RouteRule = ClaudeOptions['route'][number]
