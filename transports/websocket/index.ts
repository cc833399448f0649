import { defineTransport, siteOptions } from 'voxgraph/plugin'
import { createJwtCheck } from './jwt.ts'
import { openRtviDoor } from './rtvi/door.ts'
import { rtviOptions } from './rtvi/options.ts'
import { openServer } from './server.ts'

export { connectClient, type Client, type ClientInit } from './client.ts'

const voice = {
  type: 'audio',
  main: true,
  formats: [
    { sampleRate: { option: 'sample_rate' }, channels: 1, encoding: { option: 'encoding' } },
  ],
} as const

const options = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...siteOptions,
    path: {
      type: 'string',
      pattern: '^/[^?#\\s]*$',
      default: '/',
      description: 'Path of the address.',
    },
    sample_rate: {
      type: 'integer',
      minimum: 8000,
      maximum: 48_000,
      default: 16_000,
      description: 'Sample rate of both directions in Hz.',
    },
    encoding: {
      enum: ['pcm', 'mulaw'],
      default: 'pcm',
      description: 'Linear 16-bit, or G.711 µ-law.',
    },
    token: {
      type: 'string',
      writeOnly: true,
      default: '',
      description: 'Secret that clients must bring; empty lets everybody in.',
    },
    jwt: {
      type: 'object',
      additionalProperties: false,
      description: 'JSON Web Tokens that clients may bring instead; "sub" becomes {{call.user}}.',
      properties: {
        secret: {
          type: 'string',
          writeOnly: true,
          description: 'Secret that whoever makes them has, too; 32 characters or more.',
        },
        public_key: {
          type: 'string',
          minLength: 1,
          description: 'Public key of whoever makes them, PEM.',
        },
        jwks: {
          type: 'string',
          minLength: 1,
          description: 'Address of a JSON Web Key Set with such keys.',
        },
        issuer: { type: 'string', minLength: 1, description: 'What their "iss" must be.' },
        audience: { type: 'string', minLength: 1, description: 'What their "aud" must hold.' },
      },
    },
    origins: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description:
        'Origins of web pages that may connect, or "*"; pages of the same host if empty.',
    },
    max_message: {
      type: 'integer',
      minimum: 1024,
      maximum: 1_048_576,
      default: 65_536,
      description: 'Longest message of a client in bytes.',
    },
    max_sessions: {
      type: 'integer',
      minimum: 1,
      default: 1000,
      description: 'Most calls at a time.',
    },
    max_pending: {
      type: 'integer',
      minimum: 1,
      default: 200,
      description: 'Most connections that have not said hello; beyond that the oldest goes.',
    },
    max_unread: {
      type: 'integer',
      minimum: 16_384,
      default: 262_144,
      description: 'Bytes that may wait for a client to read them before it is cut off.',
    },
    max_speed: {
      type: 'number',
      minimum: 1,
      default: 4,
      description: 'How many times faster than real time a client may send.',
    },
    hello_timeout: {
      'x-duration': true,
      default: '5s',
      description: 'Time a client has to say hello.',
    },
    idle_timeout: {
      'x-duration': true,
      default: '60s',
      description: 'Time without any message after which a call ends.',
    },
    rtvi: rtviOptions,
  },
} as const

/**
 * Calls over WebSocket, one per connection, many per process. The protocol and its close codes are
 * described in `docs/websocket-protocol.md`.
 */
export default defineTransport({
  id: 'websocket',
  summary: 'Takes calls over WebSocket: a JSON hello, then raw sound both ways.',
  ports: {
    in: { audio: voice, dtmf: 'dtmf', message: 'message' },
    out: { audio: voice, dtmf: 'dtmf', message: 'message' },
  },
  options,
  realTime: true,
  listen: async ({ options: given, clock, web, admit, inspect = false }, accept) =>
    openServer({
      rtvi: await openRtviDoor(given.rtvi, given.max_speed),
      clock,
      web,
      accept,
      admit,
      inspect,
      host: given.host,
      port: given.port,
      gate: {
        path: given.path,
        token: given.token,
        origins: given.origins,
        jwt: given.jwt && (await createJwtCheck(given.jwt, clock)),
      },
      audio: { encoding: given.encoding, sampleRate: given.sample_rate },
      limits: {
        maxMessage: given.max_message,
        maxSessions: given.max_sessions,
        maxPending: given.max_pending,
        maxUnread: given.max_unread,
        maxSpeed: given.max_speed,
        helloTimeoutMs: given.hello_timeout,
        idleTimeoutMs: given.idle_timeout,
      },
    }),
})
