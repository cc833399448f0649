import { vendorOptions, type Infer } from 'voxgraph/plugin'

/** Id of the processor. */
export const provider = 'cartesia-tts'

/** JSON Schema of `with`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['voice'],
  properties: {
    ...vendorOptions('CARTESIA_API_KEY', 'https://api.cartesia.ai'),
    model: {
      type: 'string',
      minLength: 1,
      default: 'sonic-3.5',
      description: 'sonic-3.5, sonic-3, sonic-latest, or a dated one.',
    },
    voice: { type: 'string', minLength: 1, description: 'Id of the voice, a UUID.' },
    language: {
      type: 'string',
      pattern: '^[a-z]{2}(-[A-Za-z]{2,4})?$',
      description: "What is spoken: en, de, en-GB. The voice's own unless given.",
    },
    speed: {
      type: 'number',
      minimum: 0.6,
      maximum: 1.5,
      description: "1 is the voice's own pace.",
    },
    volume: { type: 'number', minimum: 0.5, maximum: 2, description: '1 is as it is.' },
    emotion: { type: 'string', minLength: 1, description: 'neutral, calm, content, sad …' },
    pronunciation: {
      type: 'string',
      minLength: 1,
      description: 'Id of a pronunciation dictionary of the account.',
    },
    buffer: {
      type: 'string',
      'x-duration': true,
      description:
        'How long the model may wait for more text before it speaks; its own 3s unless given. 0ms speaks every word alone.',
    },
  },
} as const

/** The options, checked. */
export type CartesiaOptions = Infer<typeof options>
