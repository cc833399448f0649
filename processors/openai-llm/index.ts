import { defineBrain, type Inference, type Said } from 'voxgraph/plugin'
import { Clients, verifyModel } from '../openai.ts'
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
  async verify({ options: given, signal }) {
    const account = (await Clients.load(provider)).of(given)
    await verifyModel(account, given.model, signal)
  },
  share: () => Clients.load(provider),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    return {
      respond: (inference: Inference): AsyncIterable<Said> =>
        answer(ctx, account, questionOf(ctx.options, inference), inference),
    }
  },
})
