import { defineProcessor, type ProcessorDefinition } from '../../define/index.ts'
import { audio, type AudioFrame, type Frame } from '../../frames/index.ts'
import type { AudioFormat, PlanNode } from '../../graph/plan.ts'
import { frameMs, lengthOf } from './word-times.ts'

/** µ-law for silence. */
const mulawZero = 0xff

/**
 * Stands in for a voice: takes no time and makes silence as long as speech would be. It says when its words are,
 * so what was heard is known to the word. It speaks word by word, as the text comes.
 */
export function silentVoice({ manifest }: PlanNode, format: AudioFormat): ProcessorDefinition {
  const { in: inputs, out } = manifest.ports
  return defineProcessor({
    id: 'silent-voice',
    summary: 'Makes silence as long as speech would be.',
    role: 'tts',
    ports: { in: inputs, out },
    setup() {
      const speaker = new Speaker(format)
      const text = (frame: Frame): Iterable<AudioFrame> | undefined => {
        if (frame.type === 'transcript' && frame.final) return speaker.take(frame.text, 0, 0)
        if (frame.type !== 'text' || !frame.speak) return undefined
        return speaker.take(frame.text, frame.span, frame.response)
      }
      return {
        ...Object.fromEntries(Object.keys(inputs).map((port) => [port, text])),
        signal(frame: Frame) {
          if (frame.type === 'response' && frame.state === 'ended') return speaker.flush()
          if (frame.type === 'interrupt' && frame.phase === 'confirm') speaker.forget(frame.through)
          return undefined
        },
      }
    },
  })
}

const nothing = { response: 0, span: 0, word: '', ms: 0 }

class Speaker {
  readonly #format: AudioFormat
  readonly #silence: Int16Array
  /** The word that is not whole yet, and how far the sound of its span has come. */
  #open = nothing

  constructor(format: AudioFormat) {
    const { sampleRate, channels, encoding } = format
    const length = Math.round((sampleRate * frameMs) / 1000) * channels
    this.#format = format
    this.#silence = new Int16Array(length).fill(encoding === 'mulaw' ? mulawZero : 0)
  }

  /** Speaks the words that are whole; text without a span is, as it comes. */
  *take(text: string, span: number, response: number): Generator<AudioFrame> {
    if (span !== this.#open.span || response !== this.#open.response) {
      yield* this.flush()
      this.#open = { response, span, word: '', ms: 0 }
    }
    const [, whole = '', rest = ''] = /^(.*\s)?(\S*)$/s.exec(this.#open.word + text) ?? []
    this.#open = { ...this.#open, word: rest }
    for (const word of whole.split(/\s+/).filter(Boolean)) yield* this.#say(word)
    if (span === 0) yield* this.flush()
  }

  /** Speaks what is left. */
  *flush(): Generator<AudioFrame> {
    const { word } = this.#open
    this.#open = { ...this.#open, word: '' }
    if (word !== '') yield* this.#say(word)
  }

  /** A cut response is not spoken to its end. */
  forget(through: number): void {
    if (this.#open.response <= through) this.#open = nothing
  }

  *#say(word: string): Generator<AudioFrame> {
    const { span, ms: startMs } = this.#open
    const { ms, pauseMs } = lengthOf(word)
    const words = span === 0 ? undefined : [{ text: word, startMs, endMs: startMs + ms }]
    const sound = { role: 'agent', samples: this.#silence, span, ...this.#format } as const
    this.#open = { ...this.#open, ms: startMs + ms + pauseMs }
    for (let at = 0; at < ms + pauseMs; at += frameMs) {
      yield audio(at === 0 ? { ...sound, words } : sound)
    }
  }
}
