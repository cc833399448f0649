import type { Clock, Inspection } from 'voxgraph'
import type { Message } from 'voxgraph/plugin'

/** What was seen of one call from the inside. */
interface Seen {
  readonly voice: number[]
  /** Words that the model was told were heard of the answer before, at each question but the first. */
  readonly told: number[]
  /** Words of each response, with the time from the beginning of its sound at which they end, in ms. */
  readonly words: Map<number, number[]>
  /** Length of the sound of each response so far, and where the span in hand began. */
  readonly sound: Map<number, { ms: number; span: number; spanFrom: number }>
}

/** Looks on at calls and knows afterwards what was heard when. */
export class Witness {
  /** Frames of cut responses that were delivered. */
  stale = 0
  readonly #clock: Clock
  readonly #names = new Map<string, string>()
  readonly #seen = new Map<string, Seen>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  see(event: Inspection): void {
    if (event.type === 'session.started') {
      const { from = '' } = event.vars['call'] as { readonly from?: string }
      this.#names.set(event.session, from)
      this.#seen.set(from, { voice: [], told: [], words: new Map(), sound: new Map() })
      return
    }
    const seen = this.#seen.get(this.#names.get(event.session) ?? '')
    if (seen === undefined) return
    if (event.type === 'session.ended') this.stale += event.summary.figures.stale
    if (event.type === 'log' && event.record.message === 'told')
      this.#told(seen, event.record.details)
    if (event.type !== 'frame') return
    const { frame } = event
    if (frame.type === 'speech' && frame.state === 'started') seen.voice.push(this.#clock.now())
    if (frame.type === 'audio' && frame.role === 'agent' && frame.source === 'tts') {
      const { response, span, samples, sampleRate, words = [] } = frame
      const sound = seen.sound.get(response) ?? { ms: 0, span: 0, spanFrom: 0 }
      if (sound.span !== span) Object.assign(sound, { span, spanFrom: sound.ms })
      const known = seen.words.get(response) ?? []
      known.push(...words.map(({ endMs }) => sound.spanFrom + endMs))
      sound.ms += (samples.length * 1000) / sampleRate
      seen.sound.set(response, sound)
      seen.words.set(response, known)
    }
  }

  /** What was known inside of the interruption number `index` of a call. */
  of(name: string, index: number, spokeAt: number) {
    const seen = this.#seen.get(name)
    const words = seen?.words.get(index + 1) ?? []
    return {
      /** When the detector said that it heard the caller. */
      vadAt: seen?.voice.find((at) => at >= spokeAt) ?? Number.NaN,
      told: seen?.told[index] ?? Number.NaN,
      /** Words that end within so many ms of the response's sound. */
      wordsIn: (ms: number): number => words.filter((endMs) => endMs <= ms).length,
    }
  }

  #told(seen: Seen, details: Readonly<Record<string, unknown>> | undefined): void {
    const messages = (details?.['messages'] ?? []) as readonly Message[]
    const last = messages.findLast(({ role }) => role === 'assistant')
    if (messages.length === 0) return
    const text = last?.role === 'assistant' ? last.text : ''
    seen.told.push(text.split(/\s+/).filter(Boolean).length)
  }
}
