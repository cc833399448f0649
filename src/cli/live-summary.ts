import type { PlanBudget } from '../graph/plan.ts'
import type { CallCost } from '../observe/cost.ts'
import type { SessionFigures } from '../observe/inspection.ts'
import { createLatencyFigures } from '../observe/latency-figures.ts'
import type { TurnRecord } from '../observe/turn-record.ts'
import type { WordFigures } from '../testing/caller-words.ts'
import { costTable } from './cost-text.ts'
import { latencyTable } from './live-latencies.ts'
import { isTooLong, renderVoiceChanges, type VoiceChange } from './live-handoffs.ts'
import type { Paint } from './paint.ts'

/** What a call is judged by. */
export interface CallFigures {
  readonly turns: readonly TurnRecord[]
  /** Of the graph. */
  readonly budgets: readonly PlanBudget[]
  readonly session: SessionFigures
  readonly cost: CallCost
  readonly words: WordFigures
  /** How long the bot went on after the caller had begun to speak, by the recording, in ms. */
  readonly yieldMs: readonly number[]
  /** Where one agent's voice gave way to the next one's. */
  readonly changes: readonly VoiceChange[]
  /** The longest silence between two voices, in ms; that of a graph without services unless given. */
  readonly longestGapMs?: number | undefined
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
  const isLong = (change: VoiceChange): boolean => isTooLong(change, figures.longestGapMs)
  if (words.heard < bars.heard) {
    faults.push(`only ${percent(words.heard)} of the caller's words were heard, fewer than 90 %`)
  }
  if (worst > bars.yieldMs) faults.push(`the bot spoke on for ${worst} ms when it was interrupted`)
  for (const { from, to, lastMs, firstMs } of figures.changes.filter(isLong)) {
    faults.push(`nobody spoke for ${firstMs - lastMs} ms between ${from} and ${to}`)
  }
  if (session.stale > 0) faults.push(`${session.stale} frames of a cut answer were delivered`)
  if (session.dropped > 0) faults.push(`${session.dropped} frames were dropped`)
  if (callerMs === 0) faults.push('the caller is not in the recording')
  if (botMs === 0) faults.push('the bot is not in the recording')
  return faults
}

/** The figures of a call as a table. */
export function renderSummary(figures: CallFigures, paint: Paint): string {
  const { turns, budgets, session, words, yieldMs, callerMs, botMs } = figures
  const latencies = createLatencyFigures(budgets)
  for (const turn of turns) latencies.add(turn)
  const rows: (readonly [string, string])[] = [
    ['turns', String(turns.filter(({ number }) => number > 0).length)],
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
  const tables = [
    latencyTable(latencies, paint),
    renderVoiceChanges(figures.changes, paint),
    costTable(figures.cost, [], paint),
  ]
  return [lines.join('\n') + '\n', ...tables.filter((table) => table !== '')].join('\n')
}

const yielding = (yieldMs: readonly number[]): string =>
  yieldMs.length === 0
    ? ''
    : `; the bot fell silent ${yieldMs.map((ms) => `${ms} ms`).join(', ')} after the caller’s voice`

const percent = (share: number): string => `${Math.floor(share * 1000) / 10} %`
const inSeconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
