import { defineProcessor, type Context, type Signal } from '../define/index.ts'
import { VoxgraphError } from '../errors/index.ts'
import { derive, type AudioFrame, type Word } from '../frames/index.ts'
import { createConversion, sameFormat, type Conversion, type SoundFormat } from './conversion.ts'
import { loadResamplerEngine, type ResamplerEngine } from './resampler.ts'

const format = {
  type: 'object',
  additionalProperties: false,
  required: ['sampleRate', 'channels', 'encoding'],
  properties: {
    sampleRate: { type: 'integer', minimum: 1000, maximum: 384_000, description: 'In Hz.' },
    channels: { type: 'integer', minimum: 1, maximum: 8, description: 'Interleaved channels.' },
    encoding: { enum: ['pcm', 'mulaw'], description: 'Linear 16-bit, or G.711 µ-law.' },
  },
} as const

/**
 * The converter that the loader puts between two audio formats. Role, span, words and response of the
 * frames stay as they are; the sound of each span comes out with exactly its length. A frame that has not
 * the format `from` is an error, `audio-format`.
 */
export const convert = defineProcessor({
  id: 'convert',
  summary: 'Brings sound from one rate, number of channels and encoding into another.',
  ports: { in: { audio: 'audio' }, out: { audio: 'audio' } },
  options: {
    type: 'object',
    additionalProperties: false,
    required: ['from', 'to'],
    properties: {
      from: { ...format, description: 'Format that comes in.' },
      to: { ...format, description: 'Format that goes out.' },
    },
  },
  share: loadResamplerEngine,
  setup({ options, shared }: { options: Formats; shared: ResamplerEngine }) {
    const caller = createStream(shared, options)
    const bot = createStream(shared, options)
    return {
      audio: (frame) => (frame.role === 'user' ? caller : bot).take(frame),
      signal: (frame: Signal, _ctx: Context) => bot.mark(frame),
      close() {
        caller.close()
        bot.close()
      },
    }
  },
})

interface Formats {
  readonly from: SoundFormat
  readonly to: SoundFormat
}

interface Stream {
  take(frame: AudioFrame): AudioFrame | readonly AudioFrame[] | undefined
  /** Ends a piece of sound at the end of a response, forgets it when it is cut. */
  mark(frame: Signal): AudioFrame | undefined
  close(): void
}

/** One voice. The filter is emptied between spans, so that no sound of one is counted as the next's. */
function createStream(engine: ResamplerEngine, { from, to }: Formats): Stream {
  let conversion: Conversion | undefined
  let last: AudioFrame | undefined
  /** Words of frames that the filter has swallowed whole. */
  let words: readonly Word[] | undefined

  function draft(frame: AudioFrame, samples: Int16Array): AudioFrame | undefined {
    if (samples.length === 0) return undefined
    const made = derive(frame, { samples, words, ...to })
    words = undefined
    return made
  }
  function tail(): AudioFrame | undefined {
    if (last === undefined || conversion === undefined) return undefined
    const rest = draft(last, conversion.flush())
    forget()
    return rest
  }
  function forget(): void {
    last = undefined
    words = undefined
  }

  return {
    take(frame) {
      if (!sameFormat(frame, from)) throw wrongFormat(frame, from)
      conversion ??= createConversion(engine, from, to)
      const isNext =
        last !== undefined && (last.span !== frame.span || last.response !== frame.response)
      const rest = isNext ? tail() : undefined
      last = frame
      words = words === undefined ? frame.words : [...words, ...(frame.words ?? [])]
      const made = draft(frame, conversion.convert(frame.samples))
      return rest !== undefined && made !== undefined ? [rest, made] : (rest ?? made)
    },
    mark(frame) {
      if (last === undefined) return undefined
      if (frame.type === 'response' && frame.state === 'ended') {
        return frame.response === last.response ? tail() : undefined
      }
      const isCut =
        frame.type === 'interrupt' &&
        frame.phase === 'confirm' &&
        last.response !== 0 &&
        last.response <= frame.through
      if (isCut) {
        conversion?.reset()
        forget()
      }
      return undefined
    },
    close: () => conversion?.close(),
  }
}

const wrongFormat = (given: SoundFormat, expected: SoundFormat): VoxgraphError =>
  new VoxgraphError('audio-format', { given: nameOf(given), expected: nameOf(expected) })

const nameOf = ({ sampleRate, channels, encoding }: SoundFormat): string =>
  `${encoding} at ${sampleRate} Hz with ${channels === 1 ? 'one channel' : `${channels} channels`}`
