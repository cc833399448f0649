import { defineBrain, type Clock, type Said } from 'voxgraph/plugin'
import { checkDialogue } from './check.ts'
import { readDialogue, type Dialogue } from './dialogue.ts'
import { follow, utter } from './follow.ts'
import { options, type DialogueSpec } from './options.ts'
import { tokensOf } from './words.ts'

/**
 * A dialogue written in the graph, in place of a model: rules with patterns and slots, answers that are
 * streamed word by word, tools. The same words always get the same answer.
 */
export default defineBrain({
  id: 'script-llm',
  summary: 'Answers by a dialogue that is written in the graph; stands in for a model.',
  options,
  setup({ options: spec, clock }) {
    const dialogue = openDialogue(spec)
    return {
      async *respond({ reason, messages, signal }): AsyncGenerator<Said> {
        const greeting = { text: dialogue.start, call: undefined, endsCall: false }
        const { text, call, endsCall } =
          reason === 'start' ? greeting : utter(dialogue, follow(dialogue, messages))
        yield* stream(text, clock, spec.token_delay, signal)
        if (signal.aborted) return
        if (call !== undefined) yield { tool: call.name, arguments: call.arguments }
        else if (endsCall) yield { tool: 'end_call', arguments: {} }
      },
    }
  },
})

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
