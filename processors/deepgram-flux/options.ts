import { vendorOptions, type Infer, type JsonSchema } from 'voxgraph/plugin'

/** What a graph may say of the recogniser. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...vendorOptions('DEEPGRAM_API_KEY', 'https://api.deepgram.com'),
    model: {
      enum: ['flux-general-en', 'flux-general-multi'],
      default: 'flux-general-en',
      description: 'Model that hears: English, or ten languages.',
    },
    eot_threshold: {
      type: 'number',
      minimum: 0.5,
      maximum: 1,
      default: 0.7,
      description: 'How sure it must be that the turn is over.',
    },
    eager: {
      type: 'boolean',
      default: true,
      description: 'Also say when the turn is probably over, so that the answer can begin.',
    },
    eager_eot_threshold: {
      type: 'number',
      minimum: 0.3,
      maximum: 0.9,
      default: 0.5,
      description: 'How sure it must be for that; not more than eot_threshold.',
    },
    eot_timeout: {
      type: 'string',
      'x-duration': true,
      minimum: 500,
      maximum: 60_000,
      default: '5s',
      description: 'Silence behind which a turn is over however unsure it is.',
    },
    keyterms: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      maxItems: 100,
      default: [],
      description: 'Names and words to listen for.',
    },
    language_hints: {
      type: 'array',
      items: { type: 'string', minLength: 2 },
      default: [],
      description: 'Languages to expect, of flux-general-multi.',
    },
    numerals: { type: 'boolean', default: false, description: 'Numbers in digits.' },
    mip_opt_out: {
      type: 'boolean',
      default: false,
      description: "Keep the sound out of Deepgram's model improvement.",
    },
    extra: {
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
      default: {},
      description: 'Further query parameters, as Deepgram names them: { tag: hotel }.',
    },
  },
} as const satisfies JsonSchema

/** The same, as `setup` receives them. */
export type FluxOptions = Infer<typeof options>
