import { durationMs, type AudioFrame, type PlayoutFrame, type TextFrame } from 'voxgraph/plugin'

/** Most spans of a response that are kept: more than anybody listens to. */
const mostSpans = 1000

interface SpokenSpan {
  /** What each node on the way to the voice made of it; the last one stands next to the voice. */
  readonly texts: Map<string, string>
  /** The same of its sound, in ms. */
  readonly sounds: Map<string, number>
  isHeard: boolean
  /** Told last. */
  told: string
}

/**
 * What is said and heard of one response. Nothing of a span is shown before its sound is heard, and then what the
 * voice got: a node in front of it may have masked what the brain wrote.
 */
export class SpokenResponse {
  readonly agent: string
  isSpeaking = false
  /** The caller hears the sound of a span. */
  isSounding = false
  readonly #spans = new Map<number, SpokenSpan>()

  constructor(agent: string) {
    this.agent = agent
  }

  /** @returns the span's text, where the caller hears it and more of it is known now */
  text({ source, span, text }: TextFrame): string | undefined {
    const { texts, isHeard } = this.#span(span)
    texts.set(source, (texts.get(source) ?? '') + text)
    return isHeard ? this.#news(span) : undefined
  }

  sound(frame: AudioFrame): void {
    const { sounds } = this.#span(frame.span)
    sounds.set(frame.source, (sounds.get(frame.source) ?? 0) + durationMs(frame))
  }

  /** The caller begins to hear a span. @returns its text */
  begin(span: number): string | undefined {
    this.#span(span).isHeard = true
    return this.#news(span)
  }

  /** The part of a span that was heard, to the word. */
  heard({ span, state, cut, words, heardMs }: PlayoutFrame): string {
    const { sounds, texts } = this.#span(span)
    const text = (lastOf(texts) ?? '').trim()
    if (state === 'stopped' && !cut) return text
    const all = text.match(/\S+\s*/g) ?? []
    const part = Math.min(1, heardMs / (lastOf(sounds) || Infinity))
    return all
      .slice(0, words ?? Math.floor(all.length * part))
      .join('')
      .trimEnd()
  }

  #news(span: number): string | undefined {
    const entry = this.#span(span)
    const text = (lastOf(entry.texts) ?? '').trim()
    if (text === '' || text === entry.told) return undefined
    entry.told = text
    return text
  }

  #span(number: number): SpokenSpan {
    const known = this.#spans.get(number)
    if (known !== undefined) return known
    const made = { texts: new Map(), sounds: new Map(), isHeard: false, told: '' }
    this.#spans.set(number, made)
    for (const oldest of this.#spans.keys()) {
      if (this.#spans.size > mostSpans) this.#spans.delete(oldest)
    }
    return made
  }
}

function lastOf<T>(bySource: ReadonlyMap<string, T>): T | undefined {
  return [...bySource.values()].at(-1)
}
