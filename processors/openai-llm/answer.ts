import type OpenAI from 'openai'
import { readAnswer, type BrainContext, type Inference, type Said } from 'voxgraph/plugin'
import { failureOf, strange, type Account, type Clients } from '../openai.ts'
import type { ChatOptions } from './options.ts'
import { AnswerReader } from './read-answer.ts'
import type { Question } from './request.ts'

/** What a call of `openai-llm` gets from the runtime. */
export type ChatContext = BrainContext<ChatOptions, Clients>

/**
 * Asks, and says what comes as it comes. One request, no second try: the runtime decides about those. The
 * request is aborted in the tick in which the inference is, or when the reader stops; that is no error.
 * @throws ProviderError
 */
export async function* answer(
  ctx: ChatContext,
  account: Account,
  question: Question,
  { signal, reason }: Inference,
): AsyncGenerator<Said> {
  if (signal.aborted) return
  const reader = new AnswerReader()
  let hasBegun = false
  const open = async () => {
    const stream = await openStream(account, question, signal)
    hasBegun = true
    return stream
  }
  try {
    yield* readAnswer({
      ctx,
      signal,
      open,
      reader,
      failureOf: (thrown) => failureOf(thrown, account),
    })
    if (signal.aborted) return
    yield* lastWords(ctx, reader, reason !== 'summary' && reason !== 'note')
  } finally {
    if (hasBegun) tellUsage(ctx, question, reader)
  }
}

async function openStream(
  { client, provider }: Account,
  question: Question,
  signal: AbortSignal,
): Promise<AsyncIterable<OpenAI.ChatCompletionChunk>> {
  const asked = client.chat.completions.create(question, { signal })
  const { data: stream, response } = await asked.withResponse()
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) return stream
  stream.controller.abort()
  throw strange(provider, response.headers)
}

/** What is to be done about the way in which the answer ended. */
function* lastWords(
  { log, options }: ChatContext,
  { finishReason, length }: AnswerReader,
  isHeard: boolean,
): Generator<Said> {
  if (finishReason === 'length') {
    log.warn(`the answer was cut at ${options.max_tokens} tokens: raise max_tokens`)
  } else if (finishReason === 'content_filter') {
    log.warn('the server held the rest of the answer back')
    if (isHeard && options.refusal !== '') yield `${length > 0 ? ' ' : ''}${options.refusal}`
  }
}

/** Reports what a question cost, and how much of it came out of a cache. */
function tellUsage(ctx: ChatContext, question: Question, reader: AnswerReader): void {
  const asked = JSON.stringify([question.messages, question.tools]).length
  const usage = reader.usage(asked)
  const { input_tokens: input = 0, cache_read_tokens: read = 0 } = usage
  ctx.usage({ vendor: 'openai', model: question.model, usage })
  ctx.metric('llm.cached_share', read / Math.max(1, input + read))
}
