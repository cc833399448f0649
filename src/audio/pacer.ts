import { durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import type { Cancel, Clock } from '../time/clock.ts'
import { cutFrame, restOf, sliceOf, tidyMs, type Piece, type Span, type Waiting } from './pieces.ts'

/** What a pacer works with. */
export interface PacerOptions {
  readonly clock: Clock
  /** How far ahead of what is heard sound is handed over, in ms; 200 unless given, at least 20. */
  readonly leadMs?: number
  /** Hands sound over: pieces of 20 ms at most, or the frame as it came when it is no longer. */
  readonly play: (frame: AudioFrame) => void
  /** Throws away sound that was handed over and has not been heard. */
  readonly clear: () => void
  /**
   * Milliseconds of sound that the far end says it has played, ever; sound that was thrown away does not
   * count. Left out where it does not say: then sound counts as heard when its time has come.
   */
  readonly played?: (() => number) | undefined
  /** Told what is heard, at the time at which it is. */
  readonly onPlayout: (init: PlayoutInit) => void
}

/**
 * Paces sound to the far end and keeps account of what was heard of it. Sound is handed over when its
 * deadline comes, counted from the end of what was handed over before: after a stall it catches up at
 * once. For each span whose first sample is heard there is one `started`, `progress` at most every 200 ms,
 * and one `stopped` when the last one is heard or the span is cut. A span of which nothing was heard
 * is not mentioned. Sound without a span is one span per response. A span ends where sound of another
 * one begins, or with its response.
 */
export interface Pacer {
  /** How often sound of a response came too late and silence was heard within it. */
  readonly underruns: number
  /**
   * Takes sound to be played next. Undefined when all of it was handed over (or its response is cut);
   * otherwise a promise that resolves when it has been, or when it was dropped by `clear` or `signal`.
   * Push nothing more before: what is pushed all the same waits in line without bound.
   */
  push(frame: AudioFrame, signal?: AbortSignal): Promise<void> | undefined
  /** Says that nothing more comes for this response. */
  finish(response: number): void
  /**
   * Cuts every response up to `through`: what of it was not heard never will be, and what is pushed of it
   * later is dropped. Sound of later responses, and of none, plays on. Ends a `hold`. `heardMs` is how
   * much was heard of the span under way, where somebody knows better than the pacer.
   */
  clear(through: number, heardMs?: number): void
  /** Stops the sound and keeps what was not heard. */
  hold(): void
  /** Plays on from the held sample. */
  release(): void
  /** Resolves when everything pushed so far has been heard or cut; undefined when it has been already. */
  idle(): Promise<void> | undefined
  /** Drops what waits and reports the spans that were under way as stopped. Nothing is played afterwards. */
  close(): void
}

/** Length of the pieces that long frames are cut into, in ms: what transports usually send. */
const sliceMs = 20
/** Least time between two reports of one span, in ms. */
const progressMs = 200
/** How often the far end's count is looked at, in ms. */
const pollMs = 20
/** How far the far end's count may lag behind before sound counts as heard without it, in ms. */
const longestLagMs = 2000
/** Times closer than this are the same; doubles of ms are exact to better than this for years. */
const epsilon = 1e-6
/** Shortest timer, in ms; rounding can never make one that fires without end. */
const leastWaitMs = 0.001

/** Makes a pacer. It sets timers only while sound is on its way. */
export const createPacer = (options: PacerOptions): Pacer => new ClockPacer(options)

class ClockPacer implements Pacer {
  underruns = 0
  readonly #options: PacerOptions
  readonly #leadMs: number
  #line: Waiting[] = []
  #pieces: Piece[] = []
  #spans: Span[] = []
  /** Ms of sound handed over and not taken back. */
  #handed = 0
  /** Ms of it that have been heard. */
  #heard = 0
  /** When the last of it will have been heard, if it plays on without a gap. */
  #endsAt = 0
  /** What `played()` said at which position. */
  #zero = { position: 0, played: 0 }
  /** Highest response that is cut. */
  #cut = 0
  /** Response whose sound should flow without a gap now. */
  #flowing: number | undefined
  #held = false
  #closed = false
  #idlers: (() => void)[] = []
  #cancel: Cancel | undefined

  constructor(options: PacerOptions) {
    this.#options = options
    this.#leadMs = Math.max(sliceMs, options.leadMs ?? 200)
  }

  push(frame: AudioFrame, signal?: AbortSignal): Promise<void> | undefined {
    const isVoid = frame.samples.length === 0 || signal?.aborted === true
    if (this.#closed || isVoid || this.#isCut(frame.response)) return undefined
    const span = this.#spanOf(frame)
    const waiting: Waiting = { frame, span, done: undefined }
    span.waiting++
    this.#line.push(waiting)
    this.#tick()
    if (!this.#line.includes(waiting)) return undefined
    return new Promise((resolve) => {
      const onAbort = (): void => this.#drop((other) => other === waiting)
      waiting.done = () => {
        signal?.removeEventListener('abort', onAbort)
        resolve()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  finish(response: number): void {
    const last = this.#spans.at(-1)
    if (last?.response === response) last.closed = true
    if (this.#flowing === response) this.#flowing = undefined
    this.#tick()
  }

  clear(through: number, heardMs?: number): void {
    if (this.#closed) return
    this.#cut = Math.max(this.#cut, through)
    this.#held = false
    this.#settle(this.#options.clock.now())
    const cut = this.#spans.filter((span) => this.#isCut(span.response))
    if (cut.length > 0) this.#takeBack()
    else if (this.#spans.length === 0) this.#options.clear()
    const underWay = cut.findLast((span) => span.started)
    for (const span of cut) {
      const known = span === underWay ? heardMs : undefined
      if (span.started)
        this.#report('stopped', span, Math.max(0, known ?? this.#heardOf(span)), true)
    }
    this.#spans = this.#spans.filter((span) => !cut.includes(span))
    this.#drop((waiting) => cut.includes(waiting.span))
  }

  hold(): void {
    if (this.#held || this.#closed) return
    this.#held = true
    this.#settle(this.#options.clock.now())
    if (this.#pieces.length > 0) this.#takeBack()
    this.#schedule(this.#options.clock.now())
  }

  release(): void {
    if (!this.#held) return
    this.#held = false
    this.#tick()
  }

  idle(): Promise<void> | undefined {
    let isIdle = false
    const idler = (): void => void (isIdle = true)
    this.#idlers.push(idler)
    this.#tick()
    if (isIdle) return undefined
    return new Promise((resolve) => this.#idlers.splice(this.#idlers.indexOf(idler), 1, resolve))
  }

  close(): void {
    if (this.#closed) return
    this.#settle(this.#options.clock.now())
    this.#closed = true
    for (const span of this.#spans) {
      const isCut = span.waiting > 0 || span.until > this.#heard + epsilon
      if (span.started) this.#report('stopped', span, this.#heardOf(span), isCut)
    }
    this.#spans = []
    this.#pieces = []
    this.#handed = this.#heard
    this.#drop(() => true)
  }

  #isCut(response: number): boolean {
    return response !== 0 && response <= this.#cut
  }

  #spanOf(frame: AudioFrame): Span {
    const last = this.#spans.at(-1)
    const { span, response } = frame
    if (last !== undefined) {
      if (!last.closed && last.span === span && last.response === response) return last
      last.closed = true
    }
    const made: Span = {
      span,
      response,
      from: undefined,
      until: 0,
      waiting: 0,
      closed: false,
      started: false,
      reportedAt: 0,
    }
    this.#spans.push(made)
    return made
  }

  /** Takes sound out of the line for good. */
  #drop(isDropped: (waiting: Waiting) => boolean): void {
    const dropped = this.#line.filter(isDropped)
    this.#line = this.#line.filter((waiting) => !isDropped(waiting))
    for (const { span, done } of dropped) {
      span.waiting--
      done?.()
    }
    this.#spans = this.#spans.filter((span) => span.waiting > 0 || span.from !== undefined)
    this.#tick()
  }

  /** Calls back what was handed over and not heard, and puts it in front of the line. */
  #takeBack(): void {
    this.#options.clear()
    const [first] = this.#pieces
    if (first !== undefined) {
      const heardFrames = Math.max(
        0,
        Math.floor(((this.#heard - first.from) * first.frame.sampleRate) / 1000 + epsilon),
      )
      this.#heard = first.from + (heardFrames * 1000) / first.frame.sampleRate
      const back = this.#pieces.map(({ frame, span, from }): Waiting => {
        const rest = from === first.from ? restOf(frame, heardFrames * frame.channels) : frame
        span.waiting++
        return { frame: rest, span, done: undefined }
      })
      this.#line.unshift(...back)
    }
    for (const span of this.#spans) {
      span.until = Math.min(span.until, this.#heard)
      if (span.from !== undefined && span.from >= this.#heard && !span.started) {
        span.from = undefined
      }
    }
    this.#pieces = []
    this.#handed = this.#heard
    this.#endsAt = this.#options.clock.now()
    this.#flowing = undefined
    this.#zero = { position: this.#handed, played: this.#options.played?.() ?? 0 }
  }

  #tick(): void {
    const now = this.#options.clock.now()
    this.#settle(now)
    if (!this.#held && !this.#closed) {
      this.#handOver(now)
      this.#settle(now)
    }
    this.#schedule(now)
  }

  #handOver(now: number): void {
    for (;;) {
      const [waiting] = this.#line
      if (waiting === undefined) return
      const slice = sliceOf(waiting.frame, sliceMs)
      const startsAt = Math.max(now, this.#endsAt)
      const endsAt = startsAt + durationMs(slice)
      if (endsAt - now > this.#leadMs + epsilon) return
      const { span } = waiting
      if (this.#endsAt < now - epsilon && this.#flowing === span.response) this.underruns++
      this.#flowing = span.response
      const from = this.#handed
      this.#handed += durationMs(slice)
      this.#endsAt = endsAt
      span.from ??= from
      span.until = this.#handed
      this.#pieces.push({ frame: slice, span, from, until: this.#handed })
      if (slice === waiting.frame) {
        this.#line.shift()
        span.waiting--
        waiting.done?.()
      } else {
        waiting.frame = cutFrame(waiting.frame, slice)
      }
      this.#options.play(slice)
    }
  }

  /** Brings what was heard up to date and reports it. */
  #settle(now: number): void {
    this.#heard = Math.max(this.#heard, this.#heardAt(now))
    const heardTo = this.#heard + epsilon
    this.#pieces = this.#pieces.filter((piece) => piece.until > heardTo)
    for (const span of [...this.#spans]) {
      if (span.from === undefined) break
      if (!span.started && this.#hasBegun(span)) {
        span.started = true
        span.reportedAt = now
        this.#report('started', span, 0, false)
      }
      if (!span.started) break
      if (span.closed && span.waiting === 0 && span.until <= heardTo) {
        this.#spans.splice(this.#spans.indexOf(span), 1)
        this.#report('stopped', span, this.#heardOf(span), false)
      } else if (now - span.reportedAt >= progressMs - epsilon && this.#isSounding(now)) {
        span.reportedAt = now
        this.#report('progress', span, this.#heardOf(span), false)
      }
    }
    if (this.#line.length === 0 && this.#handed <= heardTo) {
      for (const resolve of this.#idlers.splice(0)) resolve()
    }
  }

  /** Position that has been heard: by the far end's count within reason, else by the time that has passed. */
  #heardAt(now: number): number {
    const byTime = this.#handed - Math.max(0, this.#endsAt - now)
    if (this.#options.played === undefined) return byTime
    const latest = this.#handed - Math.max(0, this.#endsAt + longestLagMs - now)
    const counted = this.#zero.position + this.#options.played() - this.#zero.played
    return Math.min(byTime, Math.max(latest, counted))
  }

  /** By the clock a span begins when its time has come, by the far end's count when some of it was played. */
  #hasBegun({ from = 0, until }: Span): boolean {
    if (this.#options.played !== undefined) return this.#heard > from + epsilon
    return until > from && this.#heard >= from - epsilon
  }

  #isSounding(now: number): boolean {
    return this.#options.played === undefined
      ? this.#endsAt > now + epsilon
      : this.#heard < this.#handed
  }

  #heardOf({ from, until }: Span): number {
    return from === undefined ? 0 : Math.max(0, Math.min(this.#heard, until) - from)
  }

  #report(state: PlayoutInit['state'], span: Span, heardMs: number, cut: boolean): void {
    this.#options.onPlayout({
      state,
      span: span.span,
      of: span.response,
      heardMs: tidyMs(heardMs),
      cut,
    })
  }

  /** Sets the one timer to when something is due next. */
  #schedule(now: number): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#closed || this.#held) return
    const due = this.#nextDue(now)
    if (due === Infinity) return
    this.#cancel = this.#options.clock.after(Math.max(leastWaitMs, due - now), () => this.#tick())
  }

  #nextDue(now: number): number {
    let due = Infinity
    const [waiting] = this.#line
    if (waiting !== undefined) {
      due = this.#endsAt + durationMs(sliceOf(waiting.frame, sliceMs)) - this.#leadMs
    }
    if (this.#handed <= this.#heard + epsilon) return due
    if (this.#options.played !== undefined) return Math.min(due, now + pollMs)
    const timeOf = (position: number): number => this.#endsAt - (this.#handed - position)
    if (this.#idlers.length > 0) due = Math.min(due, this.#endsAt)
    for (const span of this.#spans) {
      if (span.from === undefined) break
      if (!span.started) return Math.min(due, timeOf(span.from))
      if (span.closed) due = Math.min(due, timeOf(span.until))
      if (span.reportedAt + progressMs < this.#endsAt) {
        due = Math.min(due, span.reportedAt + progressMs)
      }
    }
    return due
  }
}
