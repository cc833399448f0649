import { audio, defineProcessor, type AudioFrame, type Context } from 'voxgraph/plugin'
import { createFlite, longestText, sampleRate, voices, type SpokenWord } from './engine.ts'

/** Length of the frames it gives, in ms. */
const frameMs = 20
const samplesPerFrame = (sampleRate * frameMs) / 1000

/**
 * Speaks with flite, in threads. Text is gathered into its span and spoken when the next span begins or the
 * response ends; flite makes a sentence as a whole, so its first sound comes when all of it is made.
 * Text without a span is spoken as it comes. Sound of a span says where its words are.
 */
export default defineProcessor({
  id: 'flite-tts',
  summary: 'Speaks English with flite: four voices, no account, 16 kHz.',
  role: 'tts',
  ports: {
    in: { text: { type: 'text', many: true } },
    out: { audio: { type: 'audio', formats: [{ sampleRate, channels: 1 }] } },
  },
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
  setup({ options, shared: flite, clock }) {
    const { voice, speed } = options
    let gathered = { response: 0, span: 0, text: '' }

    async function* say(
      text: string,
      span: number,
      ctx: Context,
      isLast = false,
    ): AsyncGenerator<AudioFrame> {
      const from = clock.now()
      let isFirst = true
      /** Where a piece begins in its span, in ms. */
      let fromMs = 0
      for (const piece of pieces(text)) {
        const made = flite.speak(piece, { voice, speed, signal: ctx.signal })
        const { samples: whole, words } = await clock.work(made)
        const samples = isLast ? withoutPause(whole) : whole
        if (isFirst) ctx.metric('tts.first_audio', clock.now() - from, 'ms')
        isFirst = false
        // Times count from the beginning of a span, so there are none without.
        const timed = span === 0 ? undefined : words.map((word) => later(word, fromMs))
        for (let at = 0; at < samples.length; at += samplesPerFrame) {
          const part = samples.slice(at, at + samplesPerFrame)
          const end = at + part.length
          const until = end === samples.length ? Infinity : fromMs + msOf(end)
          const begun = timed?.filter(beginsIn(fromMs + msOf(at), until))
          yield audio({ role: 'agent', samples: part, sampleRate, span, words: begun })
        }
        fromMs += msOf(samples.length)
      }
    }
    /** What was gathered so far, to be spoken now. */
    const flush = (ctx: Context, isLast: boolean): AsyncGenerator<AudioFrame> | undefined => {
      const { text, span } = gathered
      gathered = { response: 0, span: 0, text: '' }
      return text.trim() === '' ? undefined : say(text, span, ctx, isLast)
    }

    return {
      text(frame, ctx) {
        if (frame.type === 'transcript') return frame.final ? say(frame.text, 0, ctx) : undefined
        if (!frame.speak) return
        const { span, response } = frame
        if (span === 0) return say(frame.text, 0, ctx)
        const isNext = gathered.span !== 0 && gathered.span !== span
        const ready = isNext ? flush(ctx, false) : undefined
        gathered = { response, span, text: gathered.text + frame.text }
        return ready
      },
      signal(frame, ctx) {
        if (frame.type === 'response' && frame.state === 'ended') return flush(ctx, true)
        const isCut = frame.type === 'interrupt' && frame.phase === 'confirm'
        if (isCut && gathered.response <= frame.through) {
          gathered = { response: 0, span: 0, text: '' }
        }
        return undefined
      },
    }
  },
})

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

const beginsIn =
  (fromMs: number, untilMs: number) =>
  ({ startMs }: SpokenWord): boolean =>
    startMs >= fromMs && startMs < untilMs

const later = ({ text, startMs, endMs }: SpokenWord, byMs: number): SpokenWord => ({
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
