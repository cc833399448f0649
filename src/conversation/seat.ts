import type { Frame, PlayoutFrame, ToolOutcome } from '../frames/index.ts'
import type { PlanEnter } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { ConversationRecord } from './record.ts'
import type { TurnEvent, TurnFact, TurnState } from './turn-state.ts'

/** An agent's conversation, as the floor sees it. */
export interface Seat {
  readonly host: Host
  readonly record: ConversationRecord
  /** Things that the caller has said in the turn under way, and that are on record. */
  readonly unanswered: number
  /** Something happened; what comes to one that has not the floor is nothing. */
  on(fact: TurnFact, cause?: Frame): void
  /** The transport says what the caller has heard. */
  heard(fact: PlayoutFrame): void
  /** It has the floor: the caller's turn goes on, and it says something on entering unless it waits. */
  take(leave: Leave, enter: PlanEnter): void
  /** It has the floor no more. What it was saying is over. */
  leave(): Leave
  /** The hand-off that it asked for is off, and it goes on. */
  stay(): void
  /** What was being said is cut, up to this response, and not by the conversation itself. */
  wasCut(through: number, cause?: Frame): void
  settle(callId: string, outcome: ToolOutcome): void
  /** What has been said, in short; undefined when the brain has nothing to say about it. */
  summarise(signal: AbortSignal): Promise<string | undefined>
}

/** What an agent leaves to whoever gets the floor. */
export interface Leave {
  /** The caller's turn, as far as it has come. */
  readonly turns: TurnState
  /** What has happened and was not taken in any more. */
  readonly rest: readonly { readonly event: TurnEvent; readonly cause: Frame | undefined }[]
}
