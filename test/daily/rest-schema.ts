import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const integer = { type: 'integer' } as const
const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const

/** Bodies of Daily's REST API, as far as the transport uses them: what is not listed is refused, as Daily does. */
const bodies = {
  'POST /rooms': {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,128}$' },
      privacy: { enum: ['public', 'private'] },
      properties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          exp: integer,
          nbf: integer,
          max_participants: integer,
          eject_at_room_exp: flag,
          start_video_off: flag,
          enable_chat: flag,
          enable_dialout: flag,
          geo: text,
          sip: {
            type: 'object',
            additionalProperties: false,
            required: ['display_name', 'sip_mode'],
            properties: {
              display_name: text,
              sip_mode: { enum: ['dial-in'] },
              num_endpoints: integer,
              video: flag,
            },
          },
        },
      },
    },
  },
  'POST /meeting-tokens': {
    type: 'object',
    additionalProperties: false,
    required: ['properties'],
    properties: {
      properties: {
        type: 'object',
        additionalProperties: false,
        required: ['room_name', 'exp'],
        properties: {
          room_name: text,
          exp: integer,
          is_owner: flag,
          user_name: text,
          user_id: { type: 'string', maxLength: 36 },
          eject_at_token_exp: flag,
        },
      },
    },
  },
  'POST /dialin/pinlessCallUpdate': {
    type: 'object',
    additionalProperties: false,
    required: ['callId', 'callDomain', 'sipUri'],
    properties: { callId: text, callDomain: text, sipUri: { type: 'string', pattern: '^sip:' } },
  },
  'DELETE /rooms/:name': { type: 'object' },
} as const

const validators: ReadonlyMap<string, ValidateFunction> = new Map(
  Object.entries(bodies).map(([what, schema]) => [what, new Ajv2020().compile(schema)]),
)

/** Why a request is refused; undefined where it is not. */
export function refusalOf(
  what: string,
  body: unknown,
): { readonly status: number; readonly info: string } | undefined {
  const validate = validators.get(what)
  if (validate === undefined) return { status: 404, info: `no such method: ${what}` }
  if (validate(body)) return undefined
  const [error] = validate.errors ?? []
  return { status: 400, info: `${error?.instancePath} ${error?.message}` }
}
