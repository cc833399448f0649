import type { Infer, JsonSchema } from 'voxgraph/plugin'
import { exposures } from './told.ts'

/** Options of the `websocket` transport about Pipecat clients. */
export const rtviOptions = {
  type: 'object',
  additionalProperties: false,
  default: {},
  description: 'Pipecat clients (RTVI over protobuf), which are served at the same address.',
  properties: {
    enabled: { type: 'boolean', default: true, description: 'Whether they are served at all.' },
    player_rate: {
      type: 'integer',
      minimum: 8000,
      maximum: 48_000,
      default: 24_000,
      description:
        'Rate in Hz at which clients play (playerSampleRate); they are not told another.',
    },
    lead: {
      'x-duration': true,
      default: '100ms',
      description:
        'How far ahead of hearing sound is sent: so long goes on what the caller interrupts.',
    },
    function_calls: {
      type: 'object',
      additionalProperties: { enum: exposures },
      default: {},
      description:
        'What clients see of tool calls, by name of the tool, "*" for all others: disabled, none (that there is one), name, or full (arguments and results).',
    },
  },
} as const satisfies JsonSchema

/** The same, as the transport receives them. */
export type RtviOptions = Infer<typeof rtviOptions>
