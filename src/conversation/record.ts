import type { Message } from '../define/index.ts'
import type { Json, PlayoutFrame, ToolOutcome } from '../frames/index.ts'

/** Letters spoken in a second, until the voice has been heard; ordinary English at 160 words a minute. */
const usualLettersPerMs = 0.014

interface Span {
  readonly response: number
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

/** What was said on both sides, and what of it was heard. */
export interface ConversationRecord {
  /** The caller said something. */
  user(text: string): void
  /** The bot begins to say something in a response. */
  assistant(response: number): void
  /** Text of a span, in pieces. */
  text(span: number, text: string): void
  /** What the transport says was heard. */
  heard(fact: PlayoutFrame): void
  /** A tool is called. */
  call(callId: string, name: string, args: { readonly [key: string]: Json }): void
  /** A tool call is settled. */
  settle(callId: string, result: ToolOutcome): void
  /** What the model is told now: a fresh list. */
  messages(isCut: (response: number) => boolean): readonly Message[]
}

/** Makes an empty record. It grows with the conversation. */
export function createRecord(): ConversationRecord {
  const entries: Entry[] = []
  const spans = new Map<number, Span>()
  let lettersPerMs = usualLettersPerMs
  let current: Extract<Entry, { kind: 'assistant' }> | undefined
  let doesTransportTell = false

  /** What was heard of a span: all of it, nothing, or up to the last whole word. */
  const heardOf = (span: Span, isCut: boolean): string => {
    if (!doesTransportTell || !isCut) return span.text
    if (span.isOver && !span.isCut) return span.text
    if (span.heardMs === undefined) return ''
    return wholeWords(span.text, Math.floor(span.heardMs * lettersPerMs))
  }

  const toMessage = (entry: Entry, isCut: (response: number) => boolean): Message | undefined => {
    if (entry.kind === 'user') return { role: 'user', text: entry.text }
    if (entry.kind === 'tool') {
      const { callId, name, result } = entry
      return result && { role: 'tool', callId, name, arguments: entry.arguments, result }
    }
    const cut = isCut(entry.response)
    const generated = entry.spans.map((span) => span.text).join('')
    const text = entry.spans.map((span) => heardOf(span, cut)).join('')
    if (text.trim() === '') return undefined
    return { role: 'assistant', text: text.trim(), generated, interrupted: text !== generated }
  }

  return {
    user: (text) => void entries.push({ kind: 'user', text }),
    assistant(response) {
      current = { kind: 'assistant', response, spans: [] }
      entries.push(current)
    },
    text(id, text) {
      let span = spans.get(id)
      if (span === undefined && current !== undefined) {
        const { response } = current
        span = { response, text: '', heardMs: undefined, isOver: false, isCut: false }
        spans.set(id, span)
        current.spans.push(span)
      }
      if (span !== undefined) span.text += text
    },
    heard(fact) {
      doesTransportTell = true
      const span = spans.get(fact.span)
      if (span === undefined) return
      span.heardMs = fact.heardMs
      if (fact.state !== 'stopped') return
      span.isOver = true
      span.isCut = fact.cut
      spans.delete(fact.span)
      if (!fact.cut && fact.heardMs > 0) lettersPerMs = span.text.length / fact.heardMs
    },
    call: (callId, name, args) =>
      void entries.push({ kind: 'tool', callId, name, arguments: args, result: undefined }),
    settle(callId, result) {
      for (const entry of entries) {
        if (entry.kind === 'tool' && entry.callId === callId) entry.result = result
      }
    },
    messages(isCut) {
      const messages: Message[] = []
      for (const entry of entries) {
        const message = toMessage(entry, isCut)
        const last = messages.at(-1)
        if (message === undefined) continue
        if (message.role === 'user' && last?.role === 'user') {
          messages[messages.length - 1] = { role: 'user', text: `${last.text} ${message.text}` }
        } else messages.push(message)
      }
      return messages
    },
  }
}

/** The longest run of whole words within `letters` characters. */
function wholeWords(text: string, letters: number): string {
  if (letters >= text.length) return text
  const end = text.lastIndexOf(' ', letters)
  return end <= 0 ? '' : text.slice(0, end)
}
