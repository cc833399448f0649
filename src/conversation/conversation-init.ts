import type { Brain } from '../define/index.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import type { CallMemory } from './call-memory.ts'
import type { ConversationRecord } from './record.ts'
import type { Thresholds, TurnPolicy } from './turn-policy.ts'

/** What a conversation is made of. */
export interface ConversationInit {
  readonly host: Host
  readonly setup: BrainSetup
  readonly brain: Brain
  readonly policy: TurnPolicy
  /** When the bot may be interrupted; undefined: never. */
  readonly thresholds: Thresholds | undefined
  /** False where no transport says what was heard: then what was said counts as heard at once. */
  readonly isHeard: boolean
  readonly memory: CallMemory
  readonly record: ConversationRecord
  /** The agent whose conversation it is; undefined in a graph without agents. */
  readonly agent: PlanAgent | undefined
}
