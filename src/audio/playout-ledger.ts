import { durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import { newSpan, restOf, tidyMs, type Piece, type Sound, type Span } from './pieces.ts'

/** Least time between two reports of one span, in ms. */
const progressMs = 200
/** How often the far end's count is looked at, in ms. */
const pollMs = 20
/** How far the far end's count may lag behind before sound counts as heard without it, in ms. */
const longestLagMs = 2000
/** Longest piece of a word that is said again, in ms; no word is longer. */
const longestWordMs = 2000
/** Times closer than this are the same; doubles of ms are exact to better than this for years. */
export const epsilon = 1e-6

/** What a ledger works with; see `PacerOptions`. */
export interface LedgerOptions {
  readonly played?: (() => number) | undefined
  readonly onPlayout: (init: PlayoutInit) => void
}

/**
 * What was handed over to the far end, and what of it was heard. Positions count ms of sound at the far
 * end: what is said again is there twice, and the fading end of stopped sound is there, too. What was
 * heard of a span is counted in the span's own time, where each sample is once.
 */
export class PlayoutLedger {
  /** Ms of sound handed over and not taken back. */
  handed = 0
  /** When the last of it will have been heard, if it plays on without a gap. */
  endsAt = 0
  readonly #options: LedgerOptions
  /** Handed over and not heard to its end. */
  #pieces: Piece[] = []
  /** Heard last, of the span under way: as much as the longest word. */
  #past: Piece[] = []
  #spans: Span[] = []
  #heard = 0
  /** Position after the last silence. */
  #flowsFrom = 0
  /** What `played()` said at which position. */
  #zero = { position: 0, played: 0 }

  constructor(options: LedgerOptions) {
    this.#options = options
  }

  /** Position that has been heard. */
  get heard(): number {
    return this.#heard
  }

  /** True when all that was handed over has been heard. */
  get isHeard(): boolean {
    return this.handed <= this.#heard + epsilon
  }

  /** True when something is heard right now, and not only about to begin. */
  get isSounding(): boolean {
    return !this.isHeard && this.#heard > this.#flowsFrom + epsilon
  }

  /** How far the far end's count is ahead of all that was handed over, in ms. */
  get aheadMs(): number {
    if (this.#options.played === undefined) return 0
    return Math.max(0, this.#counted() - this.handed)
  }

  /** True when sound of a response that `isMeant` is at the far end and not heard to its end. */
  holds(isMeant: (response: number) => boolean): boolean {
    return this.#pieces.some(({ span }) => span !== undefined && isMeant(span.response))
  }

  /** Opens the account of a frame that is pushed. */
  open(frame: AudioFrame): Sound {
    const span = this.#spanOf(frame)
    const sound = { frame, span, at: span.lengthMs }
    span.lengthMs += durationMs(frame)
    span.waiting++
    if (frame.words !== undefined) (span.words ??= []).push(...frame.words)
    return sound
  }

  /** Nothing more comes for a response. */
  finish(response: number): void {
    const last = this.#spans.at(-1)
    if (last?.response === response) last.closed = true
  }

  /** Books sound that is handed over now; without a span it counts as nothing heard. */
  hand(frame: AudioFrame, now: number, of?: { readonly span: Span; readonly at: number }): void {
    const from = this.handed
    if (this.endsAt < now - epsilon) this.#flowsFrom = from
    this.handed += durationMs(frame)
    this.endsAt = Math.max(now, this.endsAt) + durationMs(frame)
    if (of !== undefined) {
      of.span.from ??= from
      of.span.until = this.handed
    }
    this.#pieces.push({ frame, span: of?.span, at: of?.at ?? 0, from, until: this.handed })
  }

  /** Books what was handed over as heard by now. */
  countAll(now: number): void {
    this.endsAt = now
    this.#flowsFrom = this.handed
    this.settle(now)
  }

  /** Takes back what was handed over and not heard, in its order. What was fading out is gone. */
  takeBack(now: number): Sound[] {
    const back: Sound[] = []
    for (const piece of this.#pieces) {
      const { frame, span, from, at } = piece
      if (span === undefined) continue
      const { sampleRate, channels, samples } = frame
      const heard = Math.max(
        0,
        Math.floor(((this.#heard - from) * sampleRate) / 1000 + epsilon) * channels,
      )
      if (heard > 0)
        this.#keep({ ...piece, frame: { ...frame, samples: samples.subarray(0, heard) } })
      const heardMs = (heard * 1000) / sampleRate / channels
      back.push({ frame: restOf(frame, heard), span, at: at + heardMs })
      span.waiting++
    }
    for (const span of this.#spans) {
      span.until = Math.min(span.until, this.#heard)
      if (span.from !== undefined && span.from >= this.#heard && !span.started) {
        span.from = undefined
      }
    }
    this.#pieces = []
    this.handed = this.#heard
    this.endsAt = now
    this.#flowsFrom = this.handed
    this.#zero = { position: this.handed, played: this.#options.played?.() ?? 0 }
    return back
  }

  /**
   * What was heard of the word in whose middle `next` begins, to be said again; nothing where the voice gave
   * no times, and between two words. The sound counts as waiting.
   */
  wordBefore({ span, at, frame }: Sound): Sound[] {
    const word = span.words?.findLast(
      ({ startMs, endMs }) => startMs < at - epsilon && endMs > at + epsilon,
    )
    if (word === undefined || at - word.startMs > longestWordMs) return []
    const sounds: Sound[] = []
    const sampleMs = 1000 / frame.sampleRate
    let from = at
    for (const piece of this.#past.toReversed()) {
      if (from <= word.startMs + sampleMs / 2) break
      const isNext = Math.abs(piece.at + durationMs(piece.frame) - from) < sampleMs
      if (piece.span !== span || !isNext) return []
      const skipped = Math.max(0, Math.round((word.startMs - piece.at) / sampleMs))
      from = piece.at + skipped * sampleMs
      sounds.unshift({ frame: restOf(piece.frame, skipped * frame.channels), span, at: from })
    }
    span.waiting += sounds.length
    return sounds
  }

  /** Brings what was heard up to date and reports it. */
  settle(now: number): void {
    this.#heard = Math.max(this.#heard, this.#heardAt(now))
    const heardTo = this.#heard + epsilon
    for (const { span, at, from, until } of this.#pieces) {
      if (from >= this.#heard) break
      if (span === undefined) continue
      span.heardMs = Math.max(span.heardMs, at + Math.min(this.#heard, until) - from)
    }
    const left = this.#pieces.findIndex(({ until }) => until > heardTo)
    const done = this.#pieces.splice(0, left === -1 ? this.#pieces.length : left)
    for (const piece of done) this.#keep(piece)
    for (const span of [...this.#spans]) {
      if (span.from === undefined) break
      if (!span.started && this.#hasBegun(span)) {
        span.started = true
        this.#report('started', span, now)
      }
      if (!span.started) break
      if (span.closed && span.waiting === 0 && span.until <= heardTo) {
        this.#spans.splice(this.#spans.indexOf(span), 1)
        this.#report('stopped', span, now)
      } else if (now - span.reportedAt >= progressMs - epsilon && this.#isRunning(now)) {
        this.#report('progress', span, now)
      }
    }
  }

  /** Says how far the span under way is, whenever it was said last. */
  mark(now: number): void {
    const span = this.#spans.findLast(({ started }) => started)
    if (span !== undefined) this.#report('progress', span, now)
  }

  /** Closes the account of spans: those of which something was heard are reported as cut. */
  cut(isCut: (span: Span) => boolean, now: number, heardMs?: number): void {
    const cut = this.#spans.filter(isCut)
    this.#spans = this.#spans.filter((span) => !cut.includes(span))
    const underWay = cut.findLast((span) => span.started)
    if (underWay !== undefined && heardMs !== undefined) underWay.heardMs = Math.max(0, heardMs)
    for (const span of cut) if (span.started) this.#report('stopped', span, now, true)
  }

  /** Forgets spans whose sound was dropped before any of it was handed over. */
  prune(): void {
    this.#spans = this.#spans.filter((span) => span.waiting > 0 || span.from !== undefined)
  }

  /** Reports what is under way as stopped. */
  close(now: number): void {
    this.settle(now)
    const isWhole = (span: Span): boolean =>
      span.waiting === 0 && span.until <= this.#heard + epsilon
    for (const span of this.#spans) {
      if (span.started) this.#report('stopped', span, now, !isWhole(span))
    }
    this.#spans = []
    this.#pieces = []
    this.handed = this.#heard
  }

  /** When there is something to report, or, if somebody waits for the end of the sound, when that is. */
  dueAt(now: number, isAwaited: boolean): number {
    if (this.isHeard) return Infinity
    if (this.#options.played !== undefined) return now + pollMs
    const timeOf = (position: number): number => this.endsAt - (this.handed - position)
    let due = isAwaited ? this.endsAt : Infinity
    for (const span of this.#spans) {
      if (span.from === undefined) break
      if (!span.started) return Math.min(due, timeOf(span.from))
      if (span.closed && span.waiting === 0) due = Math.min(due, timeOf(span.until))
      if (span.reportedAt + progressMs < this.endsAt) {
        due = Math.min(due, span.reportedAt + progressMs)
      }
    }
    return due
  }

  #spanOf({ span, response }: AudioFrame): Span {
    const last = this.#spans.at(-1)
    if (last !== undefined) {
      if (!last.closed && last.span === span && last.response === response) return last
      last.closed = true
    }
    const made = newSpan(span, response)
    this.#spans.push(made)
    return made
  }

  /** Keeps heard sound for as long as its word may have to be said again. */
  #keep(piece: Piece): void {
    if (piece.span === undefined) return
    if (this.#past[0]?.span !== piece.span) this.#past = []
    if (piece.span.words === undefined) return
    this.#past.push(piece)
    while (this.#heard - (this.#past[0]?.until ?? this.#heard) > longestWordMs) this.#past.shift()
  }

  /** Position that has been heard: by the far end's count within reason, else by the time that has passed. */
  #heardAt(now: number): number {
    const byTime = this.handed - Math.max(0, this.endsAt - now)
    if (this.#options.played === undefined) return byTime
    const latest = this.handed - Math.max(0, this.endsAt + longestLagMs - now)
    return Math.min(byTime, Math.max(latest, this.#counted()))
  }

  #counted(): number {
    return this.#zero.position + (this.#options.played?.() ?? 0) - this.#zero.played
  }

  /** By the clock a span begins when its time has come, by the far end's count when some of it was played. */
  #hasBegun({ from = 0, until }: Span): boolean {
    if (this.#options.played !== undefined) return this.#heard > from + epsilon
    return until > from && this.#heard >= from - epsilon
  }

  #isRunning(now: number): boolean {
    return this.#options.played === undefined ? this.endsAt > now + epsilon : !this.isHeard
  }

  #report(state: PlayoutInit['state'], span: Span, now: number, cut = false): void {
    span.reportedAt = now
    const heardMs = state === 'started' ? 0 : tidyMs(span.heardMs)
    const isWhole = state === 'stopped' && !cut
    const words = isWhole ? span.words?.length : wordsHeard(span, heardMs)
    this.#options.onPlayout({ state, span: span.span, of: span.response, heardMs, words, cut })
  }
}

/** Whole words within the first `heardMs` of a span; undefined when the voice gave no times. */
function wordsHeard({ words }: Span, heardMs: number): number | undefined {
  const unheard = words?.findIndex(({ endMs }) => tidyMs(endMs) > heardMs)
  return unheard === -1 ? words?.length : unheard
}
