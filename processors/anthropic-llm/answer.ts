import type Anthropic from '@anthropic-ai/sdk'
import {
  ProviderError,
  readAnswer,
  type BrainContext,
  type Inference,
  type Said,
  type Usage,
} from 'voxgraph/plugin'
import type { Account, Clients } from './client.ts'
import { failureOf } from './failure.ts'
import { provider, type ClaudeOptions } from './options.ts'
import { AnswerReader } from './read-answer.ts'
import type { Question } from './request.ts'

/** What a call of `anthropic-llm` gets from the runtime. */
export type ClaudeContext = BrainContext<ClaudeOptions, Clients>

/**
 * Asks, and says what comes as it comes. One request, no second try: the runtime decides about those. The
 * request is aborted in the tick in which the inference is, or when the reader stops; that is no error.
 * @throws ProviderError
 */
export async function* answer(
  ctx: ClaudeContext,
  { client, key }: Account,
  question: Question,
  { signal, reason }: Inference,
): AsyncGenerator<Said> {
  if (signal.aborted) return
  const reader = new AnswerReader()
  const open = () => openStream(client, question, signal)
  try {
    yield* readAnswer({ ctx, signal, open, reader, failureOf: (thrown) => failureOf(thrown, key) })
    if (signal.aborted) return
    const isHeard = reason !== 'summary' && reason !== 'note'
    yield* lastWords(ctx, reader, isHeard)
  } finally {
    tellUsage(ctx, question.model, reader.usage)
  }
}

async function openStream(
  client: Anthropic,
  question: Question,
  signal: AbortSignal,
): Promise<AsyncIterable<Anthropic.MessageStreamEvent>> {
  const asked = client.messages.create({ ...question, stream: true }, { signal })
  const { data: stream, response } = await asked.withResponse()
  const type = response.headers.get('content-type') ?? 'nothing said about its type'
  if (!type.startsWith('text/event-stream')) {
    stream.controller.abort()
    const reason = `something else answers at the endpoint: ${type} in place of an answer`
    throw new ProviderError('server', { provider, reason })
  }
  return stream
}

/** What is to be done about the way in which the answer ended. */
function* lastWords(
  { log, options }: ClaudeContext,
  { stopReason, refusal, length }: AnswerReader,
  isHeard: boolean,
): Generator<Said> {
  switch (stopReason) {
    case 'refusal':
      log.warn('the model refused to go on', { category: refusal ?? 'none given' })
      if (isHeard && options.refusal !== '') yield `${length > 0 ? ' ' : ''}${options.refusal}`
      return
    case 'max_tokens':
      log.warn(`the answer was cut at ${options.max_tokens} tokens: raise max_tokens`)
      return
    case 'model_context_window_exceeded': {
      const reason = 'the conversation is longer than the model takes: set window.tokens'
      if (length === 0) throw new ProviderError('invalid', { provider, reason })
      log.warn(reason)
      return
    }
    case 'pause_turn':
      // It comes with tools that run at the service, and none of those is offered.
      log.warn('the model paused: what it has said so far is the answer')
      return
    default:
  }
}

/** Reports what a question cost, and how much of it came out of the cache. */
export function tellUsage(ctx: ClaudeContext, model: string, usage: Usage): void {
  const {
    input_tokens: input = 0,
    cache_read_tokens: read = 0,
    cache_write_tokens: write = 0,
  } = usage
  const all = input + read + write
  // It was refused, or never reached the service.
  if (all === 0) return
  ctx.usage({ vendor: 'anthropic', model, usage })
  ctx.metric('llm.cached_share', read / all)
}
