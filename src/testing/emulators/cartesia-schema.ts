import type { JsonSchema } from '../../schema/json-schema.ts'

/** Models that there are. */
export const models: readonly string[] = [
  'sonic-3.5',
  'sonic-3.5-2026-05-04',
  'sonic-3',
  'sonic-3-2026-01-12',
  'sonic-3-2025-10-27',
  'sonic-latest',
]

/** Text for a context. */
export const generationSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['context_id', 'model_id', 'output_format', 'transcript', 'voice'],
  properties: {
    context_id: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
    model_id: { type: 'string' },
    transcript: { type: 'string' },
    voice: {
      anyOf: [
        { type: 'string' },
        {
          type: 'object',
          additionalProperties: false,
          required: ['id'],
          properties: { id: { type: 'string' } },
        },
      ],
    },
    output_format: {
      type: 'object',
      additionalProperties: false,
      required: ['container', 'encoding', 'sample_rate'],
      properties: {
        container: { const: 'raw' },
        encoding: { enum: ['pcm_f32le', 'pcm_s16le', 'pcm_mulaw', 'pcm_alaw'] },
        sample_rate: { enum: [8000, 16_000, 22_050, 24_000, 44_100, 48_000] },
      },
    },
    add_timestamps: { type: ['boolean', 'null'] },
    add_phoneme_timestamps: { type: ['boolean', 'null'] },
    use_normalized_timestamps: { type: ['boolean', 'null'] },
    continue: { type: ['boolean', 'null'] },
    flush: { type: ['boolean', 'null'] },
    language: { type: ['string', 'null'] },
    locale: { type: ['string', 'null'] },
    normalization: { type: ['string', 'null'] },
    pronunciation_dict_id: { type: ['string', 'null'] },
    max_buffer_delay_ms: { type: ['integer', 'null'], minimum: 0, maximum: 5000 },
    generation_config: {
      type: 'object',
      additionalProperties: false,
      properties: {
        speed: { type: 'number', minimum: 0.6, maximum: 1.5 },
        volume: { type: 'number', minimum: 0.5, maximum: 2 },
        emotion: { type: 'string' },
      },
    },
  },
}

/** The end of a context that nobody wants. */
export const cancelSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['context_id', 'cancel'],
  properties: { context_id: { type: 'string' }, cancel: { const: true } },
}
