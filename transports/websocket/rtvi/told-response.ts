import type { FrameOf } from 'voxgraph/plugin'

/** One span of a response: what is said in one breath, usually a sentence. */
export interface ToldSpan {
  /** Number of the segment; counts up within the call. */
  readonly segment: number
  /** All that is known to be said of it. */
  readonly text: string
  /** It says something else than what was written: what is still written does not count. */
  readonly isCorrected: boolean
  /** False for text that is shown only. */
  readonly speak: boolean
  /** How much of the text the client was told as text of the model, in UTF-16 units. */
  readonly told: number
  /** Words that were heard. */
  readonly heard: number
  /** `over`: it was heard to its end, or as far as it will ever be. */
  readonly state: 'unheard' | 'begun' | 'over'
}

/** What the client was told of one response. */
export interface ToldResponse {
  readonly number: number
  /** The client wants to read it only. */
  readonly isMuted: boolean
  /** Node that writes it; what others make of its text is not said twice. */
  readonly writer: string | undefined
  /** Nothing behind this span is said. */
  readonly lastSpan: number
  readonly spans: ReadonlyMap<number, ToldSpan>
  readonly firstTextAt: number | undefined
  /** Its text is complete. */
  readonly isMade: boolean
  /** A sound was made of it. */
  readonly hasSound: boolean
  readonly isCut: boolean
}

/** A response of which nothing was told yet. */
export const newResponse = (number: number, isMuted: boolean): ToldResponse => ({
  number,
  isMuted,
  writer: undefined,
  lastSpan: Infinity,
  spans: new Map(),
  firstTextAt: undefined,
  isMade: false,
  hasSound: false,
  isCut: false,
})

/** The response with a span changed; `segment` is for one that is made. */
export function withSpan(
  response: ToldResponse,
  span: number,
  changes: Partial<ToldSpan>,
  segment = 0,
): ToldResponse {
  const before: ToldSpan = response.spans.get(span) ?? {
    segment,
    text: '',
    isCorrected: false,
    speak: true,
    told: 0,
    heard: 0,
    state: 'unheard',
  }
  return { ...response, spans: new Map(response.spans).set(span, { ...before, ...changes }) }
}

/** Takes text that was written. What is corrected, and what is not said, is nobody's business. */
export function takeText(
  response: ToldResponse,
  { source, span, text, speak, at }: FrameOf<'text'>,
  segment: number,
): ToldResponse {
  const writer = response.writer ?? source
  const known = response.spans.get(span)
  if (source !== writer || span > response.lastSpan || known?.isCorrected === true) return response
  return {
    ...withSpan(response, span, { speak, text: (known?.text ?? '') + text }, segment),
    writer,
    firstTextAt: response.firstTextAt ?? at,
  }
}

/** Takes what is really said of a span. */
export function takeCorrection(
  response: ToldResponse,
  { span, text, last }: FrameOf<'correction'>,
  segment: number,
): ToldResponse {
  const gap = /\s*$/.exec(response.spans.get(span)?.text ?? '')?.[0] ?? ''
  const said = text.trim() === '' ? '' : text.trim() + gap
  const corrected = withSpan(response, span, { text: said, isCorrected: true }, segment)
  if (!last) return corrected
  const spans = new Map([...corrected.spans].filter(([number]) => number <= span))
  return { ...corrected, spans, lastSpan: span }
}

/** A text at a word: how far it was heard, and what is left; split where the next word begins. */
export function splitAtWord(text: string, words: number): readonly [string, string] {
  const ends = [...text.matchAll(/\S+\s*/g)].map(({ index, 0: word }) => index + word.length)
  const at = words <= 0 ? 0 : (ends[words - 1] ?? text.length)
  return [text.slice(0, at), text.slice(at)]
}
