import type { Frame, Json, ToolOutcome } from '../frames/index.ts'

/** One answer of the bot and what led to it. Times are ms on the session clock; undefined: it did not happen. */
export interface TurnRecord {
  /** Number of the response. */
  readonly response: number
  /** `start` for the greeting, `turn` for an answer. */
  readonly reason: string
  /** What the recogniser heard, since the answer before. */
  readonly heard: string
  /** What the bot set out to say. */
  readonly said: string
  /** True end of the caller's speech. */
  readonly speechEndedAt: number | undefined
  /** The final transcript came. */
  readonly transcriptAt: number | undefined
  /** The response began. */
  readonly startedAt: number
  readonly firstTextAt: number | undefined
  /** The first sound of it was made. */
  readonly firstAudioAt: number | undefined
  /** The caller began to hear it. */
  readonly heardAt: number | undefined
  readonly tools: number
  /** It was cut: after so many ms of it had been heard. */
  readonly cutAfterMs: number | undefined
}

/** Something worth telling of a call, in the order in which it happened; `at` in ms on the session clock. */
export type Moment =
  | { readonly type: 'caller'; readonly at: number; readonly text: string }
  /** The caller begins to hear a sentence. */
  | { readonly type: 'bot'; readonly at: number; readonly text: string }
  /** The caller begins to hear an answer: its latencies are known. */
  | { readonly type: 'answered'; readonly at: number; readonly turn: TurnRecord }
  | {
      readonly type: 'interrupted'
      readonly at: number
      readonly reason: string
      readonly turn: TurnRecord
    }
  | {
      readonly type: 'tool'
      readonly at: number
      readonly name: string
      readonly arguments: { readonly [key: string]: Json }
    }
  | {
      readonly type: 'tool-result'
      readonly at: number
      readonly name: string
      readonly result: ToolOutcome
      readonly tookMs: number
    }
  /** Nothing more comes of an answer. */
  | { readonly type: 'turn'; readonly at: number; readonly turn: TurnRecord }

/** Follows one call. */
export interface TurnLog {
  /** Looks at the next frame that was emitted and says what there is to tell. */
  see(frame: Frame): readonly Moment[]
  /** The call is over: what is left to tell. */
  end(at: number): readonly Moment[]
}

interface Open {
  readonly response: number
  readonly reason: string
  readonly heard: string
  readonly speechEndedAt: number | undefined
  readonly transcriptAt: number | undefined
  readonly startedAt: number
  firstTextAt: number | undefined
  firstAudioAt: number | undefined
  heardAt: number | undefined
  tools: number
  /** Ms heard of it, by span. */
  readonly heardMs: Map<number, number>
  readonly spans: Map<number, string>
  /** Reason of the interruption that cut it. */
  cut: string | undefined
  isMade: boolean
}

/** Makes the log of one call. It keeps one answer, the one under way. */
export function createTurnLog(): TurnLog {
  return new CallTurnLog()
}

class CallTurnLog implements TurnLog {
  #open: Open | undefined
  #speechEndedAt: number | undefined
  #transcriptAt: number | undefined
  #heard: string[] = []
  #calls = new Map<string, number>()

  see(frame: Frame): readonly Moment[] {
    switch (frame.type) {
      case 'speech':
        if (frame.state === 'stopped') this.#speechEndedAt = frame.at - frame.latency
        return []
      case 'transcript':
        return this.#transcript(frame.text, frame.final, frame.at)
      case 'response':
        return this.#response(frame)
      case 'text':
      case 'audio':
      case 'tool-call':
        return frame.lane === 'bot' ? this.#made(frame) : []
      case 'tool-result':
        return this.#result(frame)
      case 'interrupt':
        return frame.phase === 'confirm' ? this.#cut(frame) : []
      case 'playout':
        return this.#playout(frame)
      default:
        return []
    }
  }

  end(at: number): readonly Moment[] {
    return this.#close(at)
  }

  #transcript(text: string, isFinal: boolean, at: number): readonly Moment[] {
    if (!isFinal || text.trim() === '') return []
    this.#heard.push(text.trim())
    this.#transcriptAt = at
    return [{ type: 'caller', at, text: text.trim() }]
  }

  #response({
    state,
    response,
    reason,
    at,
  }: Extract<Frame, { type: 'response' }>): readonly Moment[] {
    if (state === 'ended') {
      const open = this.#open
      if (open?.response !== response) return []
      open.isMade = true
      return open.spans.size === 0 ? this.#close(at) : []
    }
    const closed = this.#close(at)
    const isTurn = this.#heard.length > 0
    this.#open = {
      response,
      reason,
      heard: this.#heard.join(' '),
      speechEndedAt: isTurn ? this.#speechEndedAt : undefined,
      transcriptAt: isTurn ? this.#transcriptAt : undefined,
      startedAt: at,
      firstTextAt: undefined,
      firstAudioAt: undefined,
      heardAt: undefined,
      tools: 0,
      heardMs: new Map(),
      spans: new Map(),
      cut: undefined,
      isMade: false,
    }
    this.#heard = []
    return closed
  }

  #made(frame: Extract<Frame, { type: 'text' | 'audio' | 'tool-call' }>): readonly Moment[] {
    const open = this.#open
    const { at } = frame
    if (frame.type === 'tool-call') {
      this.#calls.set(frame.callId, at)
      if (open?.response === frame.response) open.tools++
      return [{ type: 'tool', at, name: frame.name, arguments: frame.arguments }]
    }
    if (open?.response !== frame.response) return []
    if (frame.type === 'audio') open.firstAudioAt ??= at
    else if (frame.speak) {
      open.firstTextAt ??= at
      open.spans.set(frame.span, (open.spans.get(frame.span) ?? '') + frame.text)
    }
    return []
  }

  #result({
    callId,
    name,
    result,
    at,
  }: Extract<Frame, { type: 'tool-result' }>): readonly Moment[] {
    const tookMs = at - (this.#calls.get(callId) ?? at)
    this.#calls.delete(callId)
    return [{ type: 'tool-result', at, name, result, tookMs }]
  }

  #playout(frame: Extract<Frame, { type: 'playout' }>): readonly Moment[] {
    const open = this.#open
    if (open === undefined || open.response !== frame.of) return []
    const { at, span, state } = frame
    // Span 0 stands for the response as a whole.
    if (span === 0) return state === 'stopped' ? this.#close(at) : []
    open.heardMs.set(span, frame.heardMs)
    if (state === 'stopped' && frame.cut) return open.cut === undefined ? [] : this.#close(at)
    if (state !== 'started') return []
    const text = (open.spans.get(span) ?? '').trim()
    const moments: Moment[] = text === '' ? [] : [{ type: 'bot', at, text }]
    if (open.heardAt === undefined) {
      open.heardAt = at
      moments.push({ type: 'answered', at, turn: recordOf(open) })
    }
    return moments
  }

  #cut({ at, through, reason }: Extract<Frame, { type: 'interrupt' }>): readonly Moment[] {
    const open = this.#open
    if (open === undefined || open.response > through || open.cut !== undefined) return []
    open.cut = reason
    // How much was heard is told by the transport, if there was anything to hear.
    return open.heardAt === undefined ? this.#close(at) : []
  }

  #close(at: number): readonly Moment[] {
    const open = this.#open
    if (open === undefined) return []
    this.#open = undefined
    const turn = recordOf(open)
    const moments: Moment[] = [{ type: 'turn', at, turn }]
    if (open.cut !== undefined) moments.unshift({ type: 'interrupted', at, reason: open.cut, turn })
    return moments
  }
}

function recordOf(open: Open): TurnRecord {
  const { response, reason, heard, speechEndedAt, transcriptAt, startedAt } = open
  const { firstTextAt, firstAudioAt, heardAt, tools } = open
  const heardMs = [...open.heardMs.values()].reduce((sum, ms) => sum + ms, 0)
  return {
    response,
    reason,
    heard,
    said: [...open.spans.values()].join('').trim(),
    speechEndedAt,
    transcriptAt,
    startedAt,
    firstTextAt,
    firstAudioAt,
    heardAt,
    tools,
    cutAfterMs: open.cut === undefined ? undefined : heardMs,
  }
}

/** Stages of an answer in ms: each from the one before to itself; `total` from the true end of speech. */
export interface Stages {
  readonly transcript: number | undefined
  readonly text: number | undefined
  readonly audio: number | undefined
  readonly heard: number | undefined
  readonly total: number | undefined
}

/** How long each stage of an answer took. A stage that did not happen, or has none before it, is undefined. */
export function stagesOf(turn: TurnRecord): Stages {
  const { speechEndedAt, transcriptAt, startedAt, firstTextAt, firstAudioAt, heardAt } = turn
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(0, to - from)
  return {
    transcript: between(speechEndedAt, transcriptAt),
    text: between(transcriptAt ?? startedAt, firstTextAt),
    audio: between(firstTextAt, firstAudioAt),
    heard: between(firstAudioAt, heardAt),
    total: between(speechEndedAt ?? startedAt, heardAt),
  }
}
