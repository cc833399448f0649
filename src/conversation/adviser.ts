import type { Brain } from '../define/index.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/supervisor.ts'
import type { CallMemory } from './call-memory.ts'
import { QuietMind } from './quiet-mind.ts'

/** An agent that others may consult. */
export interface AdviserInit {
  readonly host: Host
  readonly setup: BrainSetup
  readonly brain: Brain
  /** Makes another brain of its kind. */
  newBrain(): Brain | Promise<Brain>
  readonly memory: CallMemory
  readonly agent: PlanAgent
}

/**
 * Lets others consult an agent: a question in, text out. It knows the question and nothing of the call, and
 * is never heard. One that also speaks with the caller does so with another brain.
 */
export function advise({ host, setup, brain, newBrain, memory, agent }: AdviserInit): void {
  let mind: Promise<QuietMind> | undefined
  const open = async (): Promise<QuietMind> => {
    const own = agent.role === 'adviser' ? brain : await newBrain()
    return new QuietMind(host, setup, own, memory)
  }
  memory.advisers.set(agent.id, async (question, signal) => {
    mind ??= open()
    return (await mind).ask('consult', [{ role: 'user', text: question }], signal)
  })
}
