import type { FrameOf } from '../frames/index.ts'
import type { Lead } from './caller-edges.ts'
import { partsOf, stamp, type NodeEdges, type TurnEdges, type TurnRecord } from './turn-record.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The beginning of a voice: when it was seen, and when it was. */
export interface Voice {
  readonly at: number
  readonly trueAt: number
}

interface Hold {
  readonly at: number
  readonly voice: Voice | undefined
  /** The sound stood still. */
  stoodAt: number | undefined
}

/** An answer on its way: collects what its record will say. Keeps its text, and a few numbers for every span. */
export class OpenTurn {
  readonly response: number
  /** Whose it is. */
  readonly agent: string
  /** Nothing more will be made of it. */
  isMade = false
  /** Reason of the interruption that cut it. */
  cut: string | undefined
  readonly #number: number
  readonly #reason: string
  readonly #source: string
  readonly #heard: string
  readonly #edges: Mutable<TurnEdges>
  readonly #nodes = new Map<string, Mutable<NodeEdges>>()
  /** Ms heard of it, by span. */
  readonly #heardMs = new Map<number, number>()
  readonly #spans = new Map<number, string>()
  /** Who makes its text; what others make of that is not said twice. */
  #writer: string | undefined
  /** Of these it is known what is really said: what the writer adds does not count. */
  readonly #corrected = new Set<number>()
  /** Nothing behind this span is said. */
  #lastSpan = Infinity
  #tools = 0
  #holds = 0
  #heldForMs = 0
  #holdMs: number | undefined
  #yieldMs: number | undefined
  #hold: Hold | undefined
  #cutter: Voice | undefined

  constructor(
    { response, reason, source, agent }: FrameOf<'response'>,
    number: number,
    lead: Lead,
  ) {
    this.response = response
    this.agent = agent || source
    this.#reason = reason
    this.#source = source
    this.#number = number
    this.#heard = lead.heard
    this.#edges = {
      ...lead.edges,
      askedAgainAt: undefined,
      firstTextAt: undefined,
      firstSpanAt: undefined,
      firstAudioAt: undefined,
      heardAt: undefined,
    }
  }

  get hasText(): boolean {
    return this.#spans.size > 0
  }

  get isHeard(): boolean {
    return this.#edges.heardAt !== undefined
  }

  textOf(span: number): string {
    return (this.#spans.get(span) ?? '').trim()
  }

  /** The model is asked with the results of tools. */
  askedAgain(at: number): void {
    if (this.#edges.firstTextAt === undefined) this.#edges.askedAgainAt = stamp(at)
  }

  called(): void {
    this.#tools++
  }

  text({ at, source, span, text }: FrameOf<'text'>): void {
    const node = this.#node(source)
    node.firstTextAt ??= stamp(at)
    node.doneAt = stamp(at)
    this.#writer ??= source
    if (source !== this.#writer) return
    this.#edges.firstTextAt ??= stamp(at)
    if (!this.#corrected.has(span) && span <= this.#lastSpan) {
      this.#spans.set(span, (this.#spans.get(span) ?? '') + text)
    }
    if (this.#spans.size > 1) this.#edges.firstSpanAt ??= stamp(at)
  }

  /** What is said of a span is not what was written, which must not be shown. */
  correct({ span, text, last }: FrameOf<'correction'>): void {
    const gap = /\s*$/.exec(this.#spans.get(span) ?? '')?.[0] ?? ''
    this.#spans.set(span, text.trim() === '' ? '' : text.trim() + gap)
    this.#corrected.add(span)
    if (!last) return
    this.#lastSpan = span
    for (const later of this.#spans.keys()) if (later > span) this.#spans.delete(later)
  }

  audio({ at, source }: FrameOf<'audio'>): void {
    const node = this.#node(source)
    node.firstAudioAt ??= stamp(at)
    node.doneAt = stamp(at)
    this.#edges.firstAudioAt ??= stamp(at)
  }

  made(at: number): void {
    this.isMade = true
    this.#node(this.#source).doneAt = stamp(at)
    if (this.hasText) this.#edges.firstSpanAt ??= stamp(at)
  }

  /** @returns whether the caller hears the first of it now */
  played({ at, source, span, state, heardMs }: FrameOf<'playout'>): boolean {
    const node = this.#node(source)
    node.doneAt = stamp(at)
    if (span !== 0) this.#heardMs.set(span, heardMs)
    const hold = this.#hold
    if (state === 'started') {
      node.firstAudioAt ??= stamp(at)
      const isFirst = !this.isHeard
      this.#edges.heardAt ??= stamp(at)
      return isFirst
    }
    if (hold !== undefined && hold.stoodAt === undefined) {
      // The transport says how much was heard when it stands still.
      hold.stoodAt = stamp(at)
      const took = hold.stoodAt - (hold.voice?.at ?? hold.at)
      this.#holdMs = Math.max(this.#holdMs ?? 0, took)
    }
    if (state === 'stopped' && this.cut !== undefined && this.#cutter !== undefined) {
      this.#yieldMs ??= (hold?.stoodAt ?? stamp(at)) - this.#cutter.trueAt
    }
    return false
  }

  suspected(at: number, voice: Voice | undefined): void {
    if (this.#hold !== undefined || this.cut !== undefined) return
    this.#holds++
    this.#hold = { at: stamp(at), voice, stoodAt: undefined }
  }

  /** Plays on. @returns for how long it was held, in ms; undefined when it was not */
  rejected(at: number): number | undefined {
    const forMs = this.#endHold(at)
    this.#hold = undefined
    return forMs
  }

  wasCut(reason: string, at: number, voice: Voice | undefined): void {
    this.cut = reason
    this.#cutter = this.#hold?.voice ?? voice
    this.#endHold(at)
  }

  record(): TurnRecord {
    const edges = { ...this.#edges }
    const { askedAt, turnEndedAt } = edges
    const hidden = askedAt === undefined || turnEndedAt === undefined ? 0 : turnEndedAt - askedAt
    const heardMs = [...this.#heardMs.values()].reduce((sum, ms) => sum + ms, 0)
    return {
      number: this.#number,
      response: this.response,
      reason: this.#reason,
      heard: this.#heard,
      said: [...this.#spans.values()].join('').trim(),
      edges,
      ...partsOf(edges),
      hiddenMs: Math.max(0, hidden),
      nodes: Object.fromEntries([...this.#nodes].map(([id, node]) => [id, { ...node }])),
      tools: this.#tools,
      holds: this.#holds,
      heldForMs: this.#heldForMs,
      holdMs: this.#holdMs,
      cutAfterMs: this.cut === undefined ? undefined : heardMs,
      yieldMs: this.#yieldMs,
    }
  }

  #endHold(at: number): number | undefined {
    const hold = this.#hold
    if (hold === undefined) return undefined
    const forMs = stamp(at) - hold.at
    this.#heldForMs += forMs
    return forMs
  }

  #node(id: string): Mutable<NodeEdges> {
    const known = this.#nodes.get(id)
    if (known !== undefined) return known
    const made = { firstTextAt: undefined, firstAudioAt: undefined, doneAt: undefined }
    this.#nodes.set(id, made)
    return made
  }
}
