import { defineStt } from 'voxgraph/plugin'
import { loadDeepgram, verifyDeepgram } from '../deepgram.ts'
import { options } from './options.ts'
import { openStream, provider } from './stream.ts'

/**
 * Hears with Deepgram Flux (listen v2), which knows when the caller's turn is over: its opinion goes out as
 * `turn` facts, its transcript of a turn is one final.
 */
export default defineStt({
  id: provider,
  summary: 'Hears with Deepgram Flux, and knows when the caller has finished a turn.',
  vendor: 'deepgram',
  options,
  formats: [
    { sampleRate: 16_000, channels: 1 },
    { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
    { sampleRate: 8000, channels: 1 },
    { sampleRate: 24_000, channels: 1 },
    { sampleRate: 48_000, channels: 1 },
  ],
  // Flux gives no final before the turn is over: a quarter of a second as a rule, and this where it is unsure.
  finalWithinMs: 1500,
  realTime: true,
  share: () => loadDeepgram(provider),
  // Its models are in no public list; the options hold them all.
  verify: ({ options: account, signal }) => verifyDeepgram({ provider, account, signal }),
  setup: (ctx) => ({ open: (init) => openStream(ctx, init) }),
})
