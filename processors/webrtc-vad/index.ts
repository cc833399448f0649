import { defineVad } from 'voxgraph/plugin'
import { loadDetectorEngine, sampleRates } from './engine.ts'

/**
 * Hears when the caller speaks, with the voice detector of WebRTC. Sound passes through untouched; behind
 * it go `speech` facts that say how long after the true edge they come.
 */
export default defineVad({
  id: 'webrtc-vad',
  summary: 'Hears when the caller speaks (WebRTC voice detector, no model, microseconds a frame).',
  sampleRates,
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      mode: {
        enum: [0, 1, 2, 3],
        default: 2,
        description: '0 takes most for speech, 3 least.',
      },
    },
  },
  // It says yes or no, goes on saying yes for 100 to 140 ms after the end of speech, and takes steady noise
  // for speech until it has adapted: what is less than 7 dB above the noise is no voice, whatever it says.
  thresholds: () => ({ on: 0.5, off: 0.5, clearDb: 14, raise: 1 }),
  share: () => loadDetectorEngine(),
  setup:
    ({ options, shared: engine }) =>
    (sampleRate) =>
      engine.create({ sampleRate, mode: options.mode }),
})
