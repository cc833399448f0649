import type { Infer, JsonSchema } from 'voxgraph/plugin'
import { accountOptions } from '../openai.ts'

/** Id of the processor, as errors name it. */
export const provider = 'openai-tts'
/** Rate of the linear sound that the API gives, in Hz. */
export const sampleRate = 24_000

/** Options of `openai-tts`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['model', 'voice'],
  properties: {
    ...accountOptions,
    model: {
      type: 'string',
      minLength: 1,
      examples: ['gpt-4o-mini-tts'],
      description: 'Name of the model, as the server knows it.',
    },
    voice: {
      type: 'string',
      minLength: 1,
      examples: ['marin'],
      description: 'Name of the voice, as the server knows it; voice_… for one of your own.',
    },
    instructions: {
      type: 'string',
      minLength: 1,
      description: 'How it is to speak, in words: calm, quick, cheerful. tts-1 does not take it.',
    },
    speed: {
      type: 'number',
      minimum: 0.25,
      maximum: 4,
      default: 1,
      description: "1 is the voice's own pace.",
    },
  },
} as const satisfies JsonSchema

/** The options as they come out of a graph file, defaults filled in. */
export type SpeechOptions = Infer<typeof options>
