import type { AgentSpec, AgentsSpec, HandoffSpec } from './agents-spec.ts'
import { builtinTools, consultTool } from './names.ts'
import type { PlanAgent, PlanAgents } from './plan-agents.ts'
import type { Report } from './report.ts'
import { plainText } from './shape.ts'
import type { GraphSpec } from './spec.ts'
import { entryOf, type Span } from './tree.ts'

/** A tool of one agent, whatever stands behind it. */
interface NamedTool {
  readonly name: string
  readonly kind: 'handoff' | 'tool' | 'question to another agent'
  readonly span: Span
}

/** Everything about agents that needs more than one of them to be seen. */
export function checkAgents(
  report: Report,
  spec: GraphSpec,
  agents: AgentsSpec,
  brains: ReadonlyMap<string, string>,
  plan: PlanAgents | undefined,
): void {
  checkToolNames(report, agents, brains, spec)
  // Of a file that is wrong it is not known yet how its agents hang together.
  if (plan !== undefined && !report.hasErrors)
    remarkAgents(report, agents, plan, endsOf(plan, spec))
}

/** No two tools of an agent may have one name: the model could not tell them apart. */
function checkToolNames(
  report: Report,
  { agents }: AgentsSpec,
  brains: ReadonlyMap<string, string>,
  { nodes }: GraphSpec,
): void {
  for (const agent of agents.values()) {
    const brain = nodes.get(brains.get(agent.id) ?? '')
    const list = brain?.with && entryOf(brain.with, 'tools')?.value
    const listed = list?.kind === 'list' ? list.items : []
    const tools: readonly NamedTool[] = [
      ...listed.map((item) => ({
        name: plainText(item) ?? '',
        kind: 'tool' as const,
        span: item.span,
      })),
      ...agent.consults.map((one) => ({
        name: consultTool(one.agent),
        kind: 'question to another agent' as const,
        span: one.span,
      })),
      ...agent.handoffs.map(({ tool, toolSpan }) => ({
        name: tool,
        kind: 'handoff' as const,
        span: toolSpan,
      })),
    ]
    checkClashes(report, agent, tools)
  }
}

function checkClashes(report: Report, { id }: AgentSpec, tools: readonly NamedTool[]): void {
  const first = new Map<string, NamedTool>()
  for (const tool of tools) {
    const { name, kind, span } = tool
    if (kind !== 'tool' && builtinTools.includes(name)) {
      report.add('tool-clash/builtin', span, { name })
      continue
    }
    const twin = first.get(name)
    if (twin === undefined) {
      first.set(name, tool)
      continue
    }
    const shown = (one: NamedTool): string =>
      `a ${one.kind} (${report.source.nameLine(one.span, span)})`
    report.add('tool-clash', span, { agent: id, name, one: shown(tool), other: shown(twin) })
  }
}

/** What is no mistake, and probably not meant either. */
function remarkAgents(report: Report, spec: AgentsSpec, plan: PlanAgents, ends: Ends): void {
  const reached = reachedFrom(plan)
  const stuck = new Set<string>()
  for (const agent of plan.agents) {
    const written = spec.agents.get(agent.id)
    if (written === undefined) continue
    if (!reached.has(agent.id)) {
      report.add('unused-agent', written.key, { agent: agent.id })
    } else if (agent.role === 'floor' && agent.handoffs.length === 0 && !ends.has(agent.id)) {
      stuck.add(agent.id)
      report.add('no-exit', written.key, { agent: agent.id })
    }
    remarkSameWhen(report, written, agent)
    if (reached.has(agent.id)) remarkDeadBack(report, written, plan)
  }
  for (const agent of plan.agents) {
    const written = spec.agents.get(agent.id)
    if (written !== undefined && reached.has(agent.id)) remarkOneWay(report, written, plan, stuck)
  }
  const start = spec.agents.get(plan.start)
  const waits = plan.agents.some(({ id, enter }) => id === plan.start && enter.kind === 'wait')
  if (start !== undefined && waits && start.enter === undefined) {
    report.add('no-greeting', start.key, { agent: plan.start })
  }
}

/** Agents that may end the call by a tool. */
type Ends = ReadonlySet<string>

function endsOf({ agents }: PlanAgents, { nodes }: GraphSpec): Ends {
  const canEnd = ({ brain }: PlanAgent): boolean => {
    const node = nodes.get(brain)
    const list = node?.with && entryOf(node.with, 'tools')?.value
    return list?.kind === 'list' && list.items.some((item) => plainText(item) === 'end_call')
  }
  return new Set(agents.filter(canEnd).map(({ id }) => id))
}

/** Agents to which the call can get from one; `back` leads to everybody who hands off to an agent. */
function nextOf(plan: PlanAgents, agent: PlanAgent): readonly string[] {
  return agent.handoffs.flatMap(({ target }) => {
    if (target.kind === 'agent') return [target.agent]
    if (target.kind !== 'back') return []
    return plan.agents
      .filter((one) => one.handoffs.some((two) => isTo(two.target, agent.id)))
      .map(({ id }) => id)
  })
}

const isTo = (target: PlanAgent['handoffs'][number]['target'], id: string): boolean =>
  target.kind === 'agent' && target.agent === id

/** Agents that are heard or asked in some call. */
function reachedFrom(plan: PlanAgents): ReadonlySet<string> {
  const byId = new Map(plan.agents.map((agent) => [agent.id, agent]))
  const background = plan.agents.filter(({ role }) => role === 'background').map(({ id }) => id)
  const reached = new Set([plan.start, ...background])
  for (const id of reached) {
    const agent = byId.get(id)
    if (agent === undefined) continue
    for (const one of nextOf(plan, agent)) reached.add(one)
    for (const one of agent.consults) reached.add(one.agent)
  }
  return reached
}

/** A specialist from whom no hand-off leads back is where a caller who changes the subject is stuck. */
function remarkOneWay(
  report: Report,
  { id, handoffs }: AgentSpec,
  plan: PlanAgents,
  stuck: ReadonlySet<string>,
): void {
  const byId = new Map(plan.agents.map((agent) => [agent.id, agent]))
  for (const { name, kind, key } of handoffs) {
    if (kind !== 'agent' || stuck.has(name)) continue
    const seen = new Set([name])
    for (const one of seen) {
      const agent = byId.get(one)
      if (agent !== undefined) for (const next of nextOf(plan, agent)) seen.add(next)
    }
    if (!seen.has(id)) report.add('one-way-handoff', key, { agent: id, target: name })
  }
}

/** Nobody is there to whom the call could go back. */
function remarkDeadBack(report: Report, { id, handoffs }: AgentSpec, { agents }: PlanAgents): void {
  const gets = agents.some((one) => one.handoffs.some(({ target }) => isTo(target, id)))
  if (gets) return
  for (const { kind, key } of handoffs) {
    if (kind === 'back') report.add('dead-back', key, { agent: id })
  }
}

/** The model chooses by these texts; it cannot choose between two that say the same. */
function remarkSameWhen(report: Report, written: AgentSpec, agent: PlanAgent): void {
  for (const [index, one] of agent.handoffs.entries()) {
    for (const other of agent.handoffs.slice(index + 1)) {
      if (!isSame(wordsOf(one.when), wordsOf(other.when))) continue
      const span = spanOf(written.handoffs, other.name)
      const params = { agent: agent.id, first: one.name, second: other.name }
      report.add('same-when', span, params)
    }
  }
}

const spanOf = (handoffs: readonly HandoffSpec[], name: string): Span | undefined => {
  const handoff = handoffs.find((one) => one.name === name)
  return handoff?.keys.get('when')?.value.span ?? handoff?.key
}

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])

/** Of all words of both at least four fifths stand in both. */
function isSame(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const both = [...one].filter((word) => other.has(word)).length
  const all = one.size + other.size - both
  return all > 0 && both / all >= 0.8
}
