import { type Infer, type JsonSchema } from 'voxgraph/plugin'
import { accountOptions } from '../openai.ts'

/** Id of the processor, as errors name it. */
export const provider = 'openai-llm'

/** Options of `openai-llm`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['model'],
  properties: {
    ...accountOptions,
    model: {
      type: 'string',
      minLength: 1,
      examples: ['gpt-5.4-mini'],
      description: 'Name of the model, as the server knows it.',
    },
    max_tokens: {
      type: 'integer',
      minimum: 1,
      maximum: 128_000,
      default: 1024,
      description: 'Longest answer, in tokens; 1024 are about four minutes of speech.',
    },
    temperature: {
      type: 'number',
      minimum: 0,
      maximum: 2,
      description: 'How freely it chooses its words. Models that think first do not take it.',
    },
    effort: {
      type: 'string',
      enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'],
      description:
        'How much it thinks before it speaks, where the model knows that: the caller waits meanwhile.',
    },
    refusal: {
      type: 'string',
      default: 'I am sorry, I cannot help with that.',
      description: 'What the caller hears when the server holds an answer back.',
    },
    body: {
      type: 'object',
      additionalProperties: true,
      default: {},
      description:
        'Further fields of the request, as they are: what a server has beside the usual. null leaves a field out.',
    },
  },
} as const satisfies JsonSchema

/** The options as they come out of a graph file, defaults filled in. */
export type ChatOptions = Infer<typeof options>
