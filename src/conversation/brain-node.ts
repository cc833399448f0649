import type { Brain, Handlers, Out, Ports, Said, Signal } from '../define/index.ts'
import { interrupt, response, text, toolCall, toolResult, type Frame } from '../frames/index.ts'
import type { Host, Work } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/supervisor.ts'
import { createRecord } from './record.ts'
import { createSegmenter, createSpanner } from './spans.ts'
import { toAsync } from './to-async.ts'
import { createTools, endCall, type ToolCall } from './tools.ts'
import { initialTurns, takeTurn, type Reason, type TurnEvent } from './turns.ts'

/** Times that a brain may ask for tools before it must have answered. */
const mostRounds = 8

/**
 * A brain with the conversation in front of it: listens to what the caller says, decides when to ask the
 * brain, gives it what has been said and heard, runs its tools, and lets it be interrupted.
 */
export async function brainNode(host: Host, setup: BrainSetup): Promise<Handlers<Ports, Ports>> {
  const { clock, log, signal, metric, node } = host
  const { definition, options, shared } = setup
  const ctx = { options, shared, node, clock, log, signal, metric }
  const brain = await definition.setup(ctx as Parameters<typeof definition.setup>[0])
  const conversation = createConversation(host, brain, createTools(host, setup))
  return {
    text(frame: Frame) {
      if (frame.type === 'transcript' && !frame.final) return
      if (frame.type === 'transcript' || frame.type === 'text') conversation.said(frame.text, frame)
    },
    signal(frame: Signal) {
      if (frame.type === 'start') conversation.on({ type: 'start' }, frame)
      else if (frame.type === 'speech') {
        conversation.on({ type: 'speech', state: frame.state }, frame)
      } else if (frame.type === 'playout') conversation.heard(frame)
    },
    close: () => brain.close?.(),
  } as Handlers<Ports, Ports>
}

interface Conversation {
  on(event: TurnEvent, cause: Frame): void
  said(text: string, cause: Frame): void
  heard(fact: Extract<Signal, { type: 'playout' }>): void
}

function createConversation(
  host: Host,
  brain: Brain,
  tools: ReturnType<typeof createTools>,
): Conversation {
  const record = createRecord()
  let turns = initialTurns
  let spans = 0
  let calls = 0
  let hasAskedToEnd = false
  const segmenter = createSegmenter()

  const on = (event: TurnEvent, cause?: Frame): void => {
    const [next, commands] = takeTurn(turns, event)
    turns = next
    for (const command of commands) {
      if (command.type === 'interrupt') host.emit(interrupt({ reason: command.reason }), cause)
      else if (!hasAskedToEnd && !host.isEnding()) {
        host.spawn((work) => respond(command.reason, work), cause)
      }
    }
  }

  async function* respond(reason: Reason, work: Work): AsyncGenerator<Out> {
    yield response({ state: 'started', agent: host.node, reason })
    const number = work.response
    on({ type: 'responding', response: number })
    const spoken = yield* rounds(reason, work)
    yield response({ state: 'ended', agent: host.node, reason })
    // Nothing was said: there is nothing to hear and nothing to interrupt.
    if (!spoken) on({ type: 'finished', response: number })
    if (hasAskedToEnd) host.end('the agent ended the call')
  }

  /** Asks the brain until it has answered without asking for tools. */
  async function* rounds(first: Reason, work: Work): AsyncGenerator<Out, boolean> {
    let reason: Reason | 'tool-result' = first
    let hasSpoken = false
    for (let round = 0; round < mostRounds; round++) {
      const asked: ToolCall[] = []
      record.assistant(work.response)
      const spanner = createSpanner(() => ++spans, segmenter)
      for await (const said of ask(reason, work.signal)) {
        // A brain that does not listen to its signal may give one thing more.
        if (work.signal.aborted) return hasSpoken
        if (typeof said === 'string') {
          for (const piece of spanner.push(said)) {
            record.text(piece.span, piece.text)
            hasSpoken ||= piece.text.trim() !== ''
            yield text(piece)
          }
        } else {
          const callId = said.callId ?? `${host.node}-${++calls}`
          const call = { callId, name: said.tool, arguments: said.arguments }
          asked.push(call)
          record.call(callId, call.name, call.arguments)
          yield toolCall(call)
        }
      }
      if (asked.length === 0) return hasSpoken
      await Promise.all(asked.map(settle))
      // Cut meanwhile: the results are on record, the answer to them would be heard by nobody.
      if (hasAskedToEnd || work.signal.aborted) return hasSpoken
      reason = 'tool-result'
    }
    host.log.warn(`gave up after ${mostRounds} rounds of tools`)
    return hasSpoken
  }

  /** Its result is a fact, whatever becomes of the response that asked for it. */
  async function settle(call: ToolCall): Promise<void> {
    const result = await tools.run(call)
    if (call.name === endCall.name && result.status === 'ok') hasAskedToEnd = true
    record.settle(call.callId, result)
    host.emit(toolResult({ callId: call.callId, name: call.name, result }))
  }

  function ask(reason: Reason | 'tool-result', signal: AbortSignal): AsyncIterable<Said> {
    const messages = record.messages(host.isCut)
    const { summaries } = tools
    const said = brain.respond({ reason, messages, tools: summaries, vars: host.vars, signal })
    return toAsync(said)
  }

  return {
    on,
    said(words, cause) {
      if (words.trim() !== '') record.user(words)
      on({ type: 'said', text: words }, cause)
    },
    heard(fact) {
      record.heard(fact)
      const isWhole = fact.state === 'stopped' && fact.span === 0
      if (isWhole) on({ type: 'finished', response: fact.of }, fact)
    },
  }
}
