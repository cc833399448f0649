import type { Sound } from '../audio/wav.ts'
import type { Moment } from '../observe/turns.ts'
import { stretchesOf } from './live-yield.ts'
import type { Paint } from './paint.ts'

/** One change of the voice, as it stands in the recording. */
export interface VoiceChange {
  readonly from: string
  readonly to: string
  /** Last sample of the old voice and first of the new one, in ms from the beginning of the recording. */
  readonly lastMs: number
  readonly firstMs: number
  /** When the hand-off began: from here to `firstMs` the bot is not to be interrupted. */
  readonly sinceMs: number
  /** The caller spoke in between, and is to be answered first: the silence is no gap of ours. */
  readonly isCallers: boolean
}

/** True for a silence between two voices in which the caller waited longer than is good, in ms. */
export const isTooLong = (
  { firstMs, lastMs, isCallers }: VoiceChange,
  longestMs = longestVoiceGapMs,
): boolean => !isCallers && firstMs - lastMs > longestMs

/**
 * Finds in a recording where one agent's voice ends and the next one's begins, exact to 10 ms: around each
 * time at which the floor moved.
 */
export function measureVoiceChanges(
  sound: Sound,
  moments: readonly Moment[],
): readonly VoiceChange[] {
  const [caller, bot] = [stretchesOf(sound, 0), stretchesOf(sound, 1)]
  const moves = moments.flatMap((moment) => (moment.type === 'handoff' ? [moment] : []))
  return moves.flatMap(({ at, state, from, to }, index) => {
    if (state !== 'done') return []
    const next = bot.findIndex(({ untilMs }) => untilMs > at + slackMs)
    const [last, first] = [bot[next - 1], bot[next]]
    const asked = moves[index - 1]
    if (last === undefined || first === undefined) return []
    const { fromMs: firstMs } = first
    // One stretch of sound with no pause in it: where the voice changes cannot be seen.
    if (firstMs < at - slackMs) return []
    // His turn is over some time after his voice.
    const isCallers = caller.some(
      ({ fromMs, untilMs }) => fromMs < firstMs && untilMs + turnEndMs > last.untilMs,
    )
    const sinceMs = asked?.at ?? at
    return [{ from, to, lastMs: last.untilMs, firstMs, sinceMs, isCallers }]
  })
}

/** How far the clock of a live call and its recording may be apart, in ms; shorter than any sentence. */
const slackMs = 100

/** Silence after which a caller has finished, as graphs have it; and the time of an answer, in ms. */
const turnEndMs = 1_000

/** The longest silence between two voices, in ms: more is a fault. */
const longestVoiceGapMs = 400
/** The same where a service is asked what the new voice is to say: its own time comes on top. */
export const longestServedGapMs = 1_500

/** The changes of the voice as a table; empty when there are none. */
export function renderVoiceChanges(changes: readonly VoiceChange[], paint: Paint): string {
  if (changes.length === 0) return ''
  const head = `  ${'voice'.padEnd(26)}${['old ends', 'new begins', 'gap'].map(cell).join('')}`
  const rows = changes.map((change) => {
    const { from, to, lastMs, firstMs, isCallers } = change
    const times = [seconds(lastMs), seconds(firstMs), `${firstMs - lastMs} ms`].map(cell).join('')
    const row = `  ${`${from} → ${to}`.padEnd(26)}${times}${isCallers ? '  the caller spoke' : ''}`
    return isTooLong(change) ? paint('red', row) : row
  })
  return `${[paint('bold', head), ...rows].join('\n')}\n`
}

const cell = (text: string): string => text.padStart(12)
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`
