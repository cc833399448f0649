import type { PlanBudget } from '../graph/plan.ts'
import { budgetTime } from './budget-time.ts'
import type { Inspection, Observe } from './inspection.ts'
import { createLatencyFigures, type LatencyFigures } from './latency-figures.ts'
import type { TurnRecord } from './turn-record.ts'
import { createTurnLog, type Moment } from './turns.ts'

/** An answer took longer than a budget allows. */
export interface OverBudget {
  /** Name of the budget. */
  readonly budget: string
  /** Its p95. */
  readonly limitMs: number
  readonly actualMs: number
  /** As it was known at that moment. */
  readonly turn: TurnRecord
}

/** The answers of a call, taken together, took longer than a budget allows. */
export interface BudgetViolation {
  /** Name of the budget. */
  readonly budget: string
  readonly percentile: 'p50' | 'p95'
  readonly limitMs: number
  readonly actualMs: number
  /** Answers that it was measured in. */
  readonly answers: number
}

/** Watches the answers of one call. Keeps the number of the answer under way. */
export interface BudgetWatch {
  /** What a moment shows to be over its budget: each budget once for an answer, as soon as it is known. */
  see(moment: Moment): readonly OverBudget[]
}

/** Makes a watch of one call. */
export function createBudgetWatch(budgets: readonly PlanBudget[]): BudgetWatch {
  let response = 0
  const told = new Set<string>()
  return {
    see(moment) {
      if (!('turn' in moment)) return []
      const { turn } = moment
      if (turn.response !== response) told.clear()
      response = turn.response
      return budgets.flatMap((budget): readonly OverBudget[] => {
        const { name, p95Ms: limitMs } = budget
        const actualMs = budgetTime(turn, budget)
        if (limitMs === undefined || actualMs === undefined || actualMs <= limitMs) return []
        // What is not over when it is first heard may be so at the end: only then all has happened.
        if (told.has(name)) return []
        told.add(name)
        return [{ budget: name, limitMs, actualMs, turn }]
      })
    },
  }
}

/**
 * Passes everything on to `observe` and adds an `over-budget` event behind the frame that shows it. Serves
 * any number of sessions; keeps a turn log for each until it has ended. Without budgets it is `observe`.
 */
export function watchBudgets(budgets: readonly PlanBudget[], observe: Observe): Observe {
  if (budgets.length === 0) return observe
  const sessions = new Map<string, ReturnType<typeof followSession>>()
  return (event) => {
    const { session, type } = event
    if (type === 'session.started') sessions.set(session, followSession(budgets))
    const over = sessions.get(session)?.(event) ?? []
    if (type === 'session.ended') sessions.delete(session)
    // The summary comes last, whatever is known only by then.
    if (type !== 'session.ended') observe(event)
    for (const one of over) observe({ type: 'over-budget', session, ...one })
    if (type === 'session.ended') observe(event)
  }
}

/** Judges a call by its inspection events, as they come. */
export interface BudgetJudge {
  see(event: Inspection): void
  /**
   * Which budgets the answers so far, taken together, do not keep. A budget that nothing was measured for
   * is kept.
   */
  violations(): readonly BudgetViolation[]
}

/** Makes a judge of one call. It keeps the figures of its last 1,000 answers. */
export function followBudgets(budgets: readonly PlanBudget[]): BudgetJudge {
  const figures = createLatencyFigures(budgets)
  const follow = followMoments()
  return {
    see(event) {
      for (const moment of follow(event)) if (moment.type === 'turn') figures.add(moment.turn)
    },
    violations: () => violationsOf(figures),
  }
}

/** Judges a call that is over, by all its inspection events. */
export function budgetViolations(
  budgets: readonly PlanBudget[],
  events: Iterable<Inspection>,
): readonly BudgetViolation[] {
  const judge = followBudgets(budgets)
  for (const event of events) judge.see(event)
  return judge.violations()
}

function violationsOf(figures: LatencyFigures): readonly BudgetViolation[] {
  return figures.budgets().flatMap(({ budget, count: answers, p50, p95 }) => {
    const { name, p50Ms = Infinity, p95Ms = Infinity } = budget
    const violation = (
      percentile: 'p50' | 'p95',
      limitMs: number,
      actualMs: number,
    ): readonly BudgetViolation[] =>
      answers === 0 || actualMs <= limitMs
        ? []
        : [{ budget: name, percentile, limitMs, actualMs, answers }]
    return [...violation('p50', p50Ms, p50), ...violation('p95', p95Ms, p95)]
  })
}

function followSession(
  budgets: readonly PlanBudget[],
): (event: Inspection) => readonly (OverBudget & { readonly at: number })[] {
  const follow = followMoments()
  const watch = createBudgetWatch(budgets)
  return (event) =>
    follow(event).flatMap((moment) => watch.see(moment).map((over) => ({ ...over, at: moment.at })))
}

/** Moments of one session, from its inspection events. */
function followMoments(): (event: Inspection) => readonly Moment[] {
  const log = createTurnLog()
  let lastAt = 0
  return (event) => {
    if (event.type === 'session.ended') return log.end(lastAt)
    if (event.type !== 'frame') return []
    lastAt = event.frame.at
    return log.see(event.frame)
  }
}
