import { tellUsage, type ClaudeContext } from './answer.ts'
import type { Account } from './client.ts'
import { failureOf } from './failure.ts'
import { prefixLength, prewarmOf } from './request.ts'

/**
 * Fewest characters of prompt and tools that any model keeps: 512 tokens, of 4 characters. (Haiku 4.5 keeps
 * from 4096 tokens on: less is read like anything else, and nothing is lost but the price of it.)
 */
const shortestPrefix = 2000

/**
 * Lets the service read prompt and tools before the first question, and opens the connection. Where there is
 * nothing to keep, it only opens the connection, by a question that costs nothing. What goes wrong here will
 * go wrong again when it matters, so it is only logged.
 */
export async function prewarm(ctx: ClaudeContext, { client, key }: Account): Promise<void> {
  const { options, toolset, signal, log } = ctx
  const { model } = options
  const frame = { options, toolset, prompt: ctx.prompt() }
  try {
    if (options.cache === 'off' || prefixLength(frame) < shortestPrefix) {
      await client.models.retrieve(model, undefined, { signal })
      return
    }
    const { usage } = await client.messages.create(prewarmOf(frame, model), { signal })
    tellUsage(ctx, model, {
      input_tokens: usage.input_tokens,
      cache_read_tokens: usage.cache_read_input_tokens ?? 0,
      cache_write_tokens: usage.cache_creation_input_tokens ?? 0,
      output_tokens: usage.output_tokens,
    })
  } catch (thrown) {
    if (!signal.aborted)
      log.warn(`could not prepare the first question: ${failureOf(thrown, key).message}`)
  }
}
