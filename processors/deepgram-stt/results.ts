import type { Word } from 'voxgraph/plugin'
import { objectOf } from '../deepgram.ts'

/** What a message of type `Results` says. Times are ms from the first sound of the stream. */
export interface Results {
  readonly startMs: number
  readonly endMs: number
  readonly isFinal: boolean
  /** It answers a `Finalize`. */
  readonly isFromFinalize: boolean
  readonly text: string
  readonly confidence: number | undefined
  readonly language: string | undefined
  readonly words: readonly Word[]
}

/** Reads a `Results` message; undefined when it is not one as Deepgram sends them. */
export function readResults(message: Readonly<Record<string, unknown>>): Results | undefined {
  const { start, duration, is_final, from_finalize, channel } = message
  const alternatives = objectOf(channel)?.['alternatives']
  const best = objectOf(Array.isArray(alternatives) ? alternatives[0] : undefined)
  const text = best?.['transcript']
  if (!isTime(start) || !isTime(duration) || best === undefined || typeof text !== 'string') {
    return undefined
  }
  const { confidence, languages, words } = best
  const language: unknown = Array.isArray(languages) ? languages[0] : undefined
  return {
    startMs: start * 1000,
    endMs: (start + duration) * 1000,
    isFinal: is_final === true,
    isFromFinalize: from_finalize === true,
    text: text.trim(),
    confidence: isShare(confidence) ? confidence : undefined,
    language: typeof language === 'string' ? language : undefined,
    words: wordsOf(words),
  }
}

/** Words with their times; none when one of them has no time. */
export function wordsOf(list: unknown): readonly Word[] {
  if (!Array.isArray(list)) return []
  const words: Word[] = []
  for (const entry of list as readonly unknown[]) {
    const { word, punctuated_word: punctuated, start, end, confidence } = objectOf(entry) ?? {}
    const text = typeof punctuated === 'string' ? punctuated : word
    if (typeof text !== 'string' || !isTime(start) || !isTime(end)) return []
    const sure = isShare(confidence) ? { confidence } : {}
    words.push({ text, startMs: start * 1000, endMs: Math.max(start, end) * 1000, ...sure })
  }
  return words
}

const isTime = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0

const isShare = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 1
