import type { Frame, FrameOf, Json, ToolOutcome } from '../frames/index.ts'
import { CallerEdges } from './caller-edges.ts'
import { OpenTurn } from './open-turn.ts'
import type { TurnRecord } from './turn-record.ts'

/** Something worth telling of a call, in the order in which it happened; `at` in ms on the session clock. */
export type Moment =
  | { readonly type: 'caller'; readonly at: number; readonly text: string }
  /** The caller begins to hear a sentence; of which agent (in a graph without agents: of which brain). */
  | { readonly type: 'bot'; readonly at: number; readonly agent: string; readonly text: string }
  /** The caller begins to hear an answer: its latencies are known. */
  | { readonly type: 'answered'; readonly at: number; readonly turn: TurnRecord }
  /** It was held because the caller seemed to speak, and plays on. */
  | {
      readonly type: 'held'
      readonly at: number
      readonly reason: string
      readonly forMs: number
      readonly turn: TurnRecord
    }
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
  /** The call goes from one agent to another. */
  | HandoffMoment
  /** An agent in the background has noticed something. */
  | { readonly type: 'note'; readonly at: number; readonly agent: string; readonly text: string }
  /** Nothing more comes of an answer: its record is complete. */
  | { readonly type: 'turn'; readonly at: number; readonly turn: TurnRecord }

type HandoffMoment = Pick<
  FrameOf<'handoff'>,
  'type' | 'at' | 'state' | 'from' | 'to' | 'reason' | 'pass' | 'context'
>

/** Follows one call. */
export interface TurnLog {
  /** Looks at the next frame that was emitted and says what there is to tell. */
  see(frame: Frame): readonly Moment[]
  /** The call is over: what is left to tell. */
  end(at: number): readonly Moment[]
}

/** Makes the log of one call. It keeps one answer, the one under way, and the caller's turn before the next. */
export function createTurnLog(): TurnLog {
  return new CallTurnLog()
}

class CallTurnLog implements TurnLog {
  readonly #caller = new CallerEdges()
  /** Tools under way: when they were called. */
  readonly #calls = new Map<string, number>()
  #open: OpenTurn | undefined
  #answers = 0

  see(frame: Frame): readonly Moment[] {
    switch (frame.type) {
      case 'speech':
        this.#caller.speech(frame)
        return []
      case 'transcript':
        return this.#transcript(frame)
      case 'turn':
        this.#caller.turn(frame)
        return []
      case 'inference':
        return this.#inference(frame)
      case 'response':
        return this.#response(frame)
      case 'text':
      case 'audio':
      case 'tool-call':
        return frame.lane === 'bot' ? this.#made(frame) : []
      case 'tool-result':
        return this.#result(frame)
      case 'correction':
        if (this.#open?.response === frame.of) this.#open.correct(frame)
        return []
      case 'interrupt':
        return this.#interrupt(frame)
      case 'playout':
        return this.#playout(frame)
      case 'handoff': {
        const { type, at, state, from, to, reason, pass, context } = frame
        return [{ type, at, state, from, to, reason, pass, context }]
      }
      case 'message':
        return noteIn(frame)
      default:
        return []
    }
  }

  end(at: number): readonly Moment[] {
    return this.#close(at)
  }

  #transcript({ text: heard, final, at }: FrameOf<'transcript'>): readonly Moment[] {
    const text = heard.trim()
    if (!final || text === '') return []
    this.#caller.final(text, at)
    return [{ type: 'caller', at, text }]
  }

  #inference(frame: FrameOf<'inference'>): readonly Moment[] {
    const open = this.#open
    const isRound = open?.isMade === false && frame.reason === 'tool-result'
    if (!isRound) this.#caller.asked(frame)
    else if (frame.state === 'started') open.askedAgain(frame.at)
    return []
  }

  #response(frame: FrameOf<'response'>): readonly Moment[] {
    const { state, response, at } = frame
    if (state === 'ended') {
      const open = this.#open
      if (open?.response !== response) return []
      open.made(at)
      return open.hasText ? [] : this.#close(at)
    }
    const closed = this.#close(at)
    const lead = this.#caller.take(frame)
    if (lead.heard !== '') this.#answers++
    this.#open = new OpenTurn(frame, lead.heard === '' ? 0 : this.#answers, lead)
    return closed
  }

  #made(frame: FrameOf<'text'> | FrameOf<'audio'> | FrameOf<'tool-call'>): readonly Moment[] {
    const open = this.#open?.response === frame.response ? this.#open : undefined
    if (frame.type === 'tool-call') {
      const { callId, name, at } = frame
      this.#calls.set(callId, at)
      open?.called()
      return [{ type: 'tool', at, name, arguments: frame.arguments }]
    }
    if (frame.type === 'audio') open?.audio(frame)
    else if (frame.speak) open?.text(frame)
    return []
  }

  #result({ callId, name, result, at }: FrameOf<'tool-result'>): readonly Moment[] {
    const tookMs = at - (this.#calls.get(callId) ?? at)
    this.#calls.delete(callId)
    return [{ type: 'tool-result', at, name, result, tookMs }]
  }

  #playout(frame: FrameOf<'playout'>): readonly Moment[] {
    const open = this.#open
    if (open === undefined || open.response !== frame.of) return []
    const { at, span, state, cut } = frame
    const isFirst = open.played(frame)
    if (state === 'stopped') {
      // Span 0 stands for the response as a whole.
      const isOver = span === 0 || (cut && open.cut !== undefined)
      return isOver ? this.#close(at) : []
    }
    if (state !== 'started' || span === 0) return []
    const text = open.textOf(span)
    const moments: Moment[] = text === '' ? [] : [{ type: 'bot', at, agent: open.agent, text }]
    if (isFirst) moments.push({ type: 'answered', at, turn: open.record() })
    return moments
  }

  #interrupt({ phase, at, through, reason }: FrameOf<'interrupt'>): readonly Moment[] {
    const open = this.#open
    if (open === undefined || open.response > through || open.cut !== undefined) return []
    if (phase === 'suspect') {
      open.suspected(at, this.#caller.voice)
      return []
    }
    if (phase === 'reject') {
      const forMs = open.rejected(at)
      return forMs === undefined ? [] : [{ type: 'held', at, reason, forMs, turn: open.record() }]
    }
    open.wasCut(reason, at, this.#caller.voice)
    // How much was heard is told by the transport, if there was anything to hear.
    return open.isHeard ? [] : this.#close(at)
  }

  #close(at: number): readonly Moment[] {
    const open = this.#open
    if (open === undefined) return []
    this.#open = undefined
    const turn = open.record()
    const moments: Moment[] = [{ type: 'turn', at, turn }]
    if (open.cut !== undefined) moments.unshift({ type: 'interrupted', at, reason: open.cut, turn })
    return moments
  }
}

/** What an agent in the background says to the application. */
function noteIn({ at, name, lane, data }: FrameOf<'message'>): readonly Moment[] {
  if (name !== 'note' || lane !== 'bot') return []
  const { agent, text } = (data ?? {}) as { readonly [key: string]: unknown }
  return typeof agent === 'string' && typeof text === 'string'
    ? [{ type: 'note', at, agent, text }]
    : []
}
