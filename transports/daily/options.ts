import { siteOptions, vendorOptions } from 'voxgraph/plugin'

/** Options of the transport. */
export const options = {
  type: 'object',
  additionalProperties: false,
  required: ['api_key'],
  properties: {
    ...vendorOptions('DAILY_API_KEY', 'https://api.daily.co/v1'),
    room_url: {
      type: 'string',
      pattern: '^https?://[^\\s/]+/[^\\s]+$',
      description: 'Room that the bot is always in, for one caller after the other.',
    },
    room_token: {
      type: 'string',
      writeOnly: true,
      default: '',
      description: 'Token that the bot brings to that room.',
    },
    ...siteOptions,
    path: {
      type: 'string',
      pattern: '^/[^?#\\s]*$',
      default: '/daily',
      description:
        'Path of the address that makes a room; what Daily tells of callers is below it.',
    },
    token: {
      type: 'string',
      writeOnly: true,
      default: '',
      description: 'Secret that whoever asks for a room must bring; empty lets everybody in.',
    },
    dialin_secret: {
      type: 'string',
      writeOnly: true,
      minLength: 1,
      description:
        'Secret by which Daily signs what it tells of callers; without it nobody dials in.',
    },
    dial_out: {
      type: 'boolean',
      default: false,
      description: 'Rooms may call numbers; the account must be allowed to.',
    },
    caller_id: {
      type: 'string',
      minLength: 1,
      description: 'Id of the number that is shown to whoever is called.',
    },
    queues: {
      type: 'object',
      additionalProperties: { type: 'string' },
      default: {},
      description: 'Number or SIP address for each queue that calls are given to.',
    },
    refer: {
      type: 'boolean',
      default: false,
      description: 'Cold transfers hand the call back to its carrier (SIP REFER).',
    },
    geo: {
      type: 'string',
      minLength: 1,
      description: 'Region of the rooms, such as eu-central-1; the nearest unless given.',
    },
    bot_name: {
      type: 'string',
      minLength: 1,
      maxLength: 100,
      default: 'voxgraph',
      description: 'Name of the bot in the room.',
    },
    chromium: {
      type: 'string',
      'x-env': 'VOXGRAPH_CHROMIUM',
      default: '',
      description: 'Path of the browser; looked for in the usual places unless given.',
    },
    calls_per_browser: {
      type: 'integer',
      minimum: 1,
      maximum: 50,
      default: 4,
      description:
        'Most calls in one browser; each costs 80 MB there, a browser more costs 300 MB.',
    },
    call_machine: {
      type: 'string',
      pattern: '^https?://[^\\s/]+',
      description: "Folder of Daily's call machine; Daily's own unless given.",
    },
    caller_timeout: {
      'x-duration': true,
      default: '60s',
      description: 'Time in which somebody must come into a room that was made.',
    },
    max_call: {
      'x-duration': true,
      default: '1h',
      description: 'Time after which a room expires, and puts out who is left.',
    },
  },
} as const
