import type { StageName } from '../graph/budgets-schema.ts'
import { stageNames } from '../graph/budgets-schema.ts'
import type { PlanBudget } from '../graph/plan.ts'
import { budgetTime, stageTime } from './budget-time.ts'
import type { TurnRecord } from './turn-record.ts'

/** How long something took in the answers of a call, in ms. */
export interface Percentiles {
  /** Answers that it was measured in. */
  readonly count: number
  /** By nearest rank: a value that was measured. */
  readonly p50: number
  readonly p95: number
  readonly worst: number
}

/** A budget and what came of it. */
export interface BudgetFigures extends Percentiles {
  readonly budget: PlanBudget
  /** Answers that took longer than its p95. */
  readonly over: number
}

/** How long the answers of one call took. */
export interface LatencyFigures {
  add(turn: TurnRecord): void
  /** Stages that were measured, in the order of time; the whole first. */
  stages(): readonly (Percentiles & { readonly stage: StageName })[]
  /** All budgets, in the order of the file; `count` is 0 where one was never measured. */
  budgets(): readonly BudgetFigures[]
}

/** Answers that percentiles are taken over: more than an hour of talk has. Older ones are forgotten. */
const mostAnswers = 1000

/** Makes the figures of one call. Keeps one number for each stage and budget of the last 1,000 answers. */
export function createLatencyFigures(budgets: readonly PlanBudget[] = []): LatencyFigures {
  const byStage = new Map<StageName, number[]>()
  const byBudget = budgets.map((budget) => ({ budget, times: [] as number[] }))
  return {
    add(turn) {
      for (const stage of stageNames) {
        const time = stageTime(turn, stage)
        if (time === undefined) continue
        const times = byStage.get(stage) ?? []
        byStage.set(stage, times)
        keep(times, time)
      }
      for (const { budget, times } of byBudget) {
        const time = budgetTime(turn, budget)
        if (time !== undefined) keep(times, time)
      }
    },
    stages: () =>
      stageNames.flatMap((stage) => {
        const times = byStage.get(stage)
        return times === undefined ? [] : [{ stage, ...percentilesOf(times) }]
      }),
    budgets: () =>
      byBudget.map(({ budget, times }) => {
        const { p95Ms = Infinity } = budget
        const over = times.filter((time) => time > p95Ms).length
        return { budget, over, ...percentilesOf(times) }
      }),
  }
}

function keep(times: number[], time: number): void {
  times.push(time)
  if (times.length > mostAnswers) times.shift()
}

function percentilesOf(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return { count: sorted.length, p50: at(0.5), p95: at(0.95), worst: at(1) }
}
