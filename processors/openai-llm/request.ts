import type OpenAI from 'openai'
import type { Inference } from 'voxgraph/plugin'
import { isOpenAi } from '../openai.ts'
import { historyOf, systemMessage, withTail } from './history.ts'
import type { ChatOptions } from './options.ts'

/** What the server is asked. */
export type Question = OpenAI.ChatCompletionCreateParamsStreaming

/**
 * The question as the server wants it. All of it but its end stays the same from question to question, in the
 * same order, so that a server that caches finds it again.
 */
export function questionOf(options: ChatOptions, inference: Inference): Question {
  const { model, max_tokens: most, temperature, effort, body, endpoint } = options
  const { messages, news } = historyOf(inference.messages)
  const { tools, prompt, instruction } = inference
  // OpenAI has given the limit another name, which not every server knows.
  const limit = isOpenAi(endpoint) ? { max_completion_tokens: most } : { max_tokens: most }
  const question: Question = {
    model,
    stream: true,
    stream_options: { include_usage: true },
    ...limit,
    ...(temperature !== undefined && { temperature }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(tools.length > 0 && {
      tools: tools.map(({ name, description, parameters }) => ({
        type: 'function' as const,
        function: { name, description, parameters: { ...parameters } },
      })),
    }),
    messages: [systemMessage(prompt), ...withTail(messages, news, instruction)],
  }
  return withBody(question, body)
}

/** Fields that a graph adds, replaces or (null) leaves out. That it is a stream is not among them. */
function withBody(question: Question, body: Readonly<Record<string, unknown>>): Question {
  const all = Object.entries({ ...question, ...body, stream: true as const })
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as Question
}
