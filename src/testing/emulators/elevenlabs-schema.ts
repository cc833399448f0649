import type { JsonSchema } from '../../schema/json-schema.ts'

/** Models that there are. */
export const models: readonly string[] = [
  'eleven_flash_v2_5',
  'eleven_flash_v2',
  'eleven_turbo_v2_5',
  'eleven_multilingual_v2',
  'eleven_v3',
]

/** Forms of sound that are emulated; the vendor has others, too. */
export const outputFormats: readonly string[] = [
  ...[8000, 16_000, 22_050, 24_000, 44_100, 48_000].map((rate) => `pcm_${rate}`),
  'ulaw_8000',
]

const share: JsonSchema = { type: 'number', minimum: 0, maximum: 1 }
const settings: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    stability: share,
    similarity_boost: share,
    style: share,
    use_speaker_boost: { type: 'boolean' },
    speed: { type: 'number', minimum: 0.7, maximum: 1.2 },
  },
}
const dictionaries: JsonSchema = { type: 'array', maxItems: 3, items: { type: 'object' } }

/** Query of the multi-context socket. */
export const socketQuerySchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['model_id'],
  properties: {
    model_id: { enum: models },
    output_format: { enum: outputFormats },
    language_code: { type: 'string', pattern: '^[a-z]{2}$' },
    inactivity_timeout: { type: 'string', pattern: '^([1-9]\\d?|1[0-7]\\d|180)$' },
    auto_mode: { enum: ['true', 'false'] },
    sync_alignment: { enum: ['true', 'false'] },
    enable_logging: { enum: ['true', 'false'] },
    enable_ssml_parsing: { enum: ['true', 'false'] },
    apply_text_normalization: { enum: ['auto', 'on', 'off'] },
    seed: { type: 'string', pattern: '^\\d+$' },
  },
}

/** Any message of a client. */
export const messageSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    text: { type: ['string', 'null'] },
    context_id: { type: 'string', minLength: 1 },
    voice_settings: settings,
    generation_config: {
      type: 'object',
      additionalProperties: false,
      properties: {
        chunk_length_schedule: {
          type: 'array',
          minItems: 1,
          items: { type: 'integer', minimum: 50, maximum: 500 },
        },
      },
    },
    pronunciation_dictionary_locators: dictionaries,
    flush: { type: 'boolean' },
    close_context: { type: 'boolean' },
    close_socket: { type: 'boolean' },
  },
}

/** Body of a request for a stream with times. */
export const requestSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['text'],
  properties: {
    text: { type: 'string', minLength: 1 },
    model_id: { enum: models },
    language_code: { type: 'string', pattern: '^[a-z]{2}$' },
    voice_settings: settings,
    pronunciation_dictionary_locators: dictionaries,
    seed: { type: 'integer', minimum: 0 },
    previous_text: { type: 'string' },
    next_text: { type: 'string' },
    previous_request_ids: { type: 'array', maxItems: 3, items: { type: 'string' } },
    next_request_ids: { type: 'array', maxItems: 3, items: { type: 'string' } },
    apply_text_normalization: { enum: ['auto', 'on', 'off'] },
  },
}
