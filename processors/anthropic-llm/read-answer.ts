import type Anthropic from '@anthropic-ai/sdk'
import { ProviderError, toolArguments, type Said, type Usage } from 'voxgraph/plugin'
import { callIdOf } from './history.ts'
import { provider } from './options.ts'

/** Longest answer that is taken, text and arguments together, in characters; models stop long before. */
const longestAnswer = 1_000_000

/** Longest id of an answer that is kept, in characters; theirs have 28. */
const longestId = 64

/** Why an answer is over, in the service's words. */
export type StopReason = Anthropic.StopReason

type Event = Anthropic.MessageStreamEvent
type OpenBlock =
  | { readonly type: 'text' | 'other' }
  | { readonly type: 'tool'; readonly name: string; json: string }

/**
 * Takes the events of one answer and says what is in them. The service promises an order, and an answer that
 * does not keep to it cannot be trusted: it fails at once.
 */
export class AnswerReader {
  /** Why it is over; undefined while nobody has said so. */
  stopReason: StopReason | undefined
  /** Category of a refusal, where there is one. */
  refusal: string | undefined
  /** Characters of text and arguments so far. */
  length = 0
  readonly #usage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 }
  #state: 'before' | 'open' | 'stopping' | 'over' = 'before'
  #id = ''
  #blocks = 0
  #block: OpenBlock | undefined
  /** A tool whose arguments are no JSON object; expected where the answer was too long. */
  #broken: string | undefined

  /**
   * @returns text, and a tool call once its arguments are complete
   * @throws ProviderError `server` for an event out of order, or more than any model says
   */
  read(event: Event): readonly Said[] {
    const what: unknown = event
    if (typeof what !== 'object' || what === null) throw failed('it sent what is no event')
    switch (event.type) {
      case 'message_start':
        return this.#start(event.message)
      case 'content_block_start':
        return this.#open(event)
      case 'content_block_delta':
        return this.#delta(event)
      case 'content_block_stop':
        return this.#close(event.index)
      case 'message_delta':
        return this.#stopping(event)
      case 'message_stop':
        this.#expect(this.#state === 'stopping', event.type)
        this.#state = 'over'
        return []
      default:
        // The service may have more kinds of events by now; they are not ours.
        return []
    }
  }

  /**
   * The stream has ended.
   * @throws ProviderError `server` when the answer has not
   */
  finish(): void {
    if (this.#state === 'before') throw failed('it ended the answer before it had begun')
    if (this.stopReason === undefined || this.#state !== 'over') {
      throw failed('it ended the answer without saying why: the rest is missing')
    }
  }

  /** What it has cost so far. Of an answer that was not heard to its end the output is estimated. */
  get usage(): Usage {
    const { input, cacheRead, cacheWrite, output } = this.#usage
    const atLeast = Math.ceil(this.length / 4)
    return {
      input_tokens: input,
      cache_read_tokens: cacheRead,
      cache_write_tokens: cacheWrite,
      output_tokens: this.stopReason === undefined ? Math.max(output, atLeast) : output,
    }
  }

  #start(message: Anthropic.Message | undefined): readonly Said[] {
    this.#expect(this.#state === 'before', 'message_start')
    this.#state = 'open'
    this.#id = String(message?.id ?? 'answer').slice(0, longestId)
    this.#count(message?.usage)
    return []
  }

  #open({ index, content_block: block }: Anthropic.RawContentBlockStartEvent): readonly Said[] {
    const isNext = this.#state === 'open' && this.#block === undefined && index === this.#blocks
    this.#expect(isNext, 'content_block_start')
    this.#blocks++
    if (block?.type === 'tool_use') {
      this.#block = { type: 'tool', name: String(block.name), json: '' }
      return []
    }
    this.#block = { type: block?.type === 'text' ? 'text' : 'other' }
    return block?.type === 'text' ? this.#text(block.text) : []
  }

  #delta({ index, delta }: Anthropic.RawContentBlockDeltaEvent): readonly Said[] {
    const block = this.#block
    this.#expect(index === this.#blocks - 1, 'content_block_delta')
    if (block === undefined) throw outOfOrder('content_block_delta')
    if (delta?.type === 'text_delta') {
      this.#expect(block.type === 'text', 'text_delta')
      return this.#text(delta.text)
    }
    if (delta?.type === 'input_json_delta' && block.type === 'tool') {
      const part = String(delta.partial_json)
      this.#grow(part)
      block.json += part
    }
    return []
  }

  #text(text: unknown): readonly Said[] {
    if (typeof text !== 'string' || text === '') return []
    this.#grow(text)
    return [text]
  }

  #close(index: number): readonly Said[] {
    const block = this.#block
    this.#expect(block !== undefined && index === this.#blocks - 1, 'content_block_stop')
    this.#block = undefined
    if (block?.type !== 'tool') return []
    const { name, json } = block
    const args = toolArguments(json)
    if (args === undefined) {
      this.#broken ??= name
      return []
    }
    return [{ tool: name, arguments: args, callId: callIdOf(this.#id, index) }]
  }

  #stopping({ delta, usage }: Anthropic.RawMessageDeltaEvent): readonly Said[] {
    const isAllowed = this.#state === 'open' || this.#state === 'stopping'
    this.#expect(isAllowed && this.#block === undefined, 'message_delta')
    this.#state = 'stopping'
    this.#count(usage)
    this.stopReason = delta?.stop_reason ?? this.stopReason
    this.refusal = delta?.stop_details?.category ?? this.refusal
    const isCut = this.stopReason === 'max_tokens'
    if (this.#broken !== undefined && !isCut) {
      throw failed(`the arguments for ${this.#broken} are no JSON object`)
    }
    return []
  }

  #count(usage: Anthropic.Usage | Anthropic.MessageDeltaUsage | undefined): void {
    const of = this.#usage
    of.input = counted(usage?.input_tokens) ?? of.input
    of.cacheRead = counted(usage?.cache_read_input_tokens) ?? of.cacheRead
    of.cacheWrite = counted(usage?.cache_creation_input_tokens) ?? of.cacheWrite
    of.output = counted(usage?.output_tokens) ?? of.output
  }

  #grow(part: string): void {
    this.length += part.length
    if (this.length > longestAnswer) throw failed(`it sent more than ${longestAnswer} characters`)
  }

  #expect(isSo: boolean, type: string): void {
    if (!isSo) throw outOfOrder(type)
  }
}

/** A number of tokens, where it is one. */
const counted = (value: unknown): number | undefined =>
  typeof value === 'number' && value >= 0 ? value : undefined

const failed = (reason: string): ProviderError => new ProviderError('server', { provider, reason })
const outOfOrder = (type: string): ProviderError => failed(`it sent ${type} where that cannot come`)
