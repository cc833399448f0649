import type { FaultName } from './emulator.ts'
import { cut, hang, pause } from './http-trouble.ts'
import type { ModelPiece } from './minds.ts'
import type { ChatBody } from './openai-request.ts'
import { hugeLength, type Asked, type EmulatorServer } from './server.ts'

/** A piece of an answer, or why it ends. */
export type ChatPiece =
  | ModelPiece
  | { readonly stop: 'stop' | 'length' | 'tool_calls' | 'content_filter' }

/** How an answer comes. */
export interface ChatManner {
  /** Ms before the first piece, and before each further one. */
  readonly delayMs: number
  readonly tokenMs: number
  /** Type of the error that `error-mid-stream` sends. */
  readonly errorType: string
  /** What servers leave out that speak the same API. */
  readonly without: readonly ('usage' | 'ids' | 'index')[]
}

/** What the server counts, in tokens of 4 characters. */
export interface ChatTokens {
  readonly prompt: number
  readonly cached: number
}

/** Ms between two pieces of an answer that comes much too slowly. */
const dripMs = 2000
/** Pieces that are sent before an answer goes wrong in its middle. */
const piecesBefore = 2

/** One answer on its way, as events. */
export class ChatAnswer {
  readonly #server: EmulatorServer
  readonly #asked: Asked
  readonly #body: ChatBody
  readonly #tokens: ChatTokens
  readonly #manner: ChatManner
  readonly #id: string
  #fault: FaultName | undefined
  #isOver = false
  #pieces = 0
  #calls = 0
  #letters = 0

  constructor(
    server: EmulatorServer,
    asked: Asked,
    of: {
      readonly id: string
      readonly body: ChatBody
      readonly tokens: ChatTokens
      readonly manner: ChatManner
      readonly fault: FaultName | undefined
    },
  ) {
    this.#server = server
    this.#asked = asked
    this.#id = of.id
    this.#body = of.body
    this.#tokens = of.tokens
    this.#manner = of.manner
    this.#fault = of.fault
  }

  /** Says all of it, or as much as goes well. */
  async stream(pieces: AsyncIterable<ChatPiece> | Iterable<ChatPiece>): Promise<void> {
    const { response, signal } = this.#asked
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })
    response.flushHeaders()
    if (this.#fault === 'stall') await this.#spoil()
    await pause(this.#server, this.#asked, this.#manner.delayMs)
    this.#chunk({ role: 'assistant', content: '', refusal: null })
    let stop: string = 'stop'
    for await (const piece of pieces) {
      if (this.#isOver || signal.aborted) return
      if ('stop' in piece) {
        stop = piece.stop
        break
      }
      if ('tool' in piece) stop = 'tool_calls'
      await this.#say(piece)
      if (this.#isFull) {
        stop = 'length'
        break
      }
    }
    await this.#spoil()
    this.#chunk({}, stop)
    if (this.#body.stream_options?.include_usage === true) this.#tellUsage()
    this.#write('data: [DONE]\n\n')
    this.#end()
  }

  /** Something goes wrong now. */
  spoil(fault: FaultName): void {
    this.#fault = fault
    void this.#spoil()
  }

  async #say(piece: ModelPiece): Promise<void> {
    if ('text' in piece) {
      for (const token of piece.text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
        await this.#pace()
        this.#letters += token.length
        this.#chunk({ content: token })
        if (this.#isOver || this.#isFull) return
      }
      return
    }
    await this.#pace()
    const { without } = this.#manner
    const json = 'json' in piece ? piece.json : JSON.stringify(piece.arguments)
    this.#letters += json.length
    const at = without.includes('index') ? {} : { index: this.#calls }
    const named = without.includes('ids') ? {} : { id: `call_${this.#id}_${this.#calls}` }
    this.#calls++
    const begun = { ...at, ...named, type: 'function' }
    this.#chunk({ tool_calls: [{ ...begun, function: { name: piece.tool, arguments: '' } }] })
    for (const part of json.match(/.{1,9}/gs) ?? []) {
      this.#chunk({ tool_calls: [{ ...at, function: { arguments: part } }] })
    }
  }

  get #isFull(): boolean {
    const { max_tokens: most, max_completion_tokens: limit } = this.#body
    return Math.ceil(this.#letters / 4) >= (limit ?? most ?? Infinity)
  }

  /** The next piece comes in its time, unless something goes wrong before. */
  async #pace(): Promise<void> {
    const { tokenMs } = this.#manner
    const ms = this.#fault === 'drip' ? dripMs : this.#pieces > 0 ? tokenMs : 0
    await pause(this.#server, this.#asked, ms)
    if (++this.#pieces > piecesBefore) await this.#spoil()
  }

  /** What was to go wrong in the middle of this answer does, once. */
  async #spoil(): Promise<void> {
    const fault = this.#fault
    if (fault === undefined || fault === 'drip' || fault === 'duplicate') return
    this.#fault = undefined
    if (fault === 'error-mid-stream') {
      const { errorType: type } = this.#manner
      this.#data({ error: { message: 'It went wrong.', type, param: null, code: null } })
      this.#end()
    } else if (fault === 'clean-end') this.#end()
    else if (fault === 'abrupt-close' || fault === 'refuse') {
      this.#write('data: {"id":"chatc')
      this.#isOver = true
      cut(this.#asked)
    } else if (fault === 'garbage') this.#write('data: {"id":"chatc\n\n')
    else if (fault === 'wrong-order') this.#chunk({}, 'stop')
    else if (fault === 'huge') this.#chunk({ content: 'x'.repeat(hugeLength) })
    else if (fault === 'half-open' || fault === 'stall') await hang(this.#server, this.#asked)
  }

  #tellUsage(): void {
    if (this.#manner.without.includes('usage')) return
    this.#data({
      ...this.#head(),
      choices: [],
      usage: usageOf(this.#tokens, Math.ceil(this.#letters / 4)),
    })
  }

  #chunk(delta: object, finish_reason: string | null = null): void {
    this.#data({
      ...this.#head(),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    })
  }

  #head(): object {
    const id = this.#manner.without.includes('ids') ? '' : `chatcmpl-${this.#id}`
    const { model } = this.#body
    return { id, object: 'chat.completion.chunk', created: 1_780_000_000, model }
  }

  #data(value: object): void {
    const event = `data: ${JSON.stringify(value)}\n\n`
    this.#write(event)
    if (this.#fault === 'duplicate') this.#write(event)
  }

  #write(text: string): void {
    if (!this.#isOver) this.#server.write(this.#asked.response, text)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#asked.response.end()
  }
}

/** What the API says of tokens. */
export const usageOf = ({ prompt, cached }: ChatTokens, completion: number): object => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  prompt_tokens_details: { cached_tokens: cached, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
})
