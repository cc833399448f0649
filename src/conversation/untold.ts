import type { Host } from '../kernel/host.ts'
import type { CallMemory } from './call-memory.ts'
import type { ConversationRecord } from './record.ts'

/** Answers that sounded, and that nobody who follows the call has been told of. */
export class Untold {
  readonly #host: Host
  readonly #memory: CallMemory
  readonly #record: ConversationRecord
  readonly #responses = new Set<number>()

  constructor(host: Host, memory: CallMemory, record: ConversationRecord) {
    this.#host = host
    this.#memory = memory
    this.#record = record
  }

  /** Something of a response is heard. */
  sounds(response: number): void {
    this.#responses.add(response)
  }

  /** Whoever follows the call is told what was heard; of a cut answer when the caller has spoken. */
  tell(): void {
    for (const response of this.#responses) {
      const heard = this.#record.answersOf(response, this.#host.isCut)
      for (const message of heard) this.#memory.tell(message)
    }
    this.#responses.clear()
  }
}
