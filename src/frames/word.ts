/** A word and where in the sound it stands, in ms from the beginning of the utterance or span. */
export interface Word {
  readonly text: string
  readonly startMs: number
  readonly endMs: number
  /** 0 to 1, where a recogniser gives one. */
  readonly confidence?: number
}

/** JSON Schema of a `Word`. */
export const wordSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['text', 'startMs', 'endMs'],
  properties: {
    text: { type: 'string' },
    startMs: { type: 'number' },
    endMs: { type: 'number' },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
  },
} as const
