import { vendorOptions, type Infer, type JsonSchema } from 'voxgraph/plugin'

/** What a graph may say of the voice. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...vendorOptions('DEEPGRAM_API_KEY', 'https://api.deepgram.com'),
    voice: {
      type: 'string',
      minLength: 1,
      default: 'aura-2-thalia-en',
      description: "Deepgram's model, which is a voice and a language: aura-2-thalia-en.",
    },
    speed: {
      type: 'number',
      minimum: 0.7,
      maximum: 1.5,
      description: "1 is the voice's own pace; not in all languages.",
    },
    mip_opt_out: {
      type: 'boolean',
      default: false,
      description: "Keep the text out of Deepgram's model improvement.",
    },
  },
} as const satisfies JsonSchema

/** The same, as `setup` receives them. */
export type TtsOptions = Infer<typeof options>
