import type { Brain, Inference, Message, Said } from '../define/index.ts'
import { toolCall, toolResult } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import type { Clock } from '../time/clock.ts'
import type { CallMemory } from './call-memory.ts'
import { listen } from './listen.ts'
import { promptsOf } from './prompts.ts'
import { ConversationRecord } from './record.ts'
import { toAsync } from '../providers/to-async.ts'
import { Tools } from './tools.ts'

/** Longest text that is taken of an answer which nobody hears, in characters. */
export const longestQuietAnswer = 8_000
/** Times that it may ask for tools, and how many in one answer. */
const mostRounds = 4
const mostCalls = 16

/** Text that a brain gives to one question; what it says beyond the bound is not read. */
export async function quietAnswer(
  brain: Brain,
  inference: Inference,
  clock: Pick<Clock, 'breathe'>,
  called: (said: Extract<Said, { readonly tool: string }>) => boolean = () => false,
): Promise<string> {
  let text = ''
  const { signal } = inference
  for await (const said of listen(
    toAsync(() => brain.respond(inference)),
    signal,
    clock,
  )) {
    if (typeof said === 'string') text += said
    else if ('tool' in said && !called(said)) break
    if (text.length >= longestQuietAnswer) break
  }
  return text.slice(0, longestQuietAnswer).trim()
}

/** A brain that is asked and answers in text, with tools of its own, and is never heard. */
export class QuietMind {
  readonly #host: Host
  readonly #setup: BrainSetup
  readonly #brain: Brain
  readonly #memory: CallMemory
  readonly #tools: Tools
  readonly #records = new Map<string, ConversationRecord>()

  constructor(host: Host, setup: BrainSetup, brain: Brain, memory: CallMemory) {
    this.#host = host
    this.#setup = setup
    this.#brain = brain
    this.#memory = memory
    this.#tools = new Tools(
      host,
      setup,
      { agent: undefined, memory },
      {
        settled: ({ callId, name }, outcome) => {
          this.#records.get(callId)?.settle(callId, outcome)
          this.#records.delete(callId)
          host.emit(toolResult({ callId, name, result: outcome }))
        },
        working: () => undefined,
        handOver: () => 'It has no call to hand over.',
        transfer: () => 'It has no call to give away.',
        escort: () => 'It has no call to give away.',
      },
    )
  }

  /** Asks once. What the brain throws is thrown. */
  async ask(
    reason: 'consult' | 'note',
    messages: readonly Message[],
    signal: AbortSignal,
  ): Promise<string> {
    const { host, record } = { host: this.#host, record: new ConversationRecord() }
    for (const message of messages) record.note(message)
    const { prompt } = promptsOf(this.#setup.options, host.vars, undefined)
    for (let round = 0; ; round++) {
      const calls: Promise<unknown>[] = []
      const inference: Inference = {
        reason: round === 0 ? reason : 'tool-result',
        ...{ prompt, instruction: undefined, signal },
        messages: record.messages(host.isCut),
        tools: this.#tools.summaries,
        vars: host.vars.current,
      }
      const text = await quietAnswer(this.#brain, inference, host.clock, (said) => {
        calls.push(this.#call(said, record))
        return calls.length < mostCalls
      })
      await Promise.all(calls)
      if (calls.length === 0 || round === mostRounds || signal.aborted) return text
    }
  }

  #call(
    said: Extract<Said, { readonly tool: string }>,
    record: ConversationRecord,
  ): Promise<unknown> {
    const callId = this.#memory.callId(said.callId, this.#host.node)
    const call = { callId, name: said.tool, arguments: said.arguments }
    record.call(call)
    this.#records.set(callId, record)
    this.#host.emit(toolCall(call))
    return this.#tools.request(call, 0)
  }
}
