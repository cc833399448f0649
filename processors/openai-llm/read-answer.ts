import type OpenAI from 'openai'
import { ProviderError, toolArguments, type Said, type Usage } from 'voxgraph/plugin'
import { callIdOf, mostCalls, newAnswer } from './call-ids.ts'
import { provider } from './options.ts'

/** Longest answer that is taken, text and arguments together, in characters; models stop long before. */
const longestAnswer = 1_000_000

type Chunk = OpenAI.ChatCompletionChunk
type CallPart = NonNullable<Chunk['choices'][number]['delta']['tool_calls']>[number]

/** Why an answer is over, in the server's words. */
export type FinishReason = NonNullable<Chunk['choices'][number]['finish_reason']>

/** Takes the pieces of one answer and says what is in them. What no server would send fails at once. */
export class AnswerReader {
  /** Why it is over; undefined while nobody has said so. */
  finishReason: FinishReason | undefined
  /** Characters of text and arguments so far. */
  length = 0
  #usage: OpenAI.CompletionUsage | undefined
  readonly #answer = newAnswer()
  readonly #calls: { name: string; json: string }[] = []

  /**
   * @returns text as it comes; tool calls when the answer is over, for their arguments may come interleaved
   * @throws ProviderError `server` for a piece that cannot be, or more than any model says
   */
  read(chunk: Chunk): readonly Said[] {
    try {
      return this.#read(chunk)
    } catch (thrown) {
      // The types of the SDK are what is promised; what comes may be anything.
      throw thrown instanceof TypeError ? failed('it sent what is no piece of an answer') : thrown
    }
  }

  #read(chunk: Chunk): readonly Said[] {
    this.#usage = chunk.usage ?? this.#usage
    if (!Array.isArray(chunk.choices)) {
      if (chunk.usage) return []
      throw failed('it sent what is no piece of an answer')
    }
    // One answer is asked for. The last piece has none: it tells what it cost.
    const [choice] = chunk.choices
    if (choice === undefined) return []
    const { delta, finish_reason: reason } = choice
    const said = this.#text(delta?.content) ?? this.#text(delta?.refusal)
    for (const part of delta?.tool_calls ?? []) this.#call(part)
    const isMore = said !== undefined || (delta?.tool_calls?.length ?? 0) > 0
    // Some servers say it again where they tell what it cost.
    if (this.finishReason !== undefined && (isMore || (reason && !chunk.usage))) {
      throw failed('it went on after the end of its answer')
    }
    const isLast = reason && this.finishReason === undefined
    if (isLast) this.finishReason = reason
    return [...(said === undefined ? [] : [said]), ...(isLast ? this.#called(reason) : [])]
  }

  /**
   * The stream has ended.
   * @throws ProviderError `server` when the answer has not
   */
  finish(): void {
    if (this.finishReason !== undefined) return
    throw failed('it ended the answer without saying why: the rest is missing')
  }

  /**
   * What it has cost; estimated where the server has not said so, which is so wherever an answer was cut.
   *
   * @param asked length of the question, in characters
   */
  usage(asked: number): Usage {
    const { prompt_tokens, completion_tokens, prompt_tokens_details: details } = this.#usage ?? {}
    const input = countIn(prompt_tokens) ?? tokensOf(asked)
    const cached = Math.min(input, countIn(details?.cached_tokens) ?? 0)
    return {
      input_tokens: input - cached,
      cache_read_tokens: cached,
      output_tokens: countIn(completion_tokens) ?? tokensOf(this.length),
    }
  }

  #text(text: unknown): string | undefined {
    if (typeof text !== 'string' || text === '') return undefined
    this.#grow(text)
    return text
  }

  /** The index is left out by some servers: a part with a name begins the next call then. */
  #call({ index, function: part }: Partial<CallPart>): void {
    const name = textIn(part?.name)
    const json = textIn(part?.arguments)
    const last = this.#calls.length - 1
    const at = countIn(index) ?? (name === '' ? last : last + 1)
    if (at < 0 || at > this.#calls.length || at >= mostCalls) {
      throw failed('it sent a piece of a tool call that has not begun')
    }
    const call = (this.#calls[at] ??= { name: '', json: '' })
    this.#grow(name + json)
    call.name += name
    call.json += json
  }

  #called(reason: FinishReason): readonly Said[] {
    return this.#calls.flatMap(({ name, json }, index): Said[] => {
      const args = toolArguments(json)
      if (args !== undefined) {
        return [{ tool: name, arguments: args, callId: callIdOf(this.#answer, index) }]
      }
      // An answer that was too long ends in the middle of its last call.
      if (reason === 'length') return []
      throw failed(`the arguments for ${name} are no JSON object`)
    })
  }

  #grow(part: string): void {
    this.length += part.length
    if (this.length > longestAnswer) throw failed(`it sent more than ${longestAnswer} characters`)
  }
}

const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')
const countIn = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined

/** About so many tokens, of 4 characters. */
const tokensOf = (length: number): number => Math.ceil(length / 4)

const failed = (reason: string): ProviderError => new ProviderError('server', { provider, reason })
