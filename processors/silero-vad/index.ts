import { defineVad } from 'voxgraph/plugin'
import { createSilero } from './engine.ts'

/**
 * Hears when the caller speaks, with the Silero model. It runs in one thread for all calls of the process,
 * their windows batched. Sound passes through at once; a `speech` fact comes when the model has answered,
 * and says how long after the true edge.
 */
export default defineVad({
  id: 'silero-vad',
  summary: 'Hears when the caller speaks (Silero model, holds in noise; one thread for all calls).',
  sampleRates: [16_000, 8000],
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      threshold: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.5,
        description: 'Sound that is voice with this probability begins speech; noise raises it.',
      },
      threshold_off: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.35,
        description: 'Voice goes on until it is less probable than this.',
      },
    },
  },
  // The model holds on for 100 to 200 ms after the last sound: at the noise floor nothing is voice to it.
  thresholds: ({ threshold, threshold_off }) => ({
    on: threshold,
    off: threshold_off,
    clearDb: 7,
    raise: 0.75,
  }),
  share: () => createSilero(),
  unshare: (silero) => silero.close(),
  setup:
    ({ shared: silero, clock }) =>
    (sampleRate) =>
      silero.open(sampleRate, clock),
})
