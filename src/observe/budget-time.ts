import type { StageName } from '../graph/budgets-schema.ts'
import type { BudgetSpan } from '../graph/plan.ts'
import type { NodeEdges, TurnRecord } from './turn-record.ts'

/**
 * How long a stage of an answer took, in ms; undefined where it did not happen. What answers nothing (a
 * greeting) has only those of being interrupted.
 */
export function stageTime(turn: TurnRecord, stage: StageName): number | undefined {
  if (stage === 'hold') return turn.holdMs
  if (stage === 'yield') return turn.yieldMs
  if (turn.number === 0 || turn.totalMs === undefined) return undefined
  return stage === 'turn' ? turn.totalMs : turn.parts[stage]
}

/** How long what a budget is about took in an answer, in ms; undefined where it has not happened, or not yet. */
export function budgetTime(turn: TurnRecord, { stage, from, to }: BudgetSpan): number | undefined {
  if (stage !== undefined) return stageTime(turn, stage)
  const [begin, end] = [timeOf(turn, from), timeOf(turn, to)]
  return begin === undefined || end === undefined ? undefined : Math.max(0, end - begin)
}

function timeOf({ edges, nodes }: TurnRecord, event: string): number | undefined {
  const [who = '', what] = event.split('.')
  if (who === 'user') {
    if (what === 'started') return edges.speechStartedAt
    return what === 'stopped' ? edges.speechEndedAt : edges.transcriptAt
  }
  const node: NodeEdges | undefined = Object.hasOwn(nodes, who) ? nodes[who] : undefined
  if (what === 'first_text') return node?.firstTextAt
  return what === 'first_audio' ? node?.firstAudioAt : node?.doneAt
}
