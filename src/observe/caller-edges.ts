import type { FrameOf } from '../frames/index.ts'
import { stamp, type TurnEdges } from './turn-record.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type CallerSide = Mutable<
  Pick<
    TurnEdges,
    'speechStartedAt' | 'speechEndedAt' | 'vadAt' | 'transcriptAt' | 'turnEndedAt' | 'askedAt'
  >
>

/** What led to an answer. */
export interface Lead {
  readonly edges: Readonly<CallerSide>
  /** What the caller said. */
  readonly heard: string
}

/** Transcripts of one turn that are kept. */
const mostWords = 200

const nothing = (): CallerSide => ({
  speechStartedAt: undefined,
  speechEndedAt: undefined,
  vadAt: undefined,
  transcriptAt: undefined,
  turnEndedAt: undefined,
  askedAt: undefined,
})

/** Keeps when the caller's turn came to its end, until an answer begins. Keeps one turn, and the words of the next. */
export class CallerEdges {
  /** The turn under way. */
  #now = nothing()
  #words: string[] = []
  /** The turn that is over and has not been answered. */
  #over: CallerSide | undefined
  #text = ''
  #hasBegun = true
  #askedAt: number | undefined
  /** Node that decides: what others say about turns is an opinion. */
  #decider: string | undefined
  /** Newest beginning of the caller's voice: when it was seen and when it was; undefined after its end. */
  voice: { readonly at: number; readonly trueAt: number } | undefined

  speech({ state, at, latency }: FrameOf<'speech'>): void {
    if (state === 'started') {
      this.voice = { at: stamp(at), trueAt: stamp(at - latency) }
      this.#now.speechStartedAt ??= stamp(at - latency)
      return
    }
    this.voice = undefined
    this.#now.speechEndedAt = stamp(at - latency)
    this.#now.vadAt = stamp(at)
  }

  final(text: string, at: number): void {
    this.#words.push(text)
    // Where nobody ever answers they would pile up.
    if (this.#words.length > mostWords) this.#words.shift()
    this.#now.transcriptAt = stamp(at)
    // Words that come late are those of the turn that has ended without them.
    if (this.#over !== undefined && !this.#hasBegun) this.#over.transcriptAt ??= stamp(at)
  }

  turn({ state, text, at, source }: FrameOf<'turn'>): void {
    if (this.#decider !== undefined && source !== this.#decider) return
    if (state === 'started') this.#hasBegun = true
    if (state !== 'ended') return
    // An opinion and the decision on it are one end.
    const before = this.#hasBegun ? undefined : this.#over
    const known = Object.entries(this.#now).filter(([, edge]) => edge !== undefined)
    this.#over = { ...nothing(), ...before, ...Object.fromEntries(known), turnEndedAt: stamp(at) }
    this.#text = text.trim() || this.#words.join(' ')
    this.#hasBegun = false
    this.#now = nothing()
    this.#words = []
  }

  asked({ state, at, source, outcome }: FrameOf<'inference'>): void {
    this.#decider = source
    if (state === 'started') this.#askedAt = stamp(at)
    else if (state === 'ended' && outcome === 'discarded') this.#askedAt = undefined
  }

  /** A response begins: what led to it. What is not its business is kept for the next. */
  take({ reason, at, source }: FrameOf<'response'>): Lead {
    this.#decider = source
    const askedAt = this.#askedAt ?? stamp(at)
    this.#askedAt = undefined
    const edges = this.#over ?? (this.#words.length > 0 ? this.#now : undefined)
    const heard = this.#over === undefined ? this.#words.join(' ') : this.#text
    const isAnswer = !['start', 'idle', 'tool-result'].includes(reason)
    if (!isAnswer || edges === undefined || heard === '') {
      return { edges: { ...nothing(), askedAt }, heard: '' }
    }
    if (this.#over === undefined) {
      this.#now = nothing()
      this.#words = []
    }
    this.#over = undefined
    return { edges: { ...edges, askedAt }, heard }
  }
}
