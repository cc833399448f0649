import { durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import type { Cancel, Clock } from '../time/clock.ts'
import { fadeMs, fadingEnd, ramp } from './fade.ts'
import { cutFrame, sliceOf, withOwnWords, type Sound, type Waiting } from './pieces.ts'
import { PlayoutLedger, epsilon } from './playout-ledger.ts'

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
  /**
   * Told how it goes: `underruns` (1 for each time that sound of a response came too late), `playout_late`
   * (ms of silence that made) and `held` (ms, at the end of each hold).
   */
  readonly onFigure?: (name: PacerFigure, value: number) => void
}

/** A figure that a pacer tells. */
export type PacerFigure = 'underruns' | 'playout_late' | 'held'

/**
 * Paces sound to the far end and keeps account of what was heard of it. Sound is handed over when its
 * deadline comes, counted from the end of what was handed over before: after a stall it catches up at
 * once. For each span whose first sample is heard there is one `started`, `progress` every 200 ms and where
 * a hold begins and ends, and one `stopped` when the last one is heard or the span is cut; they say how many
 * whole words were heard where the sound has `words`. A span of which nothing was heard is not mentioned.
 * Sound without a span is one span per response. A span ends where sound of another one begins, or with
 * its response. Sound that is stopped fades out within 5 ms, at once after the far end was cleared; that
 * end is a frame of no response and no span, and counts as nothing heard.
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
   * later is dropped. Sound of later responses, and of none, plays on. Ends a hold that is about no later
   * one. `heardMs` is how much was heard of the span under way, where somebody knows better than the pacer.
   */
  clear(through: number, heardMs?: number): void
  /**
   * Stops the sound of every response up to `through` (of all, unless given) and keeps what of it was not
   * heard; what is pushed of it later waits, and what is behind it in line waits with it. Nothing happens
   * when all of them are cut. A second hold only adds responses.
   */
  hold(through?: number): void
  /**
   * Ends a hold that is about no response after `through` (about any, unless given). Sound plays on from the
   * held sample, fading in within 5 ms; after more than 300 ms from the beginning of the word that was
   * under way, where the sound has `words`. What is heard twice counts once.
   */
  release(through?: number): void
  /** Resolves when everything pushed so far has been heard or cut; undefined when it has been already. */
  idle(): Promise<void> | undefined
  /** Drops what waits and reports the spans that were under way as stopped. Nothing is played afterwards. */
  close(): void
}

/** Length of the pieces that long frames are cut into, in ms: what transports usually send. */
const sliceMs = 20
/** Who waited for longer, in ms, hears the word again that was broken off. */
const longHoldMs = 300
/** Shortest timer, in ms; rounding can never make one that fires without end. */
const leastWaitMs = 0.001

/** Makes a pacer. It sets timers only while sound is on its way. */
export const createPacer = (options: PacerOptions): Pacer => new ClockPacer(options)

interface Hold {
  readonly at: number
  through: number
  /** Ms of sound that were called back from the far end, which may have played some of it. */
  backMs: number
  /** It was in the middle of the sound. */
  isBroken: boolean
}

class ClockPacer implements Pacer {
  underruns = 0
  readonly #options: PacerOptions
  readonly #leadMs: number
  readonly #ledger: PlayoutLedger
  #line: Waiting[] = []
  /** Highest response that is cut. */
  #cut = 0
  /** Response whose sound should flow without a gap now. */
  #flowing: number | undefined
  #hold: Hold | undefined
  /** Position at the far end where sound fades in. */
  #fadesFrom = -Infinity
  #closed = false
  #idlers: (() => void)[] = []
  #cancel: Cancel | undefined

  constructor(options: PacerOptions) {
    this.#options = options
    this.#leadMs = Math.max(sliceMs, options.leadMs ?? 200)
    this.#ledger = new PlayoutLedger(options)
  }

  push(frame: AudioFrame, signal?: AbortSignal): Promise<void> | undefined {
    const isVoid = frame.samples.length === 0 || signal?.aborted === true
    if (this.#closed || isVoid || this.#isCut(frame.response)) return undefined
    const waiting: Waiting = { ...this.#ledger.open(frame), done: undefined }
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
    this.#ledger.finish(response)
    if (this.#flowing === response) this.#flowing = undefined
    this.#tick()
  }

  clear(through: number, heardMs?: number): void {
    if (this.#closed) return
    const now = this.#options.clock.now()
    const hold = this.#hold
    if (hold !== undefined && through >= hold.through) this.#endHold(hold, now)
    this.#cut = Math.max(this.#cut, through)
    this.#ledger.settle(now)
    if (this.#ledger.holds((response) => this.#isCut(response))) {
      this.#stop(now, (response) => this.#isCut(response))
    } else if (hold === undefined && this.#ledger.isHeard) {
      // The far end may be late and still sound; it has been told when there was a hold.
      this.#options.clear()
    }
    this.#ledger.cut(({ response }) => this.#isCut(response), now, heardMs)
    this.#drop(({ span }) => this.#isCut(span.response))
  }

  hold(through = Infinity): void {
    if (this.#closed || through <= this.#cut) return
    const now = this.#options.clock.now()
    this.#ledger.settle(now)
    const hold = (this.#hold ??= { at: now, through, backMs: 0, isBroken: false })
    hold.through = Math.max(hold.through, through)
    if (this.#ledger.holds((response) => this.#isHeld(response))) {
      const before = this.#ledger.handed
      hold.isBroken = this.#stop(now, (response) => this.#isHeld(response)) || hold.isBroken
      hold.backMs = before - this.#ledger.heard
      this.#ledger.mark(now)
    }
    this.#tick()
  }

  release(through = Infinity): void {
    const hold = this.#hold
    if (hold === undefined || through < hold.through) return
    const now = this.#options.clock.now()
    this.#endHold(hold, now)
    const [next] = this.#line
    if (hold.isBroken && next !== undefined) {
      if (now - hold.at > longHoldMs) this.#putBack(this.#ledger.wordBefore(next))
      this.#fadesFrom = this.#ledger.handed
      this.#ledger.mark(now)
    }
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
    const now = this.#options.clock.now()
    if (this.#hold !== undefined) this.#endHold(this.#hold, now)
    this.#closed = true
    this.#ledger.close(now)
    this.#drop(() => true)
  }

  #isCut(response: number): boolean {
    return response !== 0 && response <= this.#cut
  }

  #isHeld(response: number): boolean {
    return this.#hold !== undefined && response !== 0 && response <= this.#hold.through
  }

  /** Takes sound out of the line for good. */
  #drop(isDropped: (waiting: Waiting) => boolean): void {
    const dropped = this.#line.filter(isDropped)
    this.#line = this.#line.filter((waiting) => !isDropped(waiting))
    for (const { span, done } of dropped) {
      span.waiting--
      done?.()
    }
    this.#ledger.prune()
    this.#tick()
  }

  /** Puts sound in front of the line; it counts as waiting already. */
  #putBack(sounds: readonly Sound[]): void {
    this.#line.unshift(...sounds.map((sound) => ({ ...sound, done: undefined })))
  }

  /**
   * Calls back what was handed over and not heard. When what sounds now is to stop, its fading end is
   * handed over instead.
   * @returns whether something that sounds was stopped
   */
  #stop(now: number, isStopped: (response: number) => boolean): boolean {
    const { isSounding, heard } = this.#ledger
    this.#options.clear()
    const back = this.#ledger.takeBack(now)
    this.#putBack(back)
    this.#flowing = undefined
    const [next] = back
    if (!isSounding || next === undefined || !isStopped(next.span.response)) return false
    const same = this.#line.filter(({ span }) => span.response === next.span.response)
    const end = fadingEnd(
      same.map(({ frame }) => frame),
      this.#gainAt(heard),
    )
    if (end !== undefined) {
      this.#ledger.hand(end, now)
      this.#options.play(end)
    }
    return true
  }

  #endHold(hold: Hold, now: number): void {
    // What the far end had played before it obeyed it has said by now.
    let late = Math.min(this.#ledger.aheadMs, hold.backMs)
    hold.isBroken ||= late > epsilon
    while (late > epsilon) {
      const [head] = this.#line
      if (head === undefined || !this.#isHeld(head.span.response)) break
      late -= durationMs(this.#take(head, late, now))
      this.#ledger.countAll(now)
    }
    this.#hold = undefined
    this.#options.onFigure?.('held', now - hold.at)
  }

  #tick(): void {
    const now = this.#options.clock.now()
    this.#ledger.settle(now)
    if (!this.#closed) {
      this.#handOver(now)
      this.#ledger.settle(now)
    }
    if (this.#line.length === 0 && this.#ledger.isHeard) {
      for (const resolve of this.#idlers.splice(0)) resolve()
    }
    this.#schedule(now)
  }

  #handOver(now: number): void {
    for (;;) {
      const [waiting] = this.#line
      if (waiting === undefined || this.#isHeld(waiting.span.response)) return
      const { endsAt, handed } = this.#ledger
      const length = durationMs(sliceOf(waiting.frame, sliceMs))
      if (Math.max(now, endsAt) + length - now > this.#leadMs + epsilon) return
      const { response } = waiting.span
      if (endsAt < now - epsilon && this.#flowing === response) this.#countUnderrun(now - endsAt)
      this.#flowing = response
      const { at } = waiting
      const slice = withOwnWords(this.#take(waiting, sliceMs, now), at)
      this.#options.play(ramp(slice, this.#gainAt(handed), 1 / fadeMs))
    }
  }

  /** Takes at most `ms` of the first sound in line and books it as handed over. */
  #take(waiting: Waiting, ms: number, now: number): AudioFrame {
    const slice = sliceOf(waiting.frame, ms)
    this.#ledger.hand(slice, now, waiting)
    if (slice === waiting.frame) {
      this.#line.shift()
      waiting.span.waiting--
      waiting.done?.()
    } else {
      waiting.frame = cutFrame(waiting.frame, slice)
      waiting.at += durationMs(slice)
    }
    return slice
  }

  #gainAt(position: number): number {
    return Math.min(1, Math.max(0, (position - this.#fadesFrom) / fadeMs))
  }

  #countUnderrun(lateMs: number): void {
    this.underruns++
    this.#options.onFigure?.('underruns', 1)
    this.#options.onFigure?.('playout_late', lateMs)
  }

  /** Sets the one timer to when something is due next. */
  #schedule(now: number): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#closed) return
    let due = this.#ledger.dueAt(now, this.#idlers.length > 0)
    const [waiting] = this.#line
    if (waiting !== undefined && !this.#isHeld(waiting.span.response)) {
      const length = durationMs(sliceOf(waiting.frame, sliceMs))
      due = Math.min(due, this.#ledger.endsAt + length - this.#leadMs)
    }
    if (due === Infinity) return
    this.#cancel = this.#options.clock.after(Math.max(leastWaitMs, due - now), () => this.#tick())
  }
}
