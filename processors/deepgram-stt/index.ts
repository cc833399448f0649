import { defineStt } from 'voxgraph/plugin'
import { loadDeepgram, verifyDeepgram } from '../deepgram.ts'
import { options } from './options.ts'
import { openStream, provider } from './stream.ts'

/**
 * Hears with Deepgram's streaming API (listen v1). The sound of a phone goes there as it is. When our
 * detector says that the caller has stopped, what is open becomes final at once.
 */
export default defineStt({
  id: provider,
  summary: 'Hears with Deepgram (nova-3), word by word.',
  vendor: 'deepgram',
  options,
  formats: [
    { sampleRate: 16_000, channels: 1 },
    { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
    { sampleRate: 8000, channels: 1 },
    { sampleRate: 24_000, channels: 1 },
    { sampleRate: 48_000, channels: 1 },
  ],
  // A quarter of a second until our detector knows, and half a second for the answer to `Finalize`.
  finalWithinMs: 800,
  realTime: true,
  share: () => loadDeepgram(provider),
  verify: ({ options: account, signal }) =>
    verifyDeepgram({ provider, account, signal, model: { name: account.model, of: 'stt' } }),
  setup: (ctx) => ({ open: (init) => openStream(ctx, init) }),
})
