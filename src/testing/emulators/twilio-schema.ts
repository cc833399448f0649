import type { JsonSchema } from '../../schema/json-schema.ts'

const streamSid = { type: 'string', pattern: '^MZ[0-9a-f]{32}$' } as const

/** What may be said to Twilio on a stream, by `event`. */
export const streamSchemas: Readonly<Record<string, JsonSchema>> = {
  media: {
    type: 'object',
    additionalProperties: false,
    required: ['event', 'streamSid', 'media'],
    properties: {
      event: { const: 'media' },
      streamSid,
      media: {
        type: 'object',
        additionalProperties: false,
        required: ['payload'],
        properties: {
          payload: { type: 'string', minLength: 4, pattern: '^[A-Za-z0-9+/]+={0,2}$' },
        },
      },
    },
  },
  mark: {
    type: 'object',
    additionalProperties: false,
    required: ['event', 'streamSid', 'mark'],
    properties: {
      event: { const: 'mark' },
      streamSid,
      mark: {
        type: 'object',
        additionalProperties: false,
        required: ['name'],
        properties: { name: { type: 'string', minLength: 1 } },
      },
    },
  },
  clear: {
    type: 'object',
    additionalProperties: false,
    required: ['event', 'streamSid'],
    properties: { event: { const: 'clear' }, streamSid },
  },
}

const text = { type: 'string', minLength: 1 } as const
const url = { type: 'string', pattern: '^https?://' } as const
const method = { enum: ['POST', 'GET'] } as const

/** Form with which a call is placed. */
export const placeSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['To', 'From', 'Url'],
  properties: {
    To: text,
    From: text,
    Url: url,
    Method: method,
    Timeout: { type: 'string', pattern: '^[0-9]+$' },
    StatusCallback: url,
    StatusCallbackMethod: method,
    StatusCallbackEvent: text,
    MachineDetection: { enum: ['Enable', 'DetectMessageEnd'] },
    AsyncAmd: { const: 'true' },
    AsyncAmdStatusCallback: url,
    AsyncAmdStatusCallbackMethod: method,
  },
}

/** Form with which a call is told to do something else. */
export const updateSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  anyOf: [{ required: ['Status'] }, { required: ['Twiml'] }],
  properties: { Status: { enum: ['completed', 'canceled'] }, Twiml: text },
}
