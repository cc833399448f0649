import { wordSchema, type Word } from './word.ts'
import { draftHeader, kind, type FrameBase, type FrameKind } from './frame.ts'

/** What the caller said. `final` ones are never revised; interim ones are, by the next of their source. */
export interface TranscriptFrame extends FrameBase<'transcript', 'user'> {
  readonly text: string
  readonly final: boolean
  /** 0 to 1; undefined when the recogniser gives none. */
  readonly confidence: number | undefined
  /** BCP 47 tag, when known. */
  readonly language: string | undefined
  readonly words: readonly Word[] | undefined
  readonly speaker: string | undefined
  /** The caller has written it: a whole turn, and no recogniser had a part in it. */
  readonly typed: true | undefined
}

/** The caller starts or stops speaking, as a detector saw it. */
export interface SpeechFrame extends FrameBase<'speech', 'user'> {
  readonly state: 'started' | 'stopped'
  /** Node that saw it. */
  readonly by: string
  /** How long after the true edge it was seen, in ms: the edge was at `at - latency`. */
  readonly latency: number
}

/**
 * The caller's turn, with what was said in it so far. A recogniser that knows ends of turns, or a model of
 * them, emits it as its opinion (`eager`: probably over; `resumed`: not over after all); the conversation
 * emits it as its decision.
 */
export interface TurnFrame extends FrameBase<'turn', 'user'> {
  readonly state: 'started' | 'eager' | 'resumed' | 'ended'
  readonly text: string
  /** How probable it is, 0 to 1, where a model says so; undefined: it is certain. */
  readonly probability: number | undefined
}

/** A telephone key: received in the user lane, to be sent in the bot lane. */
export interface DtmfFrame extends FrameBase<'dtmf', 'user' | 'bot'> {
  /** One of `0-9`, `*`, `#`, `A-D`. */
  readonly digit: string
}

/** What `transcript()` takes. */
export interface TranscriptInit {
  readonly text: string
  readonly final: boolean
  readonly confidence?: number | undefined
  readonly language?: string | undefined
  readonly words?: readonly Word[] | undefined
  readonly speaker?: string | undefined
  readonly typed?: true | undefined
}

/** What `speech()` takes; `by` is filled in with the emitting node when left empty. */
export interface SpeechInit {
  readonly state: 'started' | 'stopped'
  readonly latency: number
  readonly by?: string
}

/** What `turn()` takes. */
export interface TurnInit {
  readonly state: TurnFrame['state']
  readonly text: string
  readonly probability?: number | undefined
}

/** What `dtmf()` takes; `lane` is `user` for a received key, `bot` for one to send. */
export interface DtmfInit {
  readonly digit: string
  readonly lane: 'user' | 'bot'
}

declare module './frame.ts' {
  interface FrameKinds {
    transcript: TranscriptFrame
    speech: SpeechFrame
    turn: TurnFrame
    dtmf: DtmfFrame
  }
}

/** Catalogue entry of `transcript`. */
export const transcriptKind: FrameKind<'transcript', TranscriptInit> = kind({
  type: 'transcript',
  lane: 'user',
  routing: 'payload',
  properties: {
    text: { type: 'string' },
    final: { type: 'boolean' },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    language: { type: 'string' },
    words: { type: 'array', items: wordSchema },
    speaker: { type: 'string' },
    typed: { const: true },
  },
  optional: ['confidence', 'language', 'words', 'speaker', 'typed'],
  fields: (init) => ({
    text: init.text,
    final: init.final,
    confidence: init.confidence,
    language: init.language,
    words: init.words,
    speaker: init.speaker,
    typed: init.typed,
  }),
})

/** Catalogue entry of `speech`. */
export const speechKind: FrameKind<'speech', SpeechInit> = kind({
  type: 'speech',
  lane: 'user',
  routing: 'fact',
  properties: {
    state: { enum: ['started', 'stopped'] },
    by: { type: 'string' },
    latency: { type: 'number', minimum: 0 },
  },
  fields: (init, header) => ({
    state: init.state,
    by: init.by || header.source,
    latency: init.latency,
  }),
})

/** Catalogue entry of `turn`. */
export const turnKind: FrameKind<'turn', TurnInit> = kind({
  type: 'turn',
  lane: 'user',
  routing: 'fact',
  properties: {
    state: { enum: ['started', 'eager', 'resumed', 'ended'] },
    text: { type: 'string' },
    probability: { type: 'number', minimum: 0, maximum: 1 },
  },
  optional: ['probability'],
  fields: (init) => ({
    state: init.state,
    text: init.text,
    probability: init.probability,
  }),
})

/** Catalogue entry of `dtmf`. */
export const dtmfKind: FrameKind<'dtmf', DtmfInit> = kind({
  type: 'dtmf',
  lane: { lanes: ['user', 'bot'], of: (init) => init.lane },
  routing: 'payload',
  properties: { digit: { type: 'string', pattern: '^[0-9*#A-D]$' } },
  fields: (init) => ({
    digit: init.digit,
  }),
})

/** Drafts something the caller said. */
export const transcript = (init: TranscriptInit): TranscriptFrame =>
  transcriptKind.build(draftHeader, init)
/** Drafts an edge of the caller's speech. */
export const speech = (init: SpeechInit): SpeechFrame => speechKind.build(draftHeader, init)
/** Drafts a change of the caller's turn. */
export const turn = (init: TurnInit): TurnFrame => turnKind.build(draftHeader, init)
/** Drafts a telephone key. */
export const dtmf = (init: DtmfInit): DtmfFrame => dtmfKind.build(draftHeader, init)
