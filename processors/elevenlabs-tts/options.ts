import { vendorOptions, type Infer, type SpeechFormat } from 'voxgraph/plugin'

/** Id of the processor. */
export const provider = 'elevenlabs-tts'

const share = { type: 'number', minimum: 0, maximum: 1 } as const

/** JSON Schema of `with`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['voice'],
  properties: {
    ...vendorOptions('ELEVENLABS_API_KEY', 'https://api.elevenlabs.io'),
    model: {
      type: 'string',
      minLength: 1,
      default: 'eleven_flash_v2_5',
      description: 'eleven_flash_v2_5, eleven_turbo_v2_5, eleven_multilingual_v2 …',
    },
    voice: { type: 'string', minLength: 1, description: 'Id of the voice, not its name.' },
    language: {
      type: 'string',
      pattern: '^[a-z]{2}$',
      description: 'What is spoken, where the model takes it: en, de.',
    },
    voice_settings: {
      type: 'object',
      additionalProperties: false,
      description: "Instead of the voice's own settings.",
      properties: {
        stability: share,
        similarity_boost: share,
        style: share,
        use_speaker_boost: { type: 'boolean' },
        speed: { type: 'number', minimum: 0.7, maximum: 1.2 },
      },
    },
    mode: {
      enum: ['websocket', 'http'],
      default: 'websocket',
      description:
        'websocket: text as it comes, one connection a call. http: a request a sentence.',
    },
  },
} as const

/** The options, checked. */
export type ElevenLabsOptions = Infer<typeof options>

/** Rates that are spoken at, in Hz; 44.1 and 48 kHz need a larger plan. */
export const rates = [24_000, 16_000, 22_050, 44_100, 48_000, 8000] as const

/** ElevenLabs' name of a form of sound. */
export const outputFormat = ({ sampleRate, encoding }: SpeechFormat): string =>
  `${encoding === 'mulaw' ? 'ulaw' : 'pcm'}_${sampleRate}`
