import { vendorOptions, type Infer, type JsonSchema } from 'voxgraph/plugin'

/** What a graph may say of the recogniser. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...vendorOptions('DEEPGRAM_API_KEY', 'https://api.deepgram.com'),
    model: {
      type: 'string',
      minLength: 1,
      default: 'nova-3',
      description: 'Model that hears: nova-3, nova-3-medical, nova-2-phonecall …',
    },
    language: {
      type: 'string',
      minLength: 2,
      default: 'en',
      description: 'What callers speak: en, en-GB, de …; multi for several at once.',
    },
    endpointing: {
      type: 'string',
      'x-duration': true,
      default: '300ms',
      description:
        'Silence behind which Deepgram finishes a piece of text; 0ms: only our detector does.',
    },
    utterance_end: {
      type: 'string',
      'x-duration': true,
      description: 'Also finish a piece when no word has come for so long, in noise; 1s at least.',
    },
    interim: { type: 'boolean', default: true, description: 'Also give the words so far.' },
    punctuate: { type: 'boolean', default: true, description: 'Points, commas and capitals.' },
    smart_format: {
      type: 'boolean',
      default: false,
      description: 'Write dates, times, money and numbers as one reads them.',
    },
    numerals: { type: 'boolean', default: false, description: 'Numbers in digits.' },
    keyterms: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      maxItems: 100,
      default: [],
      description: 'Names and words to listen for (nova-3).',
    },
    redact: {
      type: 'array',
      items: { type: 'string', minLength: 1 },
      default: [],
      description: 'What is blanked out in the text: pci, ssn, numbers.',
    },
    mip_opt_out: {
      type: 'boolean',
      default: false,
      description: "Keep the sound out of Deepgram's model improvement.",
    },
    extra: {
      type: 'object',
      additionalProperties: { type: ['string', 'number', 'boolean'] },
      default: {},
      description: 'Further query parameters, as Deepgram names them: { profanity_filter: true }.',
    },
  },
} as const satisfies JsonSchema

/** The same, as `setup` receives them. */
export type SttOptions = Infer<typeof options>
