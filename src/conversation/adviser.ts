import type { Brain } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { PlanAgent } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import type { Adviser, CallMemory } from './call-memory.ts'
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
 * is never heard. One that also speaks with the caller does so with another brain, made when it is first
 * asked. @returns what ends it, and closes that other brain
 */
export function advise(init: AdviserInit): () => Promise<void> {
  const { host, setup, brain, newBrain, memory, agent } = init
  let other: Promise<Brain> | undefined
  let mind: QuietMind | undefined
  const open = async (): Promise<QuietMind> => {
    if (agent.role === 'adviser') return new QuietMind(host, setup, brain, memory)
    other ??= Promise.resolve(newBrain())
    // One that could not be made is made again for the next question.
    other.catch(() => (other = undefined))
    return new QuietMind(host, setup, await other, memory)
  }
  const adviser: Adviser = async (question, signal) => {
    try {
      mind ??= await open()
      return await mind.ask('consult', [{ role: 'user', text: question }], signal)
    } catch (thrown) {
      // Its own log knows its secrets; the one who asks does not.
      if (!signal.aborted) host.log.warn(`could not answer: ${reasonOf(thrown)}`, { thrown })
      throw new Error('see its own log')
    }
  }
  memory.advisers.set(agent.id, adviser)
  return async () => {
    if (memory.advisers.get(agent.id) === adviser) memory.advisers.delete(agent.id)
    const made = await other?.catch(() => undefined)
    await made?.close?.()
  }
}
