import type { Message } from '../define/index.ts'
import type { CorrectionFrame, Json, PlayoutFrame, ToolOutcome } from '../frames/index.ts'
import { correctSpan } from './correct-span.ts'
import { dropOldest, type ContextWindow } from './context-window.ts'
import type { VoicePiece } from './voice-text.ts'
import type { ToolCall } from './tools.ts'
import { addPiece, heardPart, isSilent, written, type SpokenSpan } from './heard-part.ts'

/** Letters spoken in a second, until the voice has been heard; ordinary English at 160 words a minute. */
const usualLettersPerMs = 0.014

interface UserEntry {
  readonly kind: 'user'
  readonly id: number
  text: string
}

/** What is known of how an agent's words come to the caller; all that it has said shares it. */
interface Delivery {
  lettersPerMs: number
  doesTransportTell: boolean
}

interface AssistantEntry {
  readonly kind: 'assistant'
  readonly id: number
  readonly response: number
  readonly delivery: Delivery
  /** Text of the spans before the first of `spans`: they were heard to their end. */
  heard: string
  readonly spans: SpokenSpan[]
}

interface ToolEntry {
  readonly kind: 'tool'
  readonly id: number
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
  result: ToolOutcome | undefined
  /** It goes on for whoever speaks, and not for whoever asked for it. */
  readonly isJob: boolean
  /** What a job has told of itself last. */
  progress: string | undefined
  /** A job that is over, and no model has been told since. */
  isNews: boolean
}

/** A message that will not change: an answer of which nothing more will be heard, for example. */
interface SaidEntry {
  readonly kind: 'said'
  readonly id: number
  readonly message: Message | undefined
}

/** One thing on record; `id` is its place in the order of the call. */
export type RecordEntry = UserEntry | AssistantEntry | SaidEntry | ToolEntry
type Entry = RecordEntry

/**
 * What was said on both sides, and what of it was heard, as one agent knows it. It grows with the
 * conversation until the window is full; then the oldest goes. Records of several agents share entries.
 */
export class ConversationRecord {
  #entries: Entry[] = []
  /** Spans of the last two responses: what the transport may still tell of. */
  readonly #spans = new Map<
    number,
    { readonly id: number; readonly span: SpokenSpan; readonly entry: AssistantEntry }
  >()
  readonly #window: ContextWindow | undefined
  readonly #delivery: Delivery = { lettersPerMs: usualLettersPerMs, doesTransportTell: false }
  #current: AssistantEntry | undefined
  /** Response of which nothing more is said, whatever is still written. */
  #closed = 0
  #version = 0

  readonly #nextId: () => number

  /** `nextId` gives the place of a new entry in the order of the call. */
  constructor(window?: ContextWindow, nextId: () => number = counter()) {
    this.#window = window
    this.#nextId = nextId
  }

  /** Everything on record, oldest first. */
  get entries(): readonly RecordEntry[] {
    return this.#entries
  }

  /** Takes entries of another record in, each in its place; those that it has already are not doubled. */
  adopt(entries: readonly RecordEntry[]): void {
    this.#version++
    const known = new Set(this.#entries.map(({ id }) => id))
    const others = entries.filter(({ id }) => !known.has(id))
    this.#entries = [...this.#entries, ...others].toSorted((one, other) => one.id - other.id)
  }

  /** Something is to be told that will not change. */
  note(message: Message): void {
    this.#version++
    this.#entries.push({ kind: 'said', id: this.#nextId(), message })
  }

  /** Grows whenever the model would be told something else. */
  get version(): number {
    return this.#version
  }

  /** The caller said something. */
  user(text: string): void {
    this.#version++
    this.#entries.push({ kind: 'user', id: this.#nextId(), text })
  }

  /** What was put on record as `was` is better known now. @returns false when it is not on record here */
  amend(was: string, text: string): boolean {
    this.#version++
    const entry = this.#entries.findLast((one) => one.kind === 'user' && one.text === was)
    if (entry?.kind === 'user') entry.text = text
    return entry !== undefined
  }

  /** The bot begins to say something in a response. */
  assistant(response: number): void {
    const [id, delivery] = [this.#nextId(), this.#delivery]
    this.#current = { kind: 'assistant', id, response, delivery, heard: '', spans: [] }
    this.#entries.push(this.#current)
    for (const [span, { entry }] of this.#spans) {
      if (entry.response < response - 1) this.#spans.delete(span)
    }
  }

  /** Text of a span, in pieces. */
  text(piece: Omit<VoicePiece, 'speak'>): void {
    const current = this.#current
    if (current === undefined || this.isClosed(current.response)) return
    this.#version++
    let span = this.#spans.get(piece.span)?.span
    if (span === undefined) {
      span = { pieces: [], heardMs: undefined, words: undefined, end: undefined }
      this.#spans.set(piece.span, { id: piece.span, span, entry: current })
      current.spans.push(span)
    }
    addPiece(span, piece)
  }

  /** A node behind the brain says what is really said of a span. */
  correct({ of, span: id, text, last }: CorrectionFrame): void {
    if (this.isClosed(of)) return
    this.#version++
    const { span, entry } = this.#spans.get(id) ?? {}
    if (span !== undefined && entry?.response === of) correctSpan(span, text)
    if (!last) return
    this.#closed = of
    for (const [other, { span: later, entry: its }] of this.#spans) {
      if (other > id && its.response === of) correctSpan(later, '')
    }
  }

  /** True when nothing more of a response is said, whatever is still written. */
  isClosed(response: number): boolean {
    return response !== 0 && response === this.#closed
  }

  /** What the transport says was heard. */
  heard({ span: id, of, state, heardMs, words, cut }: PlayoutFrame): void {
    this.#delivery.doesTransportTell = true
    if (id === 0 && state === 'stopped' && !cut) this.#heardAll(of)
    const { span, entry } = this.#spans.get(id) ?? {}
    // Another brain may have a span of that number.
    if (span === undefined || entry?.response !== of || span.end !== undefined) return
    span.heardMs = heardMs
    span.words = words ?? span.words
    if (state !== 'stopped') return
    span.end = cut ? 'cut' : 'heard'
    const letters = span.pieces.reduce((sum, { spoken }) => sum + spoken.length, 0)
    if (!cut && heardMs > 0) this.#delivery.lettersPerMs = letters / heardMs
    this.#fold()
  }

  /** All of a response was heard, and what made no sound was there, too. */
  #heardAll(of: number): void {
    for (const { span, entry } of this.#spans.values()) {
      if (entry.response === of) span.end ??= 'heard'
    }
    this.#fold()
  }

  /** Of spans that were heard to their end, oldest first, the text is all that is kept. */
  #fold(): void {
    for (const { id, span, entry } of this.#spans.values()) {
      if (span.end !== 'heard' || entry.spans[0] !== span) continue
      entry.spans.shift()
      entry.heard += written(span.pieces)
      this.#spans.delete(id)
    }
  }

  /** True when the transport has said how far all was heard that sounded when it was cut. */
  isSettled(isCut: (response: number) => boolean): boolean {
    for (const { span, entry } of this.#spans.values()) {
      const isSounding = span.heardMs !== undefined && span.end === undefined
      if (isSounding && isCut(entry.response)) return false
    }
    return true
  }

  /** What was heard of one response. */
  answersOf(response: number, isCut: (response: number) => boolean): readonly Message[] {
    return this.#entries.flatMap((entry) => {
      const isOf = entry.kind === 'assistant' && entry.response === response
      return (isOf ? this.messageOf(entry, isCut) : undefined) ?? []
    })
  }

  /** What is written of a span so far. */
  textOf(id: number): string {
    return written(this.#spans.get(id)?.span.pieces ?? [])
  }

  /** A tool is called. */
  call({ callId, name, arguments: args }: ToolCall, isJob = false): void {
    this.#version++
    const open = { result: undefined, progress: undefined, isJob, isNews: false }
    this.#entries.push({ kind: 'tool', id: this.#nextId(), callId, name, arguments: args, ...open })
  }

  /** A tool call is settled: once, whatever comes of it later. */
  settle(callId: string, result: ToolOutcome): void {
    this.#version++
    for (const entry of this.#entries) {
      if (entry.kind !== 'tool' || entry.callId !== callId || entry.result !== undefined) continue
      entry.result = result
      entry.isNews = entry.isJob
    }
  }

  /** A job is over, and no model has been told. */
  get hasNews(): boolean {
    return this.#entries.some((entry) => entry.kind === 'tool' && entry.isNews)
  }

  /** The model has been told everything. */
  told(): void {
    for (const entry of this.#entries) if (entry.kind === 'tool') entry.isNews = false
  }

  /** A job tells how far it is. */
  progress(callId: string, text: string): void {
    this.#version++
    for (const entry of this.#entries) {
      if (entry.kind === 'tool' && entry.callId === callId) entry.progress = text
    }
  }

  /** True for a tool call that is on record here. */
  knows(callId: string): boolean {
    return this.#entries.some((entry) => entry.kind === 'tool' && entry.callId === callId)
  }

  /** What the model is told now: a fresh list. `provisional` is what the caller seems to have said last. */
  messages(isCut: (response: number) => boolean, provisional = ''): readonly Message[] {
    this.#close(isCut)
    const told = this.#entries.map((entry) => this.messageOf(entry, isCut))
    const from = this.#window === undefined ? 0 : dropOldest(this.#window, told)
    if (from > 0) this.#entries = this.#entries.slice(from)
    const heard = provisional === '' ? [] : [{ role: 'user', text: provisional } as const]
    const messages: Message[] = []
    for (const message of [...told.slice(from), ...heard]) {
      const last = messages.at(-1)
      if (message === undefined) continue
      if (message.role === 'user' && last?.role === 'user') {
        messages[messages.length - 1] = { role: 'user', text: `${last.text} ${message.text}` }
      } else messages.push(message)
    }
    return messages
  }

  /** Of answers that the transport has nothing more to tell of, the message is all that is kept. */
  #close(isCut: (response: number) => boolean): void {
    const { response: newest = 0 } = this.#current ?? {}
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.kind !== 'assistant' || entry.response >= newest - 1) continue
      this.#entries[index] = { kind: 'said', id: entry.id, message: this.messageOf(entry, isCut) }
    }
  }

  /** What the model is told of an entry; undefined when there is nothing to tell. */
  messageOf(entry: RecordEntry, isCut: (response: number) => boolean): Message | undefined {
    if (entry.kind === 'said') return entry.message
    if (entry.kind === 'user') return { role: 'user', text: entry.text }
    if (entry.kind === 'tool') {
      const { callId, name, progress } = entry
      const pending = { status: 'pending', ...(progress !== undefined && { progress }) } as const
      const { result = pending } = entry
      return { role: 'tool', callId, name, arguments: entry.arguments, result }
    }
    const generated = entry.heard + entry.spans.map(({ pieces }) => written(pieces)).join('')
    const isWhole = !entry.delivery.doesTransportTell || !isCut(entry.response)
    const text = isWhole ? generated : this.#heardOf(entry)
    if (text.trim() === '') return undefined
    return { role: 'assistant', text: text.trim(), generated, interrupted: text !== generated }
  }

  /** What is shown and not said was seen when everything before it was heard. */
  #heardOf({ heard, spans, delivery }: AssistantEntry): string {
    let text = heard
    let isAll = true
    for (const span of spans) {
      const whole = written(span.pieces)
      const part: string = isSilent(span)
        ? isAll
          ? whole
          : ''
        : heardPart(span, delivery.lettersPerMs)
      text += part
      isAll &&= part === whole
    }
    return text
  }
}

function counter(): () => number {
  let last = 0
  return () => ++last
}
