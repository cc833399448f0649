import type { Message } from '../define/index.ts'
import type { ContextWindow } from './context-window.ts'
import type { Floor } from './floor.ts'
import type { LineSound } from './line-sound.ts'
import { ConversationRecord } from './record.ts'

/** Asks an agent; rejects with what its brain throws. */
export type Adviser = (question: string, signal: AbortSignal) => Promise<string>

/** What outlives a brain that is replaced in the middle of a call, and what the agents of a call share. */
export class CallMemory {
  /** Counted up within the call: spans, tool calls that had no id of their own, questions to the model. */
  spans = 0
  calls = 0
  inferences = 0
  /** The call has begun: nobody is greeted twice. */
  hasBegun = false
  /** Who speaks; undefined in a graph without agents. */
  floor: Floor | undefined
  /** Lets go of somebody outside who is to get the call; undefined while nobody is. */
  letGo: ((reason: string) => void) | undefined
  /** What the caller hears of the bot, whoever speaks; undefined before anybody could. */
  line: LineSound | undefined
  /** Agents that can be asked a question, and give an answer that nobody hears. */
  readonly advisers = new Map<string, Adviser>()
  /** Those that follow the call without a part in it. */
  readonly followers = new Set<(message: Message) => void>()
  #entries = 0
  readonly #callIds = new Set<string>()
  readonly #records = new Map<string, ConversationRecord>()

  /** What an agent, or the brain of a graph without agents, knows of the conversation. */
  recordOf(agent: string, window: ContextWindow | undefined): ConversationRecord {
    const known = this.#records.get(agent)
    if (known !== undefined) return known
    const record = new ConversationRecord(window, () => ++this.#entries)
    this.#records.set(agent, record)
    return record
  }

  /** Everything that anybody knows. */
  get records(): Iterable<ConversationRecord> {
    return this.#records.values()
  }

  /** Tells everybody who follows the call that something was said. */
  tell(message: Message): void {
    for (const follow of this.followers) follow(message)
  }

  /** An id that no tool call has had: the one that the model gave, where that is new. */
  callId(given: string | undefined, node: string): string {
    const isNew = given !== undefined && !this.#callIds.has(given)
    const id = isNew ? given : `${node}-${++this.calls}`
    this.#callIds.add(id)
    return id
  }
}
