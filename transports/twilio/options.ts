import { siteOptions, type Infer } from 'voxgraph/plugin'

/** Id of the transport, for messages. */
export const provider = 'twilio'

const number = { type: 'string', pattern: '^\\+[1-9]\\d{1,14}$' } as const

const account = {
  account_sid: {
    type: 'string',
    pattern: '^AC[0-9a-fA-F]{32}$',
    'x-env': 'TWILIO_ACCOUNT_SID',
    description: 'Account: AC and 32 digits; TWILIO_ACCOUNT_SID unless given.',
  },
  auth_token: {
    type: 'string',
    writeOnly: true,
    'x-env': 'TWILIO_AUTH_TOKEN',
    minLength: 1,
    description: 'Token of the account, which Twilio signs with; TWILIO_AUTH_TOKEN unless given.',
  },
  endpoint: {
    type: 'string',
    pattern: '^https?://[^\\s/]+',
    default: 'https://api.twilio.com',
    description: 'Where the REST API is. Emulators and proxies are reached by it.',
  },
  region: {
    type: 'string',
    pattern: '^[a-z]{2}\\d$',
    description: 'Region that handles the calls: ie1. Wants edge, too.',
  },
  edge: { type: 'string', pattern: '^[a-z-]+$', description: 'Edge of that region: dublin.' },
} as const

const site = {
  ...siteOptions,
  path: {
    type: 'string',
    pattern: '^(/[A-Za-z0-9._~-]+)+$',
    default: '/twilio',
    description: 'Path of the webhook; the other addresses stand below it.',
  },
  public_url: {
    type: 'string',
    pattern: '^https?://[^\\s?#@]+$',
    description:
      'Where Twilio reaches this listener, without the path: https://voice.example.com. What is signed names it.',
  },
} as const

const calling = {
  from: { ...number, description: 'Number of the account that calls are placed from.' },
  ring_timeout: {
    'x-duration': true,
    default: '30s',
    description: 'How long a number is rung that is called.',
  },
  machine_detection: {
    enum: ['off', 'answer', 'message_end'],
    default: 'off',
    description:
      'Whether Twilio listens if a machine has answered: at once, or until its greeting is over.',
  },
  machine_detection_async: {
    type: 'boolean',
    default: false,
    description: 'Begin to speak meanwhile; the result comes as a message, answered-by.',
  },
  on_machine: {
    enum: ['hang_up', 'continue'],
    default: 'hang_up',
    description: 'What becomes of a call that a machine answers.',
  },
  transfer_accept: {
    enum: ['key', 'answer'],
    default: 'key',
    description:
      'When a human who is called has taken a warm transfer: by a key, or by answering alone.',
  },
  say_voice: { type: 'string', minLength: 1, description: "Twilio's voice for what it says." },
  say_language: { type: 'string', minLength: 2, description: 'And its language: en-GB.' },
} as const

const busy = {
  busy: {
    anyOf: [
      { enum: ['reject'] },
      {
        type: 'object',
        additionalProperties: false,
        required: ['redirect'],
        properties: { redirect: number },
      },
      {
        type: 'object',
        additionalProperties: false,
        required: ['say'],
        properties: { say: { type: 'string', minLength: 1, maxLength: 1000 } },
      },
    ],
    default: 'reject',
    description:
      'What a caller hears for whom there is no room: the busy tone, another number, or a sentence.',
  },
} as const

const limits = {
  max_message: {
    type: 'integer',
    minimum: 1024,
    maximum: 1_048_576,
    default: 65_536,
    description: 'Longest message of a stream in bytes.',
  },
  max_unread: {
    type: 'integer',
    minimum: 16_384,
    default: 262_144,
    description: 'Bytes that may wait for Twilio to read them before a call is given up.',
  },
  max_speed: {
    type: 'number',
    minimum: 1,
    default: 4,
    description:
      'How many times faster than 75 a second messages may come: sound and marks of one call.',
  },
  stream_timeout: {
    'x-duration': true,
    default: '10s',
    description: 'Time a call has to bring its sound after it was answered.',
  },
  idle_timeout: {
    'x-duration': true,
    default: '30s',
    description: 'Time without any message after which a call counts as lost.',
  },
} as const

/** JSON Schema of `with`. */
export const options = {
  type: 'object',
  additionalProperties: false,
  properties: { ...account, ...site, ...calling, ...busy, ...limits },
} as const

/** The options, checked. */
export type TwilioOptions = Infer<typeof options>
