import type { AnswerPart, AnswerRecord } from 'voxgraph/client'

/** The parts of an answer in the order of time, and what happens in each. */
export const partNames: Readonly<Record<AnswerPart, string>> = {
  vad: 'Voice detector',
  stt: 'Transcript',
  endpointing: 'End of turn',
  queue: 'Queue',
  tools: 'Tools',
  llm: 'Model',
  sentence: 'First sentence',
  tts: 'Voice',
  playout: 'Playout',
}

/** A part of one answer, and how long it takes in all of them. */
export interface PartRow {
  readonly part: AnswerPart
  readonly name: string
  /** Where it begins and how long it is, as shares of the whole. */
  readonly from: number
  readonly size: number
  readonly ms: number
  /** Undefined where nothing was spoken. */
  readonly p50: number | undefined
  readonly p95: number | undefined
}

const partsInOrder = Object.entries(partNames) as readonly (readonly [AnswerPart, string])[]

/** The waterfall of one answer: parts that happened, each beginning where the one before it ended. */
export function partRows(
  answer: AnswerRecord,
  answers: readonly AnswerRecord[],
): readonly PartRow[] {
  const sum = partsInOrder.reduce((ms, [part]) => ms + (answer.parts[part] ?? 0), 0)
  const whole = Math.max(sum, answer.totalMs ?? 0) || 1
  let reached = 0
  return partsInOrder.flatMap(([part, name]) => {
    const ms = answer.parts[part]
    if (ms === undefined) return []
    const from = reached / whole
    reached += ms
    const times = spoken(answers).flatMap((one) => one.parts[part] ?? [])
    const [p50, p95] = [percentile(times, 0.5), percentile(times, 0.95)]
    return [{ part, name, from, size: ms / whole, ms, p50, p95 }]
  })
}

/** How long answers took to the first sound, by nearest rank. */
export function totals(answers: readonly AnswerRecord[]): {
  readonly count: number
  readonly p50: number | undefined
  readonly p95: number | undefined
} {
  const times = spoken(answers).flatMap((one) => one.totalMs ?? [])
  return { count: times.length, p50: percentile(times, 0.5), p95: percentile(times, 0.95) }
}

/** What the caller typed was over at once, and a greeting answers nothing: neither says how long one waits. */
export const isSpoken = ({ number, speechEndedAt }: AnswerRecord): boolean =>
  number > 0 && speechEndedAt !== undefined

const spoken = (answers: readonly AnswerRecord[]): readonly AnswerRecord[] =>
  answers.filter(isSpoken)

function percentile(times: readonly number[], share: number): number | undefined {
  const sorted = times.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * share) - 1]
}

/** Milliseconds as the page shows them: `812 ms`. */
export const inMs = (ms: number): string => `${msOnly(ms)} ms`

/** The same in a column of its own: `812`, and `–` where there is none. */
export const msOnly = (ms: number | undefined): string =>
  ms === undefined ? '–' : Math.round(ms).toLocaleString('en')
