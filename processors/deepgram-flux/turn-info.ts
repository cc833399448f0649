import type { Word } from 'voxgraph/plugin'
import { objectOf } from '../deepgram.ts'

/** Events of a turn. */
const events = ['Update', 'StartOfTurn', 'EagerEndOfTurn', 'TurnResumed', 'EndOfTurn'] as const

/** What a message of type `TurnInfo` says. Times are ms of the stream. */
export interface TurnInfo {
  readonly event: (typeof events)[number]
  readonly turn: number
  readonly sequence: number
  readonly text: string
  readonly endMs: number
  readonly words: readonly Word[]
  readonly language: string | undefined
}

/** Reads a `TurnInfo` message; undefined when it is not one as Deepgram sends them. */
export function readTurnInfo(message: Readonly<Record<string, unknown>>): TurnInfo | undefined {
  const { event: said, turn_index: turn, sequence_id: sequence, transcript } = message
  const { audio_window_end: end, words, languages } = message
  const event = events.find((one) => one === said)
  const isSound = isNumber(turn) && isNumber(sequence) && isNumber(end)
  if (event === undefined || !isSound || typeof transcript !== 'string') return undefined
  const language: unknown = Array.isArray(languages) ? languages[0] : undefined
  return {
    event,
    turn,
    sequence,
    text: transcript.trim(),
    endMs: end * 1000,
    words: wordsOf(words),
    language: typeof language === 'string' ? language : undefined,
  }
}

/** Words with their times; none when one of them has no time. */
function wordsOf(list: unknown): readonly Word[] {
  if (!Array.isArray(list)) return []
  const words: Word[] = []
  for (const entry of list as readonly unknown[]) {
    const { word, start, end, confidence } = objectOf(entry) ?? {}
    if (typeof word !== 'string' || !isNumber(start) || !isNumber(end)) return []
    const isShare = isNumber(confidence) && confidence <= 1
    const sure = isShare ? { confidence } : {}
    words.push({ text: word, startMs: start * 1000, endMs: Math.max(start, end) * 1000, ...sure })
  }
  return words
}

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0
