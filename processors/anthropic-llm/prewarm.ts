import { tellUsage, type ClaudeContext } from './answer.ts'
import type { Account } from './client.ts'
import { failureOf } from './failure.ts'
import { prefixLength, prewarmOf } from './request.ts'

/** Characters in a token of ordinary English. */
const lettersPerToken = 4
/**
 * Shortest beginning that a model keeps, in tokens, as the vendor's table of 2026 has it. What is shorter is
 * read like anything else; a guess that is wrong costs one reading of it.
 */
const shortest: readonly (readonly [models: RegExp, tokens: number])[] = [
  [/haiku-4-5|opus-4-[56]/, 4096],
  [/opus-4-7/, 2048],
  [/(opus|fable|mythos)-5/, 512],
]
/** The same for all others. */
const usualShortest = 1024

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
    if (options.cache === 'off' || !isKept(model, prefixLength(frame))) {
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

/** True when a model keeps a beginning of so many characters. */
function isKept(model: string, letters: number): boolean {
  const least = shortest.find(([models]) => models.test(model))?.[1] ?? usualShortest
  return letters >= least * lettersPerToken
}
