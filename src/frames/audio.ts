import { wordSchema, type Word } from './word.ts'
import { draftHeader, type FrameBase, type FrameKind, type Header } from './frame.ts'

/** `pcm`: linear 16-bit. `mulaw`: G.711 µ-law, one code 0–255 in each element of `samples`. */
export type AudioEncoding = 'pcm' | 'mulaw'

/** A piece of sound, usually 20 ms. */
export interface AudioFrame extends FrameBase<'audio', 'media' | 'bot'> {
  /** Whose voice: `user` travels in the media lane, `agent` in the bot lane. */
  readonly role: 'user' | 'agent'
  /** Interleaved when there is more than one channel. Never written to after the frame is made. */
  readonly samples: Int16Array
  /** Samples per second and channel, in Hz. */
  readonly sampleRate: number
  readonly channels: number
  readonly encoding: AudioEncoding
  /** Span of text this is the sound of; 0 when it is the sound of none. */
  readonly span: number
  /**
   * Words of the span that begin in this piece, as they stand between the spaces of its text; their times are
   * ms from the beginning of the span's sound. Undefined when the voice does not say.
   */
  readonly words: readonly Word[] | undefined
}

/** What `audio()` takes; `channels` is 1, `encoding` is `pcm` and `span` is 0 unless given. */
export interface AudioInit {
  readonly role: 'user' | 'agent'
  readonly samples: Int16Array
  readonly sampleRate: number
  readonly channels?: number
  readonly encoding?: AudioEncoding
  readonly span?: number
  readonly words?: readonly Word[] | undefined
}

declare module './frame.ts' {
  interface FrameKinds {
    audio: AudioFrame
  }
}

/** Catalogue entry of `audio`. */
export const audioKind: FrameKind<'audio', AudioInit> = {
  type: 'audio',
  lanes: ['media', 'bot'],
  routing: 'payload',
  payload: {
    type: 'object',
    additionalProperties: false,
    required: ['role', 'samples', 'sampleRate', 'channels', 'encoding', 'span'],
    properties: {
      role: { enum: ['user', 'agent'] },
      samples: { description: 'Int16Array; carried as bytes beside the JSON' },
      sampleRate: { type: 'integer', minimum: 1000, maximum: 384_000 },
      channels: { type: 'integer', minimum: 1, maximum: 8 },
      encoding: { enum: ['pcm', 'mulaw'] },
      span: { type: 'integer', minimum: 0 },
      words: { type: 'array', items: wordSchema },
    },
  },
  build: (header: Header, init: AudioInit): AudioFrame => ({
    type: 'audio',
    lane: init.role === 'user' ? 'media' : 'bot',
    id: header.id,
    at: header.at,
    source: header.source,
    cause: header.cause,
    response: header.response,
    role: init.role,
    samples: init.samples,
    sampleRate: init.sampleRate,
    channels: init.channels ?? 1,
    encoding: init.encoding ?? 'pcm',
    span: init.span ?? 0,
    words: init.words,
  }),
}

/** Drafts a piece of sound. */
export const audio = (init: AudioInit): AudioFrame => audioKind.build(draftHeader, init)

/** Length of a piece of sound in milliseconds. */
export const durationMs = (frame: AudioFrame): number =>
  (frame.samples.length * 1000) / (frame.sampleRate * frame.channels)
