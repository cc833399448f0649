import type Anthropic from '@anthropic-ai/sdk'
import type { Message } from 'voxgraph/plugin'
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
type Called = Extract<Message, { readonly role: 'tool' }>

/**
 * The first thing that is told: the service wants the user to begin, also where the agent speaks first. It
 * stands there always, for a greeting that nobody heard is gone from the record.
 */
export const opening = '[The caller is on the line.]'
const interrupted =
  '[The caller interrupted; of your last answer only what stands above was heard.]'
const pending =
  'This is still at work. You are told when there is a result. Do not ask for the same again.'

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
    else if (message.role === 'handoff') history.user(handoffText(message))
    else if (message.role === 'late') history.user(lateText(message))
    else if (!known.has(message.name)) history.user(dataOf('earlier-tool-call', callOf(message)))
    else {
      const calls = parallelCalls(messages, index, known)
      history.calls(calls)
      index += calls.length - 1
      for (const { name, result } of calls) {
        if (result.status !== 'pending' || result.progress === undefined) continue
        news.push(`${name} is at work: ${withoutTags(result.progress)}`)
      }
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

  calls(calls: readonly Called[]): void {
    for (const { callId, name, arguments: input } of calls) {
      this.#add('assistant', { type: 'tool_use', id: idOf(callId), name, input })
    }
    for (const { callId, result } of calls) {
      const told = { type: 'tool_result', tool_use_id: idOf(callId) } as const
      if (result.status === 'pending') this.#add('user', { ...told, content: pending })
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
    this.#add('user', { type: 'text', text: interrupted })
  }

  #add(role: Turn['role'], block: Block): void {
    const last = this.#turns.at(-1)
    if (last?.role === role) last.content.push(block)
    else this.#turns.push({ role, content: [block] })
  }
}

/**
 * Calls of one answer, told as they were asked for: at once. Whoever asked is in the id (see `callIdOf`);
 * where it is not, each call stands alone, so that a later one does not change how the first is told.
 */
function parallelCalls(
  messages: readonly Told[],
  from: number,
  known: ReadonlySet<string>,
): readonly Called[] {
  const calls: Called[] = []
  for (const message of messages.slice(from)) {
    if (message.role !== 'tool' || !known.has(message.name)) break
    const asked = askedIn(message.callId)
    const first = calls[0]
    if (first !== undefined && (asked === undefined || asked !== askedIn(first.callId))) break
    calls.push(message)
  }
  return calls
}

/** Id of a tool call: the answer that it came in, and its place there. */
export const callIdOf = (answer: string, index: number): string => `${answer}.${index}`

const askedIn = (callId: string): string | undefined => /^(.+)\.\d+$/.exec(callId)?.[1]

/** The service takes letters, digits, `_` and `-`. */
const idOf = (callId: string): string => callId.replace(/[^\w-]/g, '-')

const callOf = ({ name, arguments: args, result }: Called): unknown => ({
  tool: name,
  arguments: args,
  result: result.status === 'pending' ? { status: 'pending' } : result,
})

function handoffText(message: Extract<Message, { readonly role: 'handoff' }>): string {
  const { from, pass, summary, failure } = message
  // Which of its own hand-offs are used up changes: that is told with what may be called now.
  return dataOf('handoff', { from, pass, summary, failure })
}

const lateText = ({ name, result }: LateResult): string =>
  dataOf('late-result', { tool: name, result })

/** A value as a block of its own. Nothing in it can end the block: it is JSON without a `<`. */
const dataOf = (tag: string, value: unknown): string =>
  `<${tag}>\n${JSON.stringify(value).replaceAll('<', String.raw`\u003c`)}\n</${tag}>`

/** Tags that mean something to the model: see `manners`. */
const tags = /<(?=\/?(?:handoff|earlier-tool-call|late-result|now|instruction)\b)/gi

/** What a caller or a tool says cannot pass for ours. */
export const withoutTags = (text: string): string => text.replace(tags, '‹')

/** A result as text; the empty one as JSON, for no block may be empty. */
const shown = (value: unknown): string =>
  withoutTags(typeof value === 'string' && value.trim() !== '' ? value : JSON.stringify(value))
