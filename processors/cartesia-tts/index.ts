import { defineTts } from 'voxgraph/plugin'
import { loadSdk } from './load-sdk.ts'
import { options } from './options.ts'
import { verify } from './verify.ts'
import { CartesiaVoice } from './voice.ts'

/**
 * Speaks with Cartesia over its WebSocket: text is sent as it comes, an utterance is a context, and words
 * have times. Sonic speaks in the form the graph wants, µ-law for a telephone too.
 */
export default defineTts({
  id: 'cartesia-tts',
  summary: 'Speaks with Cartesia (Sonic), over one connection a call.',
  vendor: 'cartesia',
  options,
  formats: [
    ...[24_000, 16_000, 22_050, 44_100, 48_000, 8000].map((sampleRate) => ({
      sampleRate,
      channels: 1,
    })),
    { sampleRate: 8000, channels: 1, encoding: 'mulaw' as const },
  ],
  realTime: true,
  verify,
  share: loadSdk,
  async setup({ options: given, shared: sdk, format, clock, log, signal }) {
    const voice = new CartesiaVoice({ sdk, options: given, clock, log, signal }, format)
    await voice.connected()
    return voice
  },
})
