import type { JsonSchema } from '../../schema/json-schema.ts'

const text = { type: 'string', minLength: 1 } as const
const texts = { type: 'array', items: text } as const
const positive = { type: 'integer', minimum: 1 } as const

const object = (
  required: readonly string[],
  properties: Readonly<Record<string, JsonSchema>>,
): JsonSchema => ({ type: 'object', additionalProperties: false, required, properties })

const call = object(['id', 'type', 'function'], {
  id: { type: 'string', minLength: 1, maxLength: 40 },
  type: { const: 'function' },
  function: object(['name', 'arguments'], { name: text, arguments: { type: 'string' } }),
})

/** Messages by role. */
export const messageSchemas: Readonly<Record<string, JsonSchema>> = {
  system: object(['role', 'content'], { role: {}, content: text }),
  developer: object(['role', 'content'], { role: {}, content: text }),
  user: object(['role', 'content'], { role: {}, content: text }),
  assistant: object(['role'], {
    role: {},
    content: { anyOf: [text, { type: 'null' }] },
    tool_calls: { type: 'array', minItems: 1, maxItems: 128, items: call },
  }),
  tool: object(['role', 'content', 'tool_call_id'], {
    role: {},
    content: text,
    tool_call_id: text,
  }),
}

/** `POST /v1/chat/completions`; messages are looked at one by one. */
export const chatSchema: JsonSchema = object(['model', 'messages'], {
  model: text,
  messages: { type: 'array', minItems: 1, items: { type: 'object' } },
  stream: { type: 'boolean' },
  stream_options: object([], {
    include_usage: { type: 'boolean' },
    include_obfuscation: { type: 'boolean' },
  }),
  max_tokens: positive,
  max_completion_tokens: positive,
  temperature: { type: 'number', minimum: 0, maximum: 2 },
  top_p: { type: 'number', minimum: 0, maximum: 1 },
  frequency_penalty: { type: 'number', minimum: -2, maximum: 2 },
  presence_penalty: { type: 'number', minimum: -2, maximum: 2 },
  seed: { type: 'integer' },
  stop: { anyOf: [text, texts] },
  n: { const: 1 },
  reasoning_effort: { enum: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] },
  verbosity: { enum: ['low', 'medium', 'high'] },
  service_tier: { enum: ['auto', 'default', 'flex', 'scale', 'priority', 'fast'] },
  prompt_cache_key: text,
  prompt_cache_retention: { enum: ['in_memory', '24h'] },
  safety_identifier: text,
  store: { type: 'boolean' },
  user: text,
  parallel_tool_calls: { type: 'boolean' },
  tool_choice: { anyOf: [{ enum: ['none', 'auto', 'required'] }, { type: 'object' }] },
  tools: {
    type: 'array',
    minItems: 1,
    maxItems: 128,
    items: object(['type', 'function'], {
      type: { const: 'function' },
      function: object(['name'], {
        name: { type: 'string', pattern: '^[a-zA-Z0-9_-]{1,64}$' },
        description: { type: 'string' },
        parameters: { type: 'object' },
        strict: { type: 'boolean' },
      }),
    }),
  },
})

/** `POST /v1/audio/speech`. */
export const speechSchema: JsonSchema = object(['model', 'input', 'voice'], {
  model: text,
  input: { type: 'string', minLength: 1, maxLength: 4096 },
  voice: { anyOf: [text, object(['id'], { id: text })] },
  instructions: text,
  response_format: { enum: ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] },
  speed: { type: 'number', minimum: 0.25, maximum: 4 },
  stream_format: { enum: ['sse', 'audio'] },
})

/** Fields of `POST /v1/audio/transcriptions` beside the file; all of them come as text. */
export const transcriptionSchema: JsonSchema = object(['model'], {
  model: text,
  language: { type: 'string', pattern: '^[a-z]{2,3}$' },
  prompt: text,
  response_format: { enum: ['json', 'text', 'verbose_json'] },
  temperature: { type: 'string', pattern: '^(0(\\.[0-9]+)?|1(\\.0+)?)$' },
})
