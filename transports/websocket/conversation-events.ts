import type { Frame, FrameOf } from 'voxgraph/plugin'
import type { CallErrorEvent, ConversationEvent } from './events.ts'
import { SpokenResponse } from './spoken-response.ts'

/** Responses that are open at a time; of an older one nothing more is told. */
const mostOpen = 16
/** Transcripts that are remembered, so that what a node makes of one is not told as another. */
const mostTranscripts = 32

/** An event before its time is known. */
type Told = ConversationEvent extends infer E ? (E extends E ? Omit<E, 'at'> : never) : never

/** What is told of a failure to whoever is in the call: whose it is does not concern them. */
const failureText = 'Something that this call needs has failed.'

/**
 * Makes the events of the conversation from the frames of one call. It keeps the text of the responses that
 * are open, sixteen at most. Nothing in its events is a prompt, an argument of a tool, or a variable.
 */
export class ConversationEvents {
  readonly #isInspected: boolean
  readonly #open = new Map<number, SpokenResponse>()
  readonly #transcripts = new Set<number>()
  /** Who decides about turns: what others say of them is an opinion. */
  #decider: string | undefined
  #isTurn = false
  #isVoice = false

  /** @param isInspected failures are told in full */
  constructor(isInspected: boolean) {
    this.#isInspected = isInspected
  }

  /** What the next frame that was emitted means. */
  see(frame: Frame): readonly Told[] {
    switch (frame.type) {
      case 'speech':
        return this.#speech(frame)
      case 'transcript':
        return this.#transcript(frame)
      case 'turn':
        return this.#turn(frame)
      case 'inference':
        this.#decider = frame.source
        return []
      case 'response':
        return this.#response(frame)
      case 'text':
      case 'audio':
        return this.#made(frame)
      case 'playout':
        return this.#playout(frame)
      case 'interrupt':
        return this.#interrupt(frame)
      case 'handoff':
        return [{ type: 'agent', state: frame.state, from: frame.from, to: frame.to }]
      case 'error':
        return [this.#failure(frame)]
      default:
        return []
    }
  }

  #speech({ state }: FrameOf<'speech'>): readonly Told[] {
    const isVoice = state === 'started'
    if (isVoice === this.#isVoice) return []
    this.#isVoice = isVoice
    return [{ type: 'speech', state }]
  }

  #transcript({ id, cause, text, final, typed }: FrameOf<'transcript'>): readonly Told[] {
    const isKnown = this.#transcripts.has(cause)
    this.#transcripts.add(id)
    for (const oldest of this.#transcripts) {
      if (this.#transcripts.size > mostTranscripts) this.#transcripts.delete(oldest)
    }
    if (isKnown || text.trim() === '') return []
    return [{ type: 'transcript', text: text.trim(), final, typed: typed === true }]
  }

  #turn({ source, state, text }: FrameOf<'turn'>): readonly Told[] {
    const isOpinion = this.#decider !== undefined && source !== this.#decider
    if (isOpinion || (state !== 'started' && state !== 'ended')) return []
    const begins = state === 'started'
    if (begins === this.#isTurn) return []
    this.#isTurn = begins
    return [{ type: 'turn', state, text: begins ? '' : text.trim() }]
  }

  #response({ state, source, agent, response }: FrameOf<'response'>): readonly Told[] {
    this.#decider = source
    if (state === 'ended') return []
    this.#open.set(response, new SpokenResponse(agent || source))
    for (const oldest of this.#open.keys()) {
      if (this.#open.size > mostOpen) this.#open.delete(oldest)
    }
    return []
  }

  #made(frame: FrameOf<'text'> | FrameOf<'audio'>): readonly Told[] {
    const spoken = frame.lane === 'bot' ? this.#open.get(frame.response) : undefined
    if (spoken === undefined) return []
    if (frame.type === 'audio') spoken.sound(frame)
    const text = frame.type === 'text' && frame.speak ? spoken.text(frame) : undefined
    const { response, span } = frame
    return text === undefined ? [] : [{ type: 'said', response, span, agent: spoken.agent, text }]
  }

  #playout(frame: FrameOf<'playout'>): readonly Told[] {
    const { of: response, span, state, heardMs: ms, cut } = frame
    const spoken = this.#open.get(response)
    if (spoken === undefined) return []
    const { agent } = spoken
    // Span 0 stands for the response as a whole.
    if (span === 0 && state === 'stopped') return this.#silence(response, spoken)
    if (state === 'started') {
      const begins = !spoken.isSpeaking
      spoken.isSpeaking = true
      spoken.isSounding = true
      const text = spoken.begin(span)
      return [
        ...(begins ? [{ type: 'speaking', state, response, agent } as const] : []),
        ...(text === undefined ? [] : [{ type: 'said', response, span, agent, text } as const]),
      ]
    }
    const text = spoken.heard(frame)
    const heard = { type: 'heard', response, span, text, ms, state, cut } as const
    if (state === 'stopped') spoken.isSounding = false
    return cut ? [heard, ...this.#silence(response, spoken)] : [heard]
  }

  #interrupt({ phase, through, reason }: FrameOf<'interrupt'>): readonly Told[] {
    if (phase !== 'confirm') return []
    const cut = [...this.#open].filter(([response]) => response <= through)
    if (cut.length === 0) return []
    // How much was heard of what sounds is told by the transport.
    const quiet = cut.filter(([, spoken]) => !spoken.isSounding)
    return [
      { type: 'interrupted', through, reason },
      ...quiet.flatMap(([response, spoken]) => this.#silence(response, spoken)),
    ]
  }

  #silence(response: number, { isSpeaking, agent }: SpokenResponse): readonly Told[] {
    this.#open.delete(response)
    return isSpeaking ? [{ type: 'speaking', state: 'stopped', response, agent }] : []
  }

  #failure({ code, category, node, message }: FrameOf<'error'>): Omit<CallErrorEvent, 'at'> {
    const text = this.#isInspected ? `${node}: ${message}` : failureText
    return { type: 'error', code: code || category, message: text }
  }
}
