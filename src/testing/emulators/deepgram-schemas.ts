import type { JsonSchema } from '../../schema/json-schema.ts'

/** What a client may say to one of Deepgram's streaming APIs. */
export interface ApiSchema {
  /** Of the query: every value a text, or a list where a name comes several times. */
  readonly query: JsonSchema
  /** By `type`. */
  readonly messages: Readonly<Record<string, JsonSchema>>
}

const text = { type: 'string', minLength: 1 } as const
const texts = { anyOf: [text, { type: 'array', items: text }] } as const
const isTrue = { enum: ['true', 'false'] } as const
const whole = { type: 'string', pattern: '^[0-9]+$' } as const
const decimal = { type: 'string', pattern: '^[0-9]+(\\.[0-9]+)?$' } as const
const rate = { enum: ['8000', '16000', '24000', '32000', '44100', '48000'] } as const

const query = (
  required: readonly string[],
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({ type: 'object', additionalProperties: false, required, properties })

const message = (
  type: string,
  properties: Readonly<Record<string, JsonSchema>> = {},
  required: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  additionalProperties: false,
  required: ['type', ...required],
  properties: { type: { const: type }, ...properties },
})

/** `GET /v1/listen`: nova and older models. */
export const listenSchema: ApiSchema = {
  query: query(['model', 'encoding', 'sample_rate'], {
    model: text,
    encoding: { enum: ['linear16', 'mulaw'] },
    sample_rate: rate,
    channels: { const: '1' },
    language: text,
    version: text,
    interim_results: isTrue,
    endpointing: { type: 'string', pattern: '^([0-9]+|true|false)$' },
    utterance_end_ms: { type: 'string', pattern: '^[0-9]{4,5}$' },
    vad_events: isTrue,
    punctuate: isTrue,
    smart_format: isTrue,
    numerals: isTrue,
    profanity_filter: isTrue,
    diarize: isTrue,
    diarize_model: text,
    dictation: isTrue,
    detect_entities: isTrue,
    filler_words: isTrue,
    keyterm: texts,
    // Nova-3 refuses `keywords`, and nothing else is asked for here.
    redact: texts,
    replace: texts,
    search: texts,
    tag: texts,
    extra: texts,
    mip_opt_out: isTrue,
  }),
  messages: {
    KeepAlive: message('KeepAlive'),
    Finalize: message('Finalize', { channel: { const: 0 } }),
    CloseStream: message('CloseStream'),
  },
}

const thresholds = {
  type: 'object',
  additionalProperties: false,
  properties: {
    eot_threshold: { type: 'number', minimum: 0.5, maximum: 1 },
    eager_eot_threshold: { type: 'number', minimum: 0.3, maximum: 0.9 },
    eot_timeout_ms: { type: 'integer', minimum: 500, maximum: 60_000 },
  },
} as const

/** `GET /v2/listen`: Flux. */
export const fluxSchema: ApiSchema = {
  query: query(['model', 'encoding', 'sample_rate'], {
    model: { enum: ['flux-general-en', 'flux-general-multi'] },
    encoding: { enum: ['linear16', 'mulaw'] },
    sample_rate: rate,
    eager_eot_threshold: decimal,
    eot_threshold: decimal,
    eot_timeout_ms: whole,
    keyterm: texts,
    language_hint: texts,
    profanity_filter: isTrue,
    numerals: isTrue,
    redact: texts,
    tag: texts,
    mip_opt_out: isTrue,
  }),
  messages: {
    Configure: message('Configure', {
      thresholds,
      keyterms: { type: 'array', items: text },
      language_hints: { type: 'array', items: text },
      numerals: { type: 'boolean' },
    }),
    CloseStream: message('CloseStream'),
  },
}

/** `GET /v1/speak`: Aura. */
export const speakSchema: ApiSchema = {
  query: query(['model', 'encoding', 'sample_rate'], {
    model: { type: 'string', pattern: '^aura-' },
    encoding: { enum: ['linear16', 'mulaw'] },
    sample_rate: { enum: ['8000', '16000', '24000', '32000', '48000'] },
    speed: decimal,
    mip_opt_out: isTrue,
    tag: texts,
  }),
  messages: {
    Speak: message('Speak', { text: { ...text, maxLength: 2000 } }, ['text']),
    Flush: message('Flush'),
    Clear: message('Clear'),
    Close: message('Close'),
  },
}
