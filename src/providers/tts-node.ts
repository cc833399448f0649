import type { Handlers, Ports, Signal, SpeechFormat, Tts, TtsDefinition } from '../define/index.ts'
import type { AudioFrame, Frame } from '../frames/index.ts'
import type { Host } from '../kernel/host.ts'
import type { ProviderSetup } from '../kernel/make-node.ts'
import { formatOf } from './format-of.ts'
import { FailoverVoice } from './failover-voice.ts'
import { soundFrames } from './sound-frames.ts'
import { createTextQueue, type TextQueue } from './text-queue.ts'

/** One response on its way through the voice. */
interface Speaking {
  readonly response: number
  readonly text: TextQueue
  /** Resolves when all of its sound has gone out, or nobody wants it. */
  readonly done: PromiseWithResolvers<void>
}

/**
 * A voice in a session. The text of a response is one utterance: it begins with its first text and is read by
 * the voice while its sound goes out; `response ended` goes on behind the last of it.
 */
export async function ttsNode(
  host: Host,
  { members, plan, process }: ProviderSetup<TtsDefinition>,
): Promise<Handlers<Ports, Ports>> {
  const format = formatOf(plan, host.node, 'out')
  const phrases = plan.turns.options.trouble
  const voice = await FailoverVoice.open({ host, members, process, format, phrases })
  host.lendVoice((text, signal) => {
    const queue = createTextQueue()
    queue.push({ span: 0, text })
    queue.end()
    return soundFrames(voice.speak({ text: queue, signal }), format)
  })
  return new Speech(host, voice, format) as unknown as Handlers<Ports, Ports>
}

class Speech {
  readonly #host: Host
  readonly #voice: Tts
  readonly #format: SpeechFormat
  #speaking: Speaking | undefined

  constructor(host: Host, voice: Tts, format: SpeechFormat) {
    this.#host = host
    this.#voice = voice
    this.#format = format
  }

  text(frame: Frame): AsyncGenerator<AudioFrame> | undefined {
    if (frame.type === 'transcript') return frame.final ? this.#alone(frame.text) : undefined
    if (frame.type !== 'text' || !frame.speak) return undefined
    const { response, span, text } = frame
    if (response === 0) return this.#alone(text)
    if (this.#speaking?.response !== response) {
      this.#speaking?.text.end()
      this.#speaking = this.#begin(response, frame)
    }
    this.#speaking.text.push({ span, text })
    return undefined
  }

  signal(frame: Signal): Promise<void> | undefined {
    if (frame.type === 'response' && frame.state === 'ended') {
      if (this.#speaking?.response !== frame.response) return undefined
      const { text, done } = this.#speaking
      this.#speaking = undefined
      text.end()
      return done.promise
    }
    const isCut = frame.type === 'interrupt' && frame.phase === 'confirm'
    if (isCut && this.#speaking !== undefined && this.#speaking.response <= frame.through) {
      this.#speaking.text.end()
      this.#speaking = undefined
    }
    return undefined
  }

  close(): void | Promise<void> {
    return this.#voice.close?.()
  }

  #speak(text: TextQueue, signal: AbortSignal): AsyncGenerator<AudioFrame> {
    return soundFrames(this.#voice.speak({ text, signal }), this.#format)
  }

  #begin(response: number, cause: Frame): Speaking {
    const text = createTextQueue()
    const done = Promise.withResolvers<void>()
    this.#host.spawn(
      ({ signal }) => {
        // One that is cut before it is read for the first time never comes to its end.
        signal.addEventListener('abort', () => done.resolve(), { once: true })
        return until(this.#speak(text, signal), done.resolve)
      },
      cause,
      response,
    )
    return { response, text, done }
  }

  /** What belongs to no response is an utterance of its own. */
  #alone(text: string): AsyncGenerator<AudioFrame> {
    const queue = createTextQueue()
    queue.push({ span: 0, text })
    queue.end()
    return this.#speak(queue, this.#host.signal)
  }
}

/** The same stream; `over` is called when it has ended, however that came. */
async function* until<T>(stream: AsyncIterable<T>, over: () => void): AsyncGenerator<T> {
  try {
    yield* stream
  } finally {
    over()
  }
}
