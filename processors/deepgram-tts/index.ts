import { defineTts } from 'voxgraph/plugin'
import { loadDeepgram, verifyDeepgram } from '../deepgram.ts'
import { provider } from './connection.ts'
import { options } from './options.ts'
import { Voice } from './voice.ts'

/**
 * Speaks with Deepgram's Aura voices over a WebSocket (speak v1). It gives no times of words. A phone gets
 * its sound as it comes.
 */
export default defineTts({
  id: provider,
  summary: 'Speaks with the Aura voices of Deepgram.',
  vendor: 'deepgram',
  options,
  formats: [
    { sampleRate: 24_000, channels: 1 },
    { sampleRate: 16_000, channels: 1 },
    { sampleRate: 8000, channels: 1, encoding: 'mulaw' },
    { sampleRate: 8000, channels: 1 },
    { sampleRate: 32_000, channels: 1 },
    { sampleRate: 48_000, channels: 1 },
  ],
  realTime: true,
  share: () => loadDeepgram(provider),
  verify: ({ options: account, signal }) =>
    verifyDeepgram({ provider, account, signal, model: { name: account.voice, of: 'tts' } }),
  setup: (ctx) => Voice.open(ctx),
})
