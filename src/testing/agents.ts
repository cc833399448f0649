import type { PortManifest } from '../define/index.ts'
import { usualLimitsOf, type PlanNode } from '../graph/plan.ts'
import { gateIds, type PlanAgent, type PlanAgents, type PlanHandoff } from '../graph/plan-agents.ts'

/** A hand-off of an agent that is made in code: what differs from the usual. */
export type HandoffInit = Partial<Omit<PlanHandoff, 'name'>>

/** An agent of a program that is made in code. Its brain is the node `<id>/brain`. */
export interface AgentInit extends Partial<Omit<PlanAgent, 'id' | 'handoffs' | 'consults'>> {
  /** By target: an agent, `back`, `end`, or any name where `target` is given. */
  readonly handoffs?: Readonly<Record<string, HandoffInit>>
  /** Agents that it may consult. */
  readonly consults?: readonly string[]
}

/** Agents of a program that is made in code; the first answers the call. */
export type AgentsInit = Readonly<Record<string, AgentInit>>

/** Agents as a plan has them. */
export function agentsOf(init: AgentsInit): PlanAgents {
  const agents = Object.entries(init).map(([id, agent], index): PlanAgent => {
    const { handoffs = {}, consults = [], ...rest } = agent
    return {
      id,
      role: 'floor',
      brain: `${id}/brain`,
      enter: { kind: index === 0 ? 'wait' : 'reply' },
      handoffs: Object.entries(handoffs).map(([name, one]) => handoffOf(name, one)),
      consults: consults.map((other) => ({
        agent: other,
        tool: `consult_${other}`,
        when: `Asks ${other}.`,
        timeoutMs: 10_000,
      })),
      ...rest,
    }
  })
  return { start: agents[0]?.id ?? '', agents }
}

const handoffOf = (name: string, init: HandoffInit): PlanHandoff => ({
  name,
  tool: `transfer_to_${name}`,
  target: name === 'back' || name === 'end' ? { kind: name } : { kind: 'agent', agent: name },
  when: `Somebody wants ${name}.`,
  carry: 'transcript',
  pass: { type: 'object' },
  say: undefined,
  onlyIf: {},
  set: {},
  max: 5,
  timeoutMs: 3_000,
  ...init,
})

/** The gates as the loader puts them in: words come in, sound goes out. */
export function gatesOf({ agents }: PlanAgents): readonly PlanNode[] {
  const speaking = agents.filter(({ role }) => role === 'floor').map(({ id }) => id)
  return [
    gate(gateIds.in, {
      in: { text: port('text', true), dtmf: port('dtmf') },
      out: Object.fromEntries(
        speaking.flatMap((id) => [
          [id, port('text')],
          [`${id}.dtmf`, port('dtmf')],
        ]),
      ),
    }),
    gate(gateIds.out, {
      in: Object.fromEntries(speaking.map((id) => [id, port('audio')])),
      out: { audio: port('audio', true), message: port('message') },
    }),
  ]
}

const port = (type: PortManifest['type'], main = false): PortManifest => ({
  type,
  main,
  many: true,
  required: false,
  live: false,
})

const gate = (id: string, ports: PlanNode['manifest']['ports']): PlanNode => ({
  id,
  label: id,
  use: 'agents',
  code: { kind: 'floor' },
  manifest: {
    kind: 'processor',
    id: 'agents',
    summary: 'Gives the floor to one agent at a time.',
    role: 'filter',
    ports,
    options: { type: 'object' },
    safety: false,
    realTime: false,
  },
  options: {},
  templates: [],
  onError: 'restart',
  onInterrupt: 'ignore',
  agent: undefined,
  inserted: true,
  limits: usualLimitsOf({ kind: 'processor' }),
  fallback: [],
})
