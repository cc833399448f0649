import type { BudgetFigures, LatencyFigures, Percentiles } from '../observe/latency-figures.ts'
import type { TurnRecord } from '../observe/turn-record.ts'
import { partNames } from '../observe/turn-record.ts'
import type { OverBudget } from '../observe/budgets.ts'
import type { Paint } from './paint.ts'

/** `510 ms = 250 vad + 150 stt + 15 llm + 95 tts, 200 hidden`: where the time of an answer went. */
export function breakdown({ parts, totalMs = 0, hiddenMs }: TurnRecord): string {
  const told = partNames.flatMap((name) => {
    const ms = Math.round(parts[name] ?? 0)
    return ms === 0 ? [] : [`${ms} ${name}`]
  })
  const whole = `${Math.round(totalMs)} ms`
  const hidden = Math.round(hiddenMs) === 0 ? '' : `, ${Math.round(hiddenMs)} hidden`
  return told.length === 0 ? `${whole}${hidden}` : `${whole} = ${told.join(' + ')}${hidden}`
}

/** `llm took 812 ms, its budget is 500 ms` */
export const overText = ({ budget, actualMs, limitMs }: OverBudget): string =>
  `${budget} took ${Math.round(actualMs)} ms, its budget is ${Math.round(limitMs)} ms`

/** A table of how long answers took, stage by stage, and of the budgets; empty when nothing was measured. */
export function latencyTable(figures: LatencyFigures, paint: Paint): string {
  const stages = figures.stages()
  const budgets = figures.budgets()
  const withStage = new Map(
    budgets.flatMap((one) => (one.budget.stage === undefined ? [] : [[one.budget.stage, one]])),
  )
  const others = budgets.filter(({ budget }) => budget.stage === undefined)
  if (stages.length === 0 && budgets.length === 0) return ''
  const rows = stages.map((one) => rowOf(one.stage, one, withStage.get(one.stage), paint))
  const more = others.map((one) => rowOf(one.budget.name, one, one, paint))
  const columns = ['answers', 'p50', 'p95', 'worst']
  const head = `  ${'ms'.padEnd(nameWidth)}${columns.map(cell).join('')}`
  const budgetHead = budgets.length === 0 ? '' : `${'budget'.padStart(limitWidth)}${cell('over')}`
  return `${[paint('bold', head + budgetHead), ...rows, ...more].join('\n')}\n`
}

const nameWidth = 16
const limitWidth = 12

const cell = (text: string): string => text.padStart(9)
const whole = (ms: number): string => cell(String(Math.round(ms)))

function rowOf(
  name: string,
  { count, p50, p95, worst }: Percentiles,
  figures: BudgetFigures | undefined,
  paint: Paint,
): string {
  const times = count === 0 ? cell('–').repeat(3) : [p50, p95, worst].map(whole).join('')
  const row = `  ${name.padEnd(nameWidth)}${cell(String(count))}${times}`
  if (figures === undefined) return row
  const { p50Ms, p95Ms } = figures.budget
  const limits = [p50Ms, p95Ms].map((ms) => (ms === undefined ? '–' : String(Math.round(ms))))
  const limit = p50Ms === undefined ? (limits[1] ?? '') : limits.join('/')
  const over = p95Ms === undefined ? '–' : String(figures.over)
  const told = `${row}${limit.padStart(limitWidth)}${cell(over)}`
  const isOver = p50 > (p50Ms ?? Infinity) || p95 > (p95Ms ?? Infinity)
  return isOver ? paint('red', told) : told
}
