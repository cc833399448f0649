import {
  defineTts,
  type Clock,
  type SpokenPiece,
  type Utterance,
  type UtteranceText,
  type Word,
} from 'voxgraph/plugin'
import { createFlite, longestText, sampleRate, voices, type Flite, type Voice } from './engine.ts'

/**
 * Speaks with flite, in threads. Text is gathered into its span and spoken when the next span begins or the
 * utterance ends; flite makes a sentence as a whole, so its first sound comes when all of it is made.
 * Text without a span is spoken as it comes. Sound of a span says where its words are.
 */
export default defineTts({
  id: 'flite-tts',
  summary: 'Speaks English with flite: four voices, no account, 16 kHz.',
  formats: [{ sampleRate, channels: 1 }],
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      voice: {
        enum: voices,
        default: 'slt',
        description: 'slt (a woman), rms (a man), awb (a Scot), kal (a robot).',
      },
      speed: {
        type: 'number',
        minimum: 0.5,
        maximum: 2,
        default: 1,
        description: "1 is the voice's own pace.",
      },
    },
  },
  share: () => createFlite(),
  unshare: (flite) => flite.close(),
  setup: ({ options: { voice, speed }, shared: flite, clock, metric }) => ({
    async *speak(utterance) {
      const { signal } = utterance
      try {
        for await (const part of partsOf(utterance)) {
          if (signal.aborted) return
          yield* say(part, { flite, clock, metric, voice, speed, signal })
        }
      } catch (thrown) {
        if (!signal.aborted) throw thrown
      }
    },
  }),
})

/** What is spoken at a time. */
interface Part extends UtteranceText {
  /** Nothing of the utterance comes behind it. */
  readonly isLast: boolean
}

/** Spans whole, text without a span as it comes. Subscribes when it is read; holds one span. */
async function* partsOf({ text }: Utterance): AsyncGenerator<Part> {
  let gathered: UtteranceText = { span: 0, text: '' }
  for await (const piece of text) {
    if (piece.span !== gathered.span && gathered.text.trim() !== '') {
      yield { ...gathered, isLast: false }
      gathered = { span: 0, text: '' }
    }
    if (piece.span === 0) yield { ...piece, isLast: false }
    else gathered = { span: piece.span, text: gathered.text + piece.text }
  }
  if (gathered.text.trim() !== '') yield { ...gathered, isLast: true }
}

/** What a part is spoken with. */
interface Means {
  readonly flite: Flite
  readonly clock: Clock
  readonly voice: Voice
  readonly speed: number
  readonly signal: AbortSignal
  metric(name: string, value: number, unit?: string): void
}

async function* say({ text, span, isLast }: Part, means: Means): AsyncGenerator<SpokenPiece> {
  const { flite, clock, voice, speed, signal, metric } = means
  const from = clock.now()
  /** Where a piece begins in its span, in ms. */
  let fromMs = 0
  for (const piece of pieces(text)) {
    const made = await clock.work(flite.speak(piece, { voice, speed, signal }))
    if (made.samples.length === 0) continue
    if (fromMs === 0) metric('tts.first_audio', clock.now() - from, 'ms')
    const samples = isLast ? withoutPause(made.samples) : made.samples
    const words = made.words.map((word) => later(word, fromMs))
    fromMs += msOf(samples.length)
    yield { span, samples, words }
  }
}

/** Loudest sample of what nobody hears: −50 dB of full scale. */
const quietest = 100
/** What is kept of the pause behind the last sentence, in samples: the sound dies away in it. */
const keptPause = 0.06 * sampleRate

/** The pause that flite makes behind a sentence is for the next one: behind the last it keeps others waiting. */
function withoutPause(samples: Int16Array): Int16Array {
  const last = samples.findLastIndex((sample) => Math.abs(sample) > quietest)
  return samples.subarray(0, last + 1 + keptPause)
}

const msOf = (length: number): number => (length * 1000) / sampleRate

const later = ({ text, startMs, endMs }: Word, byMs: number): Word => ({
  text,
  startMs: startMs + byMs,
  endMs: endMs + byMs,
})

/** A text in parts that are not too long for flite, cut at spaces where there are any. */
function* pieces(text: string): Generator<string> {
  let rest = text
  while (rest.length > longestText) {
    const space = rest.lastIndexOf(' ', longestText)
    const end = space > 0 ? space : longestText
    yield rest.slice(0, end)
    rest = rest.slice(end)
  }
  yield rest
}
