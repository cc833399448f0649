import { defineTts, ProviderError } from 'voxgraph/plugin'
import { Clients, prewarm, verifyModel } from '../openai.ts'
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
  async verify(ctx) {
    const reason = voiceFault(ctx.options.voice, ctx.options.endpoint)
    if (reason !== undefined) throw new ProviderError('invalid', { provider, reason })
    await verifyModel(provider, ctx)
  },
  share: () => Clients.load(provider),
  unshare: (clients) => clients.close(),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    if (ctx.options.prewarm) prewarm(account, ctx.signal)
    return { speak: (utterance) => speak(ctx, account, utterance) }
  },
})
