import type { FaultName } from './emulator.ts'
import { hugeLength, type Asked, type EmulatorServer } from './server.ts'
import type { CachedTokens } from './anthropic-cache.ts'
import type { MessageBody } from './anthropic-request.ts'

/** Why an answer of the service is over. */
export type EmulatedStop =
  | 'end_turn'
  | 'max_tokens'
  | 'tool_use'
  | 'pause_turn'
  | 'refusal'
  | 'model_context_window_exceeded'

/** A piece of what an emulated model says; `json` are arguments as they are sent, right or wrong. */
export type EmulatedPiece =
  | { readonly text: string }
  | { readonly tool: string; readonly arguments: object }
  | { readonly tool: string; readonly json: string }
  | { readonly stop: EmulatedStop }

/** How fast an answer comes, and what an error in the middle of it is called. */
export interface AnswerPace {
  /** Ms before the first piece. */
  readonly delayMs: number
  /** Ms before each further piece. */
  readonly tokenMs: number
  /** Type of the error that `error-mid-stream` sends. */
  readonly errorType: string
}

/** Ms between two pieces of an answer that comes much too slowly. */
const dripMs = 2000
/** Pieces that are sent before an answer goes wrong in its middle. */
const piecesBefore = 2

/** Faults that show before anything is said. */
const early: readonly FaultName[] = ['stall', 'wrong-order']

/** One answer on its way. */
export class AnswerOnItsWay {
  readonly #server: EmulatorServer
  readonly #asked: Asked
  readonly #tokens: CachedTokens
  readonly #body: MessageBody
  readonly #id: string
  readonly #pace: AnswerPace
  #fault: FaultName | undefined
  #isOver = false
  #index = 0
  #pieces = 0
  #letters = 0
  #open: 'text' | undefined

  constructor(
    server: EmulatorServer,
    asked: Asked,
    of: {
      readonly id: string
      readonly body: MessageBody
      readonly tokens: CachedTokens
      readonly pace: AnswerPace
      readonly fault: FaultName | undefined
    },
  ) {
    this.#server = server
    this.#asked = asked
    this.#id = of.id
    this.#body = of.body
    this.#tokens = of.tokens
    this.#pace = of.pace
    this.#fault = of.fault
  }

  /** Says all of it, event by event, or as much as goes well. */
  async stream(pieces: AsyncIterable<EmulatedPiece> | Iterable<EmulatedPiece>): Promise<void> {
    const { response, signal } = this.#asked
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      'request-id': `req_${this.#id}`,
    })
    response.flushHeaders()
    if (this.#fault === 'stall') await this.#hang()
    await this.#sleep(this.#pace.delayMs)
    this.#event('message_start', { message: messageOf(this.#id, this.#body.model, this.#usage(1)) })
    this.#event('ping', {})
    if (this.#fault === 'wrong-order') await this.spoil('wrong-order')
    let stop: EmulatedStop = 'end_turn'
    for await (const piece of pieces) {
      if (this.#isOver || signal.aborted) return
      if ('stop' in piece) {
        stop = piece.stop
        break
      }
      if ('tool' in piece) stop = 'tool_use'
      await this.#say(piece)
      if (this.#outTokens >= this.#body.max_tokens) {
        stop = 'max_tokens'
        break
      }
    }
    await this.#spoilLate()
    this.#close()
    const delta = { stop_reason: stop, stop_sequence: null, container: null, stop_details: null }
    const details = stop === 'refusal' ? refusalDetails : null
    this.#event('message_delta', {
      delta: { ...delta, stop_details: details },
      usage: this.#usage(this.#outTokens),
    })
    this.#event('message_stop', {})
    this.#end()
  }

  /** Something goes wrong now. */
  async spoil(fault: FaultName): Promise<void> {
    const { response } = this.#asked
    switch (fault) {
      case 'error-mid-stream':
        this.#event('error', {
          error: { details: null, type: this.#pace.errorType, message: 'It went wrong.' },
          request_id: `req_${this.#id}`,
        })
        return this.#end()
      case 'clean-end':
        return this.#end()
      case 'abrupt-close':
      case 'refuse':
        this.#server.write(response, 'event: content_block_delta\ndata: {"type":"content_bl')
        this.#isOver = true
        // What was written goes out first.
        return void setImmediate(() => response.socket?.resetAndDestroy())
      case 'garbage':
        return this.#server.write(response, 'event: content_block_delta\ndata: {"type":"con\n\n')
      case 'wrong-order':
        return this.#event('content_block_delta', {
          index: 7,
          delta: { type: 'text_delta', text: '?' },
        })
      case 'huge':
        return this.#text('x'.repeat(hugeLength))
      case 'stall':
      case 'half-open':
        return this.#hang()
      case 'drip':
      case 'duplicate':
        this.#fault = fault
        return
      default:
    }
  }

  async #say(piece: Exclude<EmulatedPiece, { readonly stop: unknown }>): Promise<void> {
    if ('text' in piece) {
      for (const token of piece.text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
        await this.#pacing()
        if (this.#isOver) return
        this.#text(token)
        if (this.#outTokens >= this.#body.max_tokens) return
      }
      return
    }
    await this.#pacing()
    this.#close()
    const id = `toolu_${this.#id}_${this.#index}`
    const block = { type: 'tool_use', id, name: piece.tool, input: {}, caller: { type: 'direct' } }
    this.#event('content_block_start', { index: this.#index, content_block: block })
    const json = 'json' in piece ? piece.json : JSON.stringify(piece.arguments)
    this.#letters += json.length
    // The service begins with nothing, and cuts wherever it likes.
    for (const partial of ['', ...(json.match(/.{1,9}/gs) ?? [])]) {
      const delta = { type: 'input_json_delta', partial_json: partial }
      this.#event('content_block_delta', { index: this.#index, delta })
    }
    this.#event('content_block_stop', { index: this.#index++ })
  }

  #text(text: string): void {
    const { index } = { index: this.#index }
    if (this.#open === undefined) {
      this.#open = 'text'
      const block = { type: 'text', text: '', citations: null }
      this.#event('content_block_start', { index, content_block: block })
    }
    this.#letters += text.length
    this.#event('content_block_delta', { index, delta: { type: 'text_delta', text } })
  }

  /** The next piece comes in its time, unless something goes wrong before. */
  async #pacing(): Promise<void> {
    if (this.#fault === 'drip') await this.#sleep(dripMs)
    else if (this.#pieces > 0) await this.#sleep(this.#pace.tokenMs)
    this.#pieces++
    if (this.#pieces > piecesBefore) await this.#spoilLate()
  }

  async #spoilLate(): Promise<void> {
    const fault = this.#fault
    if (fault === undefined || early.includes(fault)) return
    if (fault === 'drip' || fault === 'duplicate') return
    this.#fault = undefined
    await this.spoil(fault)
  }

  /** Nothing comes until the emulator is healed; then it goes on. */
  async #hang(): Promise<void> {
    const gone = new Promise<void>((resolve) => {
      this.#asked.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await Promise.race([this.#server.healed, gone])
  }

  async #sleep(ms: number): Promise<void> {
    if (ms <= 0) return
    await this.#server.clock.sleep(ms, this.#asked.signal).catch(() => undefined)
  }

  #close(): void {
    if (this.#open === undefined) return
    this.#open = undefined
    this.#event('content_block_stop', { index: this.#index++ })
  }

  #event(type: string, fields: object): void {
    if (this.#isOver) return
    const event = `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
    this.#server.write(this.#asked.response, event)
    if (this.#fault === 'duplicate') this.#server.write(this.#asked.response, event)
  }

  #end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#asked.response.end()
  }

  get #outTokens(): number {
    return Math.ceil(this.#letters / 4)
  }

  #usage(output: number): object {
    return usageOf(this.#tokens, output)
  }
}

const refusalDetails = { type: 'refusal', category: 'general_harms', explanation: null }

/** A message as it begins: nothing in it. */
export const messageOf = (id: string, model: string, usage: object): object => ({
  ...{ id, type: 'message', role: 'assistant', model, content: [], container: null, usage },
  ...{ stop_reason: null, stop_sequence: null, stop_details: null },
})

/** What the service counts. */
export const usageOf = ({ input, read, written }: CachedTokens, output: number): object => ({
  input_tokens: input,
  cache_read_input_tokens: read,
  cache_creation_input_tokens: written['5m'] + written['1h'],
  cache_creation: {
    ephemeral_5m_input_tokens: written['5m'],
    ephemeral_1h_input_tokens: written['1h'],
  },
  output_tokens: output,
  ...{ output_tokens_details: null, server_tool_use: null, inference_geo: null },
  ...{ service_tier: 'standard', speed: null },
})
