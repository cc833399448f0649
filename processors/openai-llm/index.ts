import { defineBrain, type Inference, type Said } from 'voxgraph/plugin'
import { Clients, prewarm, verifyModel } from '../openai.ts'
import { answer } from './answer.ts'
import { options, provider } from './options.ts'
import { questionOf } from './request.ts'

/**
 * A model behind the chat completions of OpenAI, or of a server that speaks the same. What it says is given as
 * it comes, tool calls when their arguments are complete.
 */
export default defineBrain({
  id: provider,
  summary: 'Answers with a model of OpenAI, or of a server that speaks its API.',
  vendor: 'openai',
  realTime: true,
  options,
  verify: (ctx) => verifyModel(provider, ctx),
  share: () => Clients.load(provider),
  unshare: (clients) => clients.close(),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    if (ctx.options.prewarm) prewarm(account, ctx.signal)
    return {
      respond: (inference: Inference): AsyncIterable<Said> =>
        answer(ctx, account, questionOf(ctx.options, inference), inference),
    }
  },
})
