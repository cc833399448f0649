import type { Message } from '../define/index.ts'
import type { Json, PlayoutFrame, ToolOutcome } from '../frames/index.ts'

/** Letters spoken in a second, until the voice has been heard; ordinary English at 160 words a minute. */
const usualLettersPerMs = 0.014

interface Span {
  text: string
  /** Milliseconds heard; undefined before its sound begins. */
  heardMs: number | undefined
  isOver: boolean
  isCut: boolean
}

type Entry =
  | { readonly kind: 'user'; readonly text: string }
  | { readonly kind: 'assistant'; readonly response: number; readonly spans: Span[] }
  | {
      readonly kind: 'tool'
      readonly callId: string
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
      result: ToolOutcome | undefined
    }

/** What was said on both sides, and what of it was heard. It grows with the conversation. */
export class ConversationRecord {
  readonly #entries: Entry[] = []
  /** Spans that may yet be heard, by id. */
  readonly #spans = new Map<number, Span>()
  #lettersPerMs = usualLettersPerMs
  #current: Extract<Entry, { kind: 'assistant' }> | undefined
  #doesTransportTell = false

  /** The caller said something. */
  user(text: string): void {
    this.#entries.push({ kind: 'user', text })
  }

  /** The bot begins to say something in a response. */
  assistant(response: number): void {
    this.#current = { kind: 'assistant', response, spans: [] }
    this.#entries.push(this.#current)
  }

  /** Text of a span, in pieces. */
  text(id: number, text: string): void {
    let span = this.#spans.get(id)
    if (span === undefined && this.#current !== undefined) {
      span = { text: '', heardMs: undefined, isOver: false, isCut: false }
      this.#spans.set(id, span)
      this.#current.spans.push(span)
    }
    if (span !== undefined) span.text += text
  }

  /** What the transport says was heard. */
  heard({ span: id, state, heardMs, cut }: PlayoutFrame): void {
    this.#doesTransportTell = true
    const span = this.#spans.get(id)
    if (span === undefined) return
    span.heardMs = heardMs
    if (state !== 'stopped') return
    span.isOver = true
    span.isCut = cut
    this.#spans.delete(id)
    if (!cut && heardMs > 0) this.#lettersPerMs = span.text.length / heardMs
  }

  /** A tool is called. */
  call(callId: string, name: string, args: { readonly [key: string]: Json }): void {
    this.#entries.push({ kind: 'tool', callId, name, arguments: args, result: undefined })
  }

  /** A tool call is settled. */
  settle(callId: string, result: ToolOutcome): void {
    for (const entry of this.#entries) {
      if (entry.kind === 'tool' && entry.callId === callId) entry.result = result
    }
  }

  /** What the model is told now: a fresh list. */
  messages(isCut: (response: number) => boolean): readonly Message[] {
    const messages: Message[] = []
    for (const entry of this.#entries) {
      const message = this.#messageOf(entry, isCut)
      const last = messages.at(-1)
      if (message === undefined) continue
      if (message.role === 'user' && last?.role === 'user') {
        messages[messages.length - 1] = { role: 'user', text: `${last.text} ${message.text}` }
      } else messages.push(message)
    }
    return messages
  }

  #messageOf(entry: Entry, isCut: (response: number) => boolean): Message | undefined {
    if (entry.kind === 'user') return { role: 'user', text: entry.text }
    if (entry.kind === 'tool') {
      const { callId, name, result = { status: 'pending' } } = entry
      return { role: 'tool', callId, name, arguments: entry.arguments, result }
    }
    const cut = isCut(entry.response)
    const generated = entry.spans.map((span) => span.text).join('')
    const text = entry.spans.map((span) => this.#heardOf(span, cut)).join('')
    if (text.trim() === '') return undefined
    return { role: 'assistant', text: text.trim(), generated, interrupted: text !== generated }
  }

  /** What was heard of a span: all of it, nothing, or up to the last whole word. */
  #heardOf(span: Span, isCut: boolean): string {
    if (!this.#doesTransportTell || !isCut) return span.text
    if (span.isOver && !span.isCut) return span.text
    if (span.heardMs === undefined) return ''
    return wholeWords(span.text, Math.floor(span.heardMs * this.#lettersPerMs))
  }
}

/** The longest run of whole words within `letters` characters. */
function wholeWords(text: string, letters: number): string {
  if (letters >= text.length) return text
  const end = text.lastIndexOf(' ', letters)
  return end <= 0 ? '' : text.slice(0, end)
}
