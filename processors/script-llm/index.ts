import { defineBrain, type Clock, type Inference, type Message, type Said } from 'voxgraph/plugin'
import { checkDialogue } from './check.ts'
import { readDialogue, type Dialogue } from './dialogue.ts'
import { follow, utter, type Utterance } from './follow.ts'
import { options, type DialogueSpec } from './options.ts'
import { fillIn } from './reply.ts'
import { tokensOf } from './words.ts'

/**
 * A dialogue written in the graph, in place of a model: rules with patterns and slots, answers that are
 * streamed word by word, tools. The same words always get the same answer.
 */
export default defineBrain({
  id: 'script-llm',
  summary: 'Answers by a dialogue that is written in the graph; stands in for a model.',
  options,
  setup({ options: spec, tools, clock }) {
    const dialogue = openDialogue({ ...spec, tools: [...tools] })
    const settled = new Set<string>()
    return {
      async *respond(inference): AsyncGenerator<Said> {
        const { signal } = inference
        const { text, call, endsCall } = answerTo(dialogue, spec, inference, settled)
        yield* stream(text, clock, spec.token_delay, signal)
        if (signal.aborted) return
        if (call !== undefined) yield { tool: call.name, arguments: call.arguments }
        else if (endsCall) yield { tool: 'end_call', arguments: {} }
      },
    }
  },
})

/** What the dialogue says to an inference; `settled` are the tools of whose results it has spoken. */
function answerTo(
  dialogue: Dialogue,
  spec: DialogueSpec,
  inference: Inference,
  settled: Set<string>,
): Utterance {
  const { reason, instruction, messages } = inference
  const only = (text: string): Utterance => ({ text, call: undefined, endsCall: false })
  if (reason === 'start') return only(dialogue.start)
  const told = reason === 'tool-result' ? messages.slice(0, newsEnd(messages, settled)) : messages
  const state = follow(dialogue, told)
  if (reason === 'summary') return only(fillIn(spec.summary, { ...state, result: undefined }))
  const isKnown = state.move?.rule !== undefined
  if (reason === 'handoff' && instruction !== undefined && dialogue.start !== '') {
    return only(dialogue.start)
  }
  if (reason === 'handoff' && !isKnown && spec.resume !== '') return only(spec.resume)
  // Nobody hears it: what it has no rule for is no news.
  if (reason === 'note' && (!isKnown || messages.at(-1)?.role !== 'user')) return only('')
  return utter(dialogue, state)
}

/** The place behind the newest result that has not been spoken of: what came later was another matter. */
function newsEnd(messages: readonly Message[], settled: Set<string>): number {
  let end = messages.length
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'tool' || message.result.status === 'pending') continue
    if (settled.has(message.callId)) continue
    settled.add(message.callId)
    end = index + 1
  }
  return end
}

/**
 * Reads a dialogue and checks it.
 * @throws Error that names everything that is wrong with it
 */
export function openDialogue(spec: DialogueSpec): Dialogue {
  const faults: string[] = []
  const fault = (text: string): void => {
    if (!faults.includes(text)) faults.push(text)
  }
  const dialogue = readDialogue(spec, fault)
  checkDialogue(dialogue, fault)
  if (faults.length === 0) return dialogue
  const count = faults.length === 1 ? 'one fault' : `${faults.length} faults`
  throw new Error(`the dialogue has ${count}: ${faults.join('; ')}`)
}

async function* stream(
  text: string,
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  for (const token of tokensOf(text)) {
    if (delayMs > 0) await clock.sleep(delayMs, signal).catch(() => undefined)
    if (signal.aborted) return
    yield token
  }
}
