import { isDeepStrictEqual } from 'node:util'
import type { ToolSummary } from '../define/index.ts'
import type { PlanAgent, PlanHandoff } from '../graph/plan-agents.ts'
import { lookUp } from '../kernel/expand.ts'
import type { Floor } from './floor.ts'

/**
 * Hand-offs that an agent may use now: their variables have the values that they ask for, they are not used
 * up, and there is somebody to go back to.
 */
export function openHandoffs(
  agent: PlanAgent | undefined,
  floor: Floor | undefined,
  vars: Readonly<Record<string, unknown>>,
): readonly PlanHandoff[] {
  if (agent === undefined || floor === undefined) return []
  return agent.handoffs.filter((handoff) => {
    const { target, max, onlyIf } = handoff
    if (target.kind === 'back' && floor.giver === undefined) return false
    if (floor.usesOf(agent.id, handoff) >= max) return false
    return Object.entries(onlyIf).every(([path, value]) =>
      isDeepStrictEqual(lookUp(vars, path), value),
    )
  })
}

/** Hand-offs as the model sees them: a tool each. */
export const handoffTools = (handoffs: readonly PlanHandoff[]): readonly ToolSummary[] =>
  handoffs.map(({ tool: name, when, pass: parameters }) => ({
    name,
    description: when,
    parameters,
  }))

/** The agents that an agent may consult, as its model sees them: a tool each. */
export const consultTools = (agent: PlanAgent | undefined): readonly ToolSummary[] =>
  (agent?.consults ?? []).map(({ tool: name, when: description }) => ({
    name,
    description,
    parameters: question,
  }))

const question = {
  type: 'object',
  additionalProperties: false,
  required: ['question'],
  properties: { question: { type: 'string', description: 'What is to be answered, in full.' } },
} as const
