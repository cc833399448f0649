import type { ContextWindow } from './context-window.ts'
import { ConversationRecord } from './record.ts'

/** What outlives a brain that is replaced in the middle of a call. */
export class CallMemory {
  readonly record: ConversationRecord
  /** Counted up within the call: spans, tool calls that had no id of their own, questions to the model. */
  spans = 0
  calls = 0
  inferences = 0
  /** The call has begun: nobody is greeted twice. */
  hasBegun = false
  readonly #callIds = new Set<string>()

  constructor(window: ContextWindow | undefined) {
    this.record = new ConversationRecord(window)
  }

  /** An id that no tool call has had: the one that the model gave, where that is new. */
  callId(given: string | undefined, node: string): string {
    const isNew = given !== undefined && !this.#callIds.has(given)
    const id = isNew ? given : `${node}-${++this.calls}`
    this.#callIds.add(id)
    return id
  }
}
