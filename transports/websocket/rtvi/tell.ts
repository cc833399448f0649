import type { Frame, FrameOf } from 'voxgraph/plugin'
import type { RtviMessage } from './rtvi-message.ts'
import { BotStep } from './tell-bot.ts'
import { takeCorrection, takeText } from './told-response.ts'
import type { Exposure, TellEvent, TellRules, Told } from './told.ts'

/** What is told of a failure: whose it is does not concern the caller. */
const failureText = 'Something that this call needs has failed.'
/** Transcripts whose ids are kept. */
const mostTranscripts = 64

/**
 * What a client of RTVI is told of what happens. Pure. Of what the bot writes nothing is told before its sound is
 * made: what a guard takes out on the way to the voice is never shown.
 */
export function tell(
  told: Told,
  event: TellEvent,
  rules: TellRules,
): readonly [Told, readonly RtviMessage[]] {
  const step = new TellStep(told, rules)
  if (event.type === 'typed') step.change({ mutesNext: !event.isSpoken })
  else step.see(event.frame)
  return [step.told, step.messages]
}

class TellStep extends BotStep {
  see(frame: Frame): void {
    switch (frame.type) {
      case 'transcript':
        return this.#transcript(frame)
      case 'turn':
        return this.#turn(frame)
      case 'response':
        return frame.state === 'started' ? this.begin(frame) : this.made(frame.response)
      case 'text':
        return this.write(frame.response, (one) => takeText(one, frame, this.told.segments + 1))
      case 'correction':
        return this.write(frame.of, (one) => takeCorrection(one, frame, this.told.segments + 1))
      case 'audio':
        return frame.role === 'agent' ? this.sound(frame) : undefined
      case 'playout':
        return frame.state === 'stopped' && frame.span === 0
          ? this.over(frame.of)
          : this.heard(frame)
      case 'interrupt':
        return frame.phase === 'confirm' ? this.cut(frame.through) : undefined
      case 'tool-call':
        return this.#toolCall(frame)
      case 'tool-result':
        return this.#toolResult(frame)
      case 'inference':
        return this.#inference(frame)
      case 'usage': {
        const { characters = 0 } = frame.usage
        return characters > 0 ? this.metrics('characters', frame.source, characters) : undefined
      }
      case 'error':
        return this.say('error', { error: failureText, fatal: false })
      default:
    }
  }

  #transcript(frame: FrameOf<'transcript'>): void {
    const { ears, transcripts } = this.told
    const { id, cause, source, text, final, at } = frame
    // Whoever has typed knows.
    if (frame.typed === true) return
    this.change({ transcripts: [...transcripts, id].slice(-mostTranscripts) })
    if (text.trim() === '' || transcripts.includes(cause)) return
    if (!ears.has(source)) this.change({ ears: new Set(ears).add(source) })
    const { userId, wallStart } = this.rules
    const timestamp = new Date(wallStart + at).toISOString()
    this.say('user-transcription', { text, final, timestamp, user_id: userId })
  }

  /** A turn as the conversation decided it. */
  #turn({ state, source, text, probability }: FrameOf<'turn'>): void {
    const { ears, isUserSpeaking } = this.told
    if (ears.has(source) || probability !== undefined) return
    if (state === 'started' && !isUserSpeaking) {
      this.change({ isUserSpeaking: true })
      this.say('user-started-speaking')
    } else if (state === 'ended') {
      this.change({ isUserSpeaking: false })
      if (isUserSpeaking) this.say('user-stopped-speaking')
      if (text !== '') this.say('user-llm-text', { text })
    }
  }

  #inference({ state, source, speculative, outcome, at }: FrameOf<'inference'>): void {
    if (state === 'ended') {
      const asked = this.told.asked.get(source)
      if (outcome !== 'answered' || asked === undefined) return
      this.metrics('processing', source, (at - asked.at) / 1000)
    } else if (!speculative || state === 'promoted') {
      this.change({ asked: new Map(this.told.asked).set(source, { at, isAnswered: false }) })
    }
  }

  #toolCall({ callId, name, arguments: given }: FrameOf<'tool-call'>): void {
    const exposure = this.#exposure(name)
    if (exposure === 'disabled') return
    const named = exposure === 'none' ? {} : { function_name: name }
    this.say('llm-function-call-started', named)
    this.say('llm-function-call-in-progress', {
      tool_call_id: callId,
      ...named,
      ...(exposure === 'full' && { arguments: given }),
    })
  }

  #toolResult({ callId, name, result }: FrameOf<'tool-result'>): void {
    const exposure = this.#exposure(name)
    if (exposure === 'disabled') return
    const isFull = exposure === 'full' && result.status === 'ok'
    this.say('llm-function-call-stopped', {
      tool_call_id: callId,
      cancelled: result.status === 'cancelled',
      ...(exposure !== 'none' && { function_name: name }),
      ...(isFull && { result: result.value }),
    })
  }

  #exposure(name: string): Exposure {
    const { functionCalls } = this.rules
    const own = Object.hasOwn(functionCalls, name) ? functionCalls[name] : undefined
    return own ?? functionCalls['*'] ?? 'none'
  }
}
