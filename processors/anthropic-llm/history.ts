import type Anthropic from '@anthropic-ai/sdk'
import {
  callsOfAnswer,
  dataBlock,
  handoffBlock,
  progressOf,
  remarks,
  withoutTags as tagsRemoved,
  type Message,
  type ToolMessage,
} from 'voxgraph/plugin'
import type { LateResult } from './late-results.ts'

type Text = Anthropic.TextBlockParam
/** What the history is made of. */
export type Block = Text | Anthropic.ToolUseBlockParam | Anthropic.ToolResultBlockParam
/** What one side says in one go. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly content: Block[]
}

/** The history as the service wants it, and what is true now and will not be in the next question. */
export interface History {
  readonly turns: readonly Turn[]
  readonly news: readonly string[]
}

/** What there is to tell, in order. */
type Told = Message | LateResult

/**
 * The first thing that is told: the service wants the user to begin, also where the agent speaks first. It
 * stands there always, for a greeting that nobody heard is gone from the record.
 */
export const opening = '[The caller is on the line.]'
/**
 * What the model is told of the conversation. It is written so that what has been told once keeps its bytes:
 * every message becomes the same blocks whatever comes after it, and what will have changed by the next
 * question is not among them but in `news`. The two sides alternate, no block is empty, and every tool call
 * has its result in the user's turn right behind it.
 *
 * @param known names of the tools that the question offers; calls of others are told as data
 */
export function historyOf(messages: readonly Told[], known: ReadonlySet<string>): History {
  const history = new HistoryWriter()
  const news: string[] = []
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index]
    if (message === undefined) continue
    if (message.role === 'user') history.user(withoutTags(message.text))
    else if (message.role === 'assistant') history.assistant(message.text, message.interrupted)
    else if (message.role === 'handoff') history.user(handoffBlock(message))
    else if (message.role === 'late') history.user(lateText(message))
    else if (!known.has(message.name)) history.user(dataBlock('earlier-tool-call', callOf(message)))
    else {
      const calls = callsOfAnswer(messages, index, askedIn, ({ name }) => known.has(name))
      history.calls(calls)
      index += calls.length - 1
      news.push(...progressOf(calls, withoutTags))
    }
  }
  return { turns: history.end(), news }
}

class HistoryWriter {
  readonly #turns: Turn[] = [{ role: 'user', content: [{ type: 'text', text: opening }] }]
  #wasCut = false

  user(text: string): void {
    if (text.trim() === '') return
    this.#mark()
    this.#add('user', { type: 'text', text })
  }

  assistant(text: string, wasCut: boolean): void {
    if (text.trim() === '') return
    this.#mark()
    this.#add('assistant', { type: 'text', text })
    this.#wasCut = wasCut
  }

  calls(calls: readonly ToolMessage[]): void {
    for (const { callId, name, arguments: input } of calls) {
      this.#add('assistant', { type: 'tool_use', id: idOf(callId), name, input })
    }
    for (const { callId, result } of calls) {
      const told = { type: 'tool_result', tool_use_id: idOf(callId) } as const
      if (result.status === 'pending') this.#add('user', { ...told, content: remarks.pending })
      else if (result.status === 'ok') this.#add('user', { ...told, content: shown(result.value) })
      else this.#add('user', { ...told, content: result.message || result.status, is_error: true })
    }
  }

  end(): readonly Turn[] {
    this.#mark()
    return this.#turns
  }

  /** An answer was cut: that is said behind the results of the tools it called, where there are any. */
  #mark(): void {
    if (!this.#wasCut) return
    this.#wasCut = false
    this.#add('user', { type: 'text', text: remarks.interrupted })
  }

  #add(role: Turn['role'], block: Block): void {
    const last = this.#turns.at(-1)
    if (last?.role === role) last.content.push(block)
    else this.#turns.push({ role, content: [block] })
  }
}

/** Id of a tool call: the answer that it came in, and its place there. */
export const callIdOf = (answer: string, index: number): string => `${answer}.${index}`

const askedIn = (callId: string): string | undefined => /^(.+)\.\d+$/.exec(callId)?.[1]

/** The service takes letters, digits, `_` and `-`. */
const idOf = (callId: string): string => callId.replace(/[^\w-]/g, '-')

const callOf = ({ name, arguments: args, result }: ToolMessage): unknown => ({
  tool: name,
  arguments: args,
  result: result.status === 'pending' ? { status: 'pending' } : result,
})

const lateText = ({ name, result }: LateResult): string =>
  dataBlock('late-result', { tool: name, result })

/** Takes from what a caller or a tool says the tags that mean something to the model: see `manners`. */
export const withoutTags = tagsRemoved([
  'handoff',
  'earlier-tool-call',
  'late-result',
  'now',
  'instruction',
])

/** A result as text; the empty one as JSON, for no block may be empty. */
const shown = (value: unknown): string =>
  withoutTags(typeof value === 'string' && value.trim() !== '' ? value : JSON.stringify(value))
