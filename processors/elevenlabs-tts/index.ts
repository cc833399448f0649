import { defineTts } from 'voxgraph/plugin'
import { HttpVoice } from './http-voice.ts'
import { createClient } from './load-sdk.ts'
import { options, rates } from './options.ts'
import { SocketVoice } from './socket-voice.ts'
import { verify } from './verify.ts'

/**
 * Speaks with ElevenLabs: text is sent as it comes, and every character has its time. The SDK has no socket
 * for speech, so that one is ours; with `mode: http` the SDK asks for a sentence at a time.
 */
export default defineTts({
  id: 'elevenlabs-tts',
  summary: 'Speaks with ElevenLabs, over one connection a call or a request a sentence.',
  vendor: 'elevenlabs',
  options,
  formats: [
    ...rates.map((sampleRate) => ({ sampleRate, channels: 1 })),
    { sampleRate: 8000, channels: 1, encoding: 'mulaw' as const },
  ],
  realTime: true,
  verify,
  async setup({ options: given, format, clock, log, signal }) {
    const init = { options: given, format, clock, log, signal }
    if (given.mode === 'http') return new HttpVoice(init, await createClient(given))
    const voice = new SocketVoice(init)
    await voice.connected()
    return voice
  },
})
