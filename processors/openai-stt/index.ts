import { defineStt } from 'voxgraph/plugin'
import { Clients, prewarm, verifyModel } from '../openai.ts'
import { options, provider } from './options.ts'
import { UtteranceStream } from './stream.ts'

/**
 * Transcripts of whole utterances by OpenAI, or by a server that speaks the same API. It needs a detector of
 * speech in front, which says where utterances begin and end; it gives no words before the end of one.
 */
export default defineStt({
  id: provider,
  summary: 'Hears whole utterances with OpenAI, or a server that speaks its API; needs a detector.',
  vendor: 'openai',
  realTime: true,
  formats: [
    { sampleRate: 16_000, channels: 1 },
    { sampleRate: 24_000, channels: 1 },
    { sampleRate: 8000, channels: 1 },
    { sampleRate: 48_000, channels: 1 },
  ],
  finalWithinMs: 2500,
  options,
  verify: (ctx) => verifyModel(provider, ctx),
  share: () => Clients.load(provider),
  unshare: (clients) => clients.close(),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    if (ctx.options.prewarm) prewarm(account, ctx.signal)
    return { open: (init) => Promise.resolve(new UtteranceStream(ctx, account, init)) }
  },
})
