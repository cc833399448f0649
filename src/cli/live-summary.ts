import { stagesOf, type Stages, type TurnRecord } from '../observe/turns.ts'
import type { SessionFigures } from '../observe/inspection.ts'
import type { WordFigures } from '../testing/caller-words.ts'
import type { Paint } from './paint.ts'

/** What a call is judged by. */
export interface CallFigures {
  readonly turns: readonly TurnRecord[]
  readonly session: SessionFigures
  readonly words: WordFigures
  /** How long the bot went on after the caller had begun to speak, by the recording, in ms. */
  readonly yieldMs: readonly number[]
  /** Voice in the recording, in ms. */
  readonly callerMs: number
  readonly botMs: number
}

/** The bars of a call. */
const bars = { heard: 0.9, yieldMs: 250 } as const

/** What is wrong with a call, in words; empty when nothing is. */
export function faultsOf(figures: CallFigures): readonly string[] {
  const { words, yieldMs, session, callerMs, botMs } = figures
  const worst = Math.max(0, ...yieldMs)
  const faults: string[] = []
  if (words.heard < bars.heard) {
    faults.push(`only ${percent(words.heard)} of the caller's words were heard, fewer than 90 %`)
  }
  if (worst > bars.yieldMs) faults.push(`the bot spoke on for ${worst} ms when it was interrupted`)
  if (session.stale > 0) faults.push(`${session.stale} frames of a cut answer were delivered`)
  if (session.dropped > 0) faults.push(`${session.dropped} frames were dropped`)
  if (callerMs === 0) faults.push('the caller is not in the recording')
  if (botMs === 0) faults.push('the bot is not in the recording')
  return faults
}

/** The figures of a call as a table. */
export function renderSummary(figures: CallFigures, paint: Paint): string {
  const { turns, session, words, yieldMs, callerMs, botMs } = figures
  const rows: (readonly [string, string])[] = [
    ['turns', String(turns.filter(({ heard }) => heard !== '').length)],
    ['words heard', `${percent(words.heard)} of ${words.said}, ${words.errors} wrong`],
    ['interruptions', `${session.interruptions}${yielding(yieldMs)}`],
    ['stale frames delivered', String(session.stale)],
    ['dropped frames', String(session.dropped)],
    [
      'frames emitted',
      String(Object.values(session.frames).reduce((sum, count) => sum + count, 0)),
    ],
    ['voice recorded', `caller ${inSeconds(callerMs)}, bot ${inSeconds(botMs)}`],
  ]
  const lines = rows.map(([name, value]) => `  ${name.padEnd(26)}${value}`)
  return `${lines.join('\n')}\n\n${renderLatencies(turns, paint)}`
}

const yielding = (yieldMs: readonly number[]): string =>
  yieldMs.length === 0
    ? ''
    : `; the bot fell silent ${yieldMs.map((ms) => `${ms} ms`).join(', ')} after the caller’s voice`

function renderLatencies(turns: readonly TurnRecord[], paint: Paint): string {
  const stages = turns.filter(({ heard }) => heard !== '').map(stagesOf)
  const rows: (readonly [string, keyof Stages])[] = [
    ['end of speech → transcript', 'transcript'],
    ['→ first text', 'text'],
    ['→ first audio', 'audio'],
    ['→ heard', 'heard'],
    ['end of speech → heard', 'total'],
  ]
  const head = `  ${'ms'.padEnd(28)}${'median'.padStart(8)}${'worst'.padStart(8)}`
  const lines = rows.map(([name, stage]) => {
    const times = stages.map((one) => one[stage]).filter((ms) => ms !== undefined)
    const cells = times.length === 0 ? ['–', '–'] : [median(times), Math.max(...times)].map(whole)
    const indent = name.startsWith('→') ? `              ${name}` : name
    return `  ${indent.padEnd(28)}${cells.map((cell) => cell.padStart(8)).join('')}`
  })
  return [paint('bold', head), ...lines, ''].join('\n')
}

/** The middle value; of an even number the lower of the two. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0
}

const whole = (ms: number): string => String(Math.round(ms))
const percent = (share: number): string => `${Math.floor(share * 1000) / 10} %`
const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
