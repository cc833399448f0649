import type { Inference, Message } from '../../define/index.ts'
import type { Json } from '../../frames/index.ts'

/** One thing that a model is told, whoever's API it comes by. */
export type Told =
  | { readonly role: 'user' | 'assistant'; readonly text: string }
  | {
      readonly role: 'tool'
      readonly callId: string
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
      /** What it answered, as it was told. */
      readonly content: string
      readonly failed: boolean
    }

/** A request to a model: what it is told to be, what was said, what it may call. */
export interface ToldModel {
  readonly system: string
  readonly told: readonly Told[]
  readonly tools: readonly string[]
}

/** What a model's question comes down to for a brain of this house. */
export type AskedMind = Pick<Inference, 'reason' | 'prompt' | 'instruction' | 'messages'>

type Tool = Extract<Message, { readonly role: 'tool' }>
type Handoff = Extract<Message, { readonly role: 'handoff' }>

/**
 * Reads a request back into what the conversation asked. Our own marks (remarks in square brackets, <handoff>, <late-result>,
 * <now>, <instruction>) become what they stand for; what anybody else writes is what the caller said.
 */
export function mindOf({ system, told }: ToldModel): AskedMind {
  const reader = new Reader()
  for (const one of told) {
    if (one.role === 'tool') reader.tool(one)
    else if (one.role === 'user') reader.user(one.text)
    else reader.assistant(one.text)
  }
  const { messages, instruction, isSilent } = reader
  return {
    prompt: system,
    messages,
    instruction,
    reason: reasonOf(messages, instruction, isSilent),
  }
}

function reasonOf(
  messages: readonly Message[],
  instruction: string | undefined,
  isSilent: boolean,
): Inference['reason'] {
  const last = messages.at(-1)
  if (last === undefined) return 'start'
  if (last.role === 'tool') return 'tool-result'
  if (last.role === 'handoff') return 'handoff'
  if (instruction !== undefined) return 'summary'
  return isSilent ? 'note' : 'turn'
}

/** A mark of ours on lines of its own, or a line of the user. */
const parts =
  /^<(handoff|earlier-tool-call|late-result|now|instruction)>\n([\s\S]*?)\n<\/\1>$|^(\[The [^\]]*\])$|^(.+)$/gm

class Reader {
  readonly messages: Message[] = []
  instruction: string | undefined
  /** The caller has said nothing since the model spoke. */
  isSilent = false

  user(text: string): void {
    for (const [whole, tag, body = '', remark] of text.matchAll(parts)) {
      if (tag !== undefined) this.#mark(tag, body)
      else if (remark !== undefined) this.#remark(remark)
      else this.#add({ role: 'user', text: whole })
    }
  }

  assistant(text: string): void {
    this.isSilent = false
    this.messages.push({ role: 'assistant', text, generated: text, interrupted: false })
  }

  tool({ content, failed, ...call }: Extract<Told, { readonly role: 'tool' }>): void {
    const isPending = content.startsWith('This is still at work.')
    const result: Tool['result'] = isPending
      ? { status: 'pending' }
      : failed || /^(error|timeout|cancelled): /.test(content)
        ? { status: 'error', message: content }
        : { status: 'ok', value: valueOf(content) }
    this.#add({ ...call, result })
  }

  #add(message: Message): void {
    this.isSilent = false
    this.messages.push(message)
  }

  #remark(remark: string): void {
    if (/says nothing/.test(remark)) this.isSilent = true
    if (!/interrupted/.test(remark)) return
    const index = this.messages.findLastIndex(({ role }) => role === 'assistant')
    const cut = this.messages[index]
    if (cut?.role === 'assistant') this.messages[index] = { ...cut, interrupted: true }
  }

  #mark(tag: string, body: string): void {
    if (tag === 'instruction') this.instruction = body
    else if (tag === 'now') this.#now(body)
    else if (tag === 'handoff') {
      const { from = '', pass = {}, summary } = valueOf(body) as unknown as Partial<Handoff>
      const more = summary === undefined ? {} : { summary }
      this.#add({ role: 'handoff', from, pass, ...more, unavailable: [] })
    } else if (tag === 'late-result') {
      const { tool, result } = valueOf(body) as unknown as { tool: string; result: Tool['result'] }
      this.#settle(tool, result)
    }
  }

  /** What tools that are at work have told of themselves. */
  #now(body: string): void {
    for (const [, name = '', progress = ''] of body.matchAll(/^(\S+) is at work: (.*)$/gm)) {
      this.#settle(name, { status: 'pending', progress })
    }
  }

  #settle(name: string, result: Tool['result']): void {
    const index = this.messages.findLastIndex(
      (message) => message.role === 'tool' && message.name === name,
    )
    const called = this.messages[index]
    if (called?.role !== 'tool') return
    this.messages[index] = { ...called, result }
    this.isSilent = false
  }
}

/** JSON as what it means; a text as itself. */
function valueOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
