import type { HandoffTarget, PlanAgent, PlanAgents, PlanHandoff } from '../graph/plan-agents.ts'
import type { Plan, PlanNode } from '../graph/plan.ts'
import { idFor } from './draw-ids.ts'
import { oneLine } from './draw-text.ts'

/** The agents of a graph as they are drawn, and who may give the call to whom. Its texts are clean lines. */
export interface Cast {
  readonly agents: readonly AgentBox[]
  readonly exits: readonly ExitBox[]
  readonly moves: readonly Move[]
}

/** An agent. */
export interface AgentBox {
  /** Letters, digits and `_`; unique in the picture. */
  readonly id: string
  readonly name: string
  readonly role: PlanAgent['role']
  /** It answers the call. */
  readonly starts: boolean
  /** What it is made of, in the order in which frames pass: `script-llm → flite-tts (else cartesia-tts)`. */
  readonly chain: string
  readonly voice: string | undefined
  readonly tools: readonly string[]
}

/** Where a call leaves its agent other than to a named one. Each agent has its own, so that no arrows cross. */
export interface ExitBox {
  readonly id: string
  readonly name: string
}

/** A way from an agent to another, or out. */
export interface Move {
  readonly from: string
  readonly to: string
  /** `consult`: the other is asked and the call stays. */
  readonly kind: 'handoff' | 'consult'
  /** When it is used, as the model is told; the name of the tool where nothing is told. */
  readonly when: string
  /** Variables that must have their values: `tier = gold`; empty without. */
  readonly condition: string
}

/** Tool of a brain that ends the call, without a hand-off. */
const endTool = 'end_call'

/**
 * What to draw of the agents of a plan.
 * @param ids ids of the picture that are taken; those of the boxes are added
 */
export function castOf(agents: PlanAgents, plan: Plan, ids: Map<string, string>): Cast {
  const idOf = (key: string, name: string): string => {
    const id = ids.get(key) ?? idFor(name, ids)
    ids.set(key, id)
    return id
  }
  const agentId = (name: string): string => idOf(`agent ${name}`, `agent_${name}`)
  const exits = new Map<string, ExitBox>()
  const targetOf = (agent: PlanAgent, target: HandoffTarget, way: string): string => {
    if (target.kind === 'agent') return agentId(target.agent)
    const name = exitName(target)
    // Two ways of an agent to the same place end in one box.
    const id = idOf(`exit ${agent.id} ${name}`, `exit_${agent.id}_${way}`)
    exits.set(id, { id, name })
    return id
  }
  const boxes = agents.agents.map((agent) => agentBox(agent, agentId(agent.id), agents.start, plan))
  const moves = agents.agents.flatMap((agent): Move[] => {
    const from = agentId(agent.id)
    return [
      ...agent.handoffs.map((handoff) =>
        handoffMove(handoff, from, targetOf(agent, handoff.target, handoff.name)),
      ),
      ...(toolsOf(agent, plan).includes(endTool)
        ? [move(from, targetOf(agent, { kind: 'end' }, 'end'), 'handoff', endTool)]
        : []),
      ...agent.consults.map((consult) =>
        move(from, agentId(consult.agent), 'consult', consult.when || consult.tool),
      ),
    ]
  })
  return { agents: boxes, exits: [...exits.values()], moves }
}

/** Lines about an agent, below its name. */
export const detailsOf = ({ chain, voice, tools }: AgentBox): string[] => [
  chain,
  ...(voice === undefined ? [] : [`voice ${voice}`]),
  ...(tools.length === 0 ? [] : [`tools: ${tools.join(', ')}`]),
]

/** What an agent is to the caller, in a few words; empty for one that gets the call from another. */
export function standingOf({ role, starts }: AgentBox): string {
  if (role === 'adviser') return 'is asked, never heard'
  if (role === 'background') return 'listens, never heard'
  return starts ? 'answers the call' : ''
}

function exitName(target: Exclude<HandoffTarget, { kind: 'agent' }>): string {
  if (target.kind === 'back') return 'back'
  if (target.kind === 'end') return 'end of call'
  const [, queue] = /^queue:(.*)$/s.exec(target.destination) ?? []
  return oneLine(queue === undefined ? `phone ${target.destination}` : `queue ${queue}`)
}

function agentBox(agent: PlanAgent, id: string, start: string, plan: Plan): AgentBox {
  const nodes = plan.nodes.filter((node) => node.agent === agent.id)
  const voices = nodes
    .map((node) => node.options['voice'])
    .filter((voice) => typeof voice === 'string')
  return {
    id,
    name: oneLine(agent.id),
    role: agent.role,
    starts: agent.id === start,
    chain: oneLine(chainOf(nodes, plan)),
    voice: voices.length === 0 ? undefined : oneLine(voices.join(', ')),
    tools: toolsOf(agent, plan)
      .filter((tool) => tool !== endTool)
      .map(oneLine),
  }
}

/** What an agent is made of: an arrow where one leads to the next, a comma where ways part. */
function chainOf(nodes: readonly PlanNode[], plan: Plan): string {
  const converters = new Set(nodes.filter((node) => node.inserted).map((node) => node.id))
  const leadsTo = (from: string, to: string): boolean =>
    plan.edges.some(
      (edge) =>
        edge.from.node === from &&
        (edge.to.node === to || (converters.has(edge.to.node) && leadsTo(edge.to.node, to))),
    )
  return nodes
    .filter((node) => !node.inserted)
    .map(({ id, use, fallback }, index, drawn) => {
      const before = drawn[index - 1]
      const others = fallback.map((member) => member.use).join(', ')
      const made = others === '' ? use : `${use} (else ${others})`
      if (before === undefined) return made
      return `${leadsTo(before.id, id) ? ' → ' : ', '}${made}`
    })
    .join('')
}

function toolsOf(agent: PlanAgent, plan: Plan): string[] {
  const listed: unknown = plan.nodes.find((node) => node.id === agent.brain)?.options['tools']
  return Array.isArray(listed) ? listed.filter((tool) => typeof tool === 'string') : []
}

const handoffMove = ({ when, tool, onlyIf }: PlanHandoff, from: string, to: string): Move => {
  const conditions = Object.entries(onlyIf).map(
    ([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  )
  return { ...move(from, to, 'handoff', when || tool), condition: oneLine(conditions.join(', ')) }
}

const move = (from: string, to: string, kind: Move['kind'], when: string): Move => ({
  from,
  to,
  kind,
  when: oneLine(when),
  condition: '',
})
