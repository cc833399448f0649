import type { Brain, Out, Said } from '../define/index.ts'
import {
  interrupt,
  response,
  text,
  toolCall,
  toolResult,
  type Frame,
  type PlayoutFrame,
} from '../frames/index.ts'
import type { Host, Work } from '../kernel/host.ts'
import { ConversationRecord } from './record.ts'
import { createSegmenter, createSpanner } from './spans.ts'
import { toAsync } from './to-async.ts'
import { endCall, type ToolCall, type Tools } from './tools.ts'
import { initialTurns, takeTurn, type Reason, type TurnEvent } from './turns.ts'

/** Times that a brain may ask for tools before it must have answered. */
const mostRounds = 8

/** What goes on between a caller and a brain: the reducer decides, this carries it out. */
export class Conversation {
  readonly #host: Host
  readonly #brain: Brain
  readonly #tools: Tools
  readonly #record = new ConversationRecord()
  readonly #segmenter = createSegmenter()
  #turns = initialTurns
  #spans = 0
  #calls = 0
  #hasAskedToEnd = false

  constructor(host: Host, brain: Brain, tools: Tools) {
    this.#host = host
    this.#brain = brain
    this.#tools = tools
  }

  /** Something happened; `cause` is the frame that told of it. */
  on(event: TurnEvent, cause?: Frame): void {
    const [next, commands] = takeTurn(this.#turns, event)
    this.#turns = next
    for (const command of commands) {
      if (command.type === 'interrupt') {
        this.#host.emit(interrupt({ reason: command.reason }), cause)
      } else if (!this.#hasAskedToEnd && !this.#host.isEnding()) {
        this.#host.spawn((work) => this.#respond(command.reason, work), cause)
      }
    }
  }

  /** The caller said something; empty when there was sound and no words in it. */
  said(words: string, cause: Frame): void {
    if (words.trim() !== '') this.#record.user(words)
    this.on({ type: 'said', text: words }, cause)
  }

  /** The transport says what the caller has heard. */
  heard(fact: PlayoutFrame): void {
    this.#record.heard(fact)
    const isWhole = fact.state === 'stopped' && fact.span === 0
    if (isWhole) this.on({ type: 'finished', response: fact.of }, fact)
  }

  async *#respond(reason: Reason, work: Work): AsyncGenerator<Out> {
    const agent = this.#host.node
    yield response({ state: 'started', agent, reason })
    const number = work.response
    this.on({ type: 'responding', response: number })
    const hasSpoken = yield* this.#rounds(reason, work)
    yield response({ state: 'ended', agent, reason })
    // Nothing was said: there is nothing to hear and nothing to interrupt.
    if (!hasSpoken) this.on({ type: 'finished', response: number })
    if (this.#hasAskedToEnd) this.#host.end('the agent ended the call')
  }

  /** Asks the brain until it has answered without asking for tools. @returns whether it has spoken */
  async *#rounds(first: Reason, work: Work): AsyncGenerator<Out, boolean> {
    let reason: Reason | 'tool-result' = first
    let hasSpoken = false
    for (let round = 0; round < mostRounds; round++) {
      const asked: ToolCall[] = []
      hasSpoken = (yield* this.#inference(reason, work, asked)) || hasSpoken
      if (asked.length === 0) return hasSpoken
      await Promise.all(asked.map((call) => this.#settle(call)))
      // Cut meanwhile: the results are on record, the answer to them would be heard by nobody.
      if (this.#hasAskedToEnd || work.signal.aborted) return hasSpoken
      reason = 'tool-result'
    }
    this.#host.log.warn(`gave up after ${mostRounds} rounds of tools`)
    return hasSpoken
  }

  /** One question to the brain: gives its text, and adds the tools it asks for to `asked`. */
  async *#inference(
    reason: Reason | 'tool-result',
    work: Work,
    asked: ToolCall[],
  ): AsyncGenerator<Out, boolean> {
    let hasSpoken = false
    const spanner = createSpanner(() => ++this.#spans, this.#segmenter)
    const said = this.#ask(reason, work.signal)
    this.#record.assistant(work.response)
    for await (const one of said) {
      // A brain that does not listen to its signal may give one thing more.
      if (work.signal.aborted) return hasSpoken
      if (typeof one !== 'string') {
        const call = this.#called(one)
        asked.push(call)
        yield toolCall(call)
        continue
      }
      for (const piece of spanner.push(one)) {
        this.#record.text(piece.span, piece.text)
        hasSpoken ||= piece.text.trim() !== ''
        yield text(piece)
      }
    }
    return hasSpoken
  }

  #ask(reason: Reason | 'tool-result', signal: AbortSignal): AsyncIterable<Said> {
    const messages = this.#record.messages(this.#host.isCut)
    const { vars } = this.#host
    return toAsync(
      this.#brain.respond({ reason, messages, tools: this.#tools.summaries, vars, signal }),
    )
  }

  #called(said: Exclude<Said, string>): ToolCall {
    const callId = said.callId ?? `${this.#host.node}-${++this.#calls}`
    this.#record.call(callId, said.tool, said.arguments)
    return { callId, name: said.tool, arguments: said.arguments }
  }

  /** Its result is a fact, whatever becomes of the response that asked for it. */
  async #settle(call: ToolCall): Promise<void> {
    const result = await this.#tools.run(call)
    if (call.name === endCall.name && result.status === 'ok') this.#hasAskedToEnd = true
    this.#record.settle(call.callId, result)
    this.#host.emit(toolResult({ callId: call.callId, name: call.name, result }))
  }
}
