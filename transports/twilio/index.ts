import { defineTransport } from 'voxgraph/plugin'
import { openDesk } from './open-desk.ts'
import { options } from './options.ts'
import { verify } from './verify.ts'

const voice = {
  type: 'audio',
  main: true,
  formats: [{ sampleRate: 8000, channels: 1, encoding: 'mulaw' }],
} as const

/**
 * Telephone calls by Twilio's media streams, in and out. What Twilio has to be told, and what it must be able
 * to reach, is described in `docs/twilio.md`.
 */
export default defineTransport({
  id: 'twilio',
  summary: 'Takes and places telephone calls with Twilio, over its media streams.',
  vendor: 'twilio',
  ports: {
    in: { audio: voice, dtmf: 'dtmf', message: 'message' },
    out: { audio: voice, dtmf: 'dtmf', message: 'message' },
  },
  options,
  realTime: true,
  echoes: true,
  verify,
  listen: openDesk,
})
