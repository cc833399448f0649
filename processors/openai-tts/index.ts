import { defineTts, ProviderError } from 'voxgraph/plugin'
import { Clients, verifyModel } from '../openai.ts'
import { options, provider, sampleRate } from './options.ts'
import { speak } from './voice.ts'
import { voiceFault } from './voices.ts'

/** A voice of OpenAI, or of a server that speaks the same API. It does not say where its words are. */
export default defineTts({
  id: provider,
  summary: 'Speaks with a voice of OpenAI, or of a server that speaks its API.',
  vendor: 'openai',
  realTime: true,
  formats: [{ sampleRate, channels: 1 }],
  options,
  async verify({ options: given, signal }) {
    const reason = voiceFault(given.voice, given.endpoint)
    if (reason !== undefined) throw new ProviderError('invalid', { provider, reason })
    const account = (await Clients.load(provider)).of(given)
    await verifyModel(account, given.model, signal)
  },
  share: () => Clients.load(provider),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    return { speak: (utterance) => speak(ctx, account, utterance) }
  },
})
