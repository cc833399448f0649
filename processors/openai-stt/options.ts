import type { Infer, JsonSchema } from 'voxgraph/plugin'
import { accountOptions } from '../openai.ts'

/** Id of the processor, as errors name it. */
export const provider = 'openai-stt'

/** Options of `openai-stt`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['model'],
  properties: {
    ...accountOptions,
    model: {
      type: 'string',
      minLength: 1,
      examples: ['gpt-4o-mini-transcribe'],
      description: 'Name of the model, as the server knows it.',
    },
    language: {
      type: 'string',
      pattern: '^[a-z]{2,3}$',
      description:
        'What is spoken: en, de. Found out by the model unless given, which takes longer.',
    },
    hints: {
      type: 'string',
      maxLength: 2000,
      default: '',
      description: 'Names and words that may be said, as a text: the prompt of the model.',
    },
    longest: {
      type: 'string',
      'x-duration': true,
      default: '60s',
      description: 'Speech that is longer is heard in parts of this length.',
    },
  },
} as const satisfies JsonSchema

/** The options as they come out of a graph file, defaults filled in. */
export type HearingOptions = Infer<typeof options>
