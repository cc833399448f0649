import type { TurnRecord } from 'voxgraph/plugin'
import type { AnswerRecord } from './events.ts'

/** A record as clients get it: times count from the beginning of the call, and what did not happen is left out. */
export function answerRecord(turn: TurnRecord, startedAt: number): AnswerRecord {
  const { number, response, reason, heard, hiddenMs, tools, holds } = turn
  const since = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : at - startedAt
  const record: { [Key in keyof AnswerRecord]: AnswerRecord[Key] | undefined } = {
    number,
    response,
    reason,
    heard,
    speechEndedAt: since(turn.edges.speechEndedAt),
    heardAt: since(turn.edges.heardAt),
    parts: turn.parts as AnswerRecord['parts'],
    totalMs: turn.totalMs,
    hiddenMs,
    tools,
    holds,
    cutAfterMs: turn.cutAfterMs,
    yieldMs: turn.yieldMs,
  }
  // JSON leaves out what is undefined; so does this, for those who never write any.
  return JSON.parse(JSON.stringify(record)) as AnswerRecord
}
