import { defineBrain, type Inference, type Said } from 'voxgraph/plugin'
import { answer } from './answer.ts'
import { Clients } from './client.ts'
import { LateResults } from './late-results.ts'
import { options, provider } from './options.ts'
import { prewarm } from './prewarm.ts'
import { questionOf } from './request.ts'
import { routeOf } from './route.ts'
import { verify } from './verify.ts'

/**
 * Claude. What it is told only grows at its end, so that the service reads most of it from its cache; what it
 * says is given as it comes, tool calls as soon as their arguments are complete.
 */
export default defineBrain({
  id: provider,
  summary: 'Answers with Claude, by the Messages API of Anthropic.',
  vendor: 'anthropic',
  realTime: true,
  options,
  verify,
  share: () => Clients.load(),
  unshare: (clients) => clients.close(),
  setup(ctx) {
    const account = ctx.shared.of(ctx.options)
    const route = routeOf(ctx.options)
    const { toolset } = ctx
    const late = new LateResults()
    if (ctx.options.prewarm) void prewarm(ctx, account)
    return {
      respond(inference: Inference): AsyncIterable<Said> {
        const frame = { options: ctx.options, toolset, prompt: inference.prompt }
        const question = questionOf(frame, inference, route(inference), late)
        return answer(ctx, account, question, inference)
      },
    }
  },
})
