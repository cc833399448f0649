import type { PlanAgents } from '../../graph/plan-agents.ts'
import type { Plan } from '../../graph/plan.ts'
import { didYouMean, listNames, nearest } from '../../graph/suggest.ts'
import type { Span } from '../../graph/tree.ts'
import type { Expectation } from './scenario.ts'
import type { TestReport } from './test-report.ts'

/** Reports agents and hand-offs of an expectation that the graph does not have. */
export function checkAgents(
  report: TestReport,
  plan: Plan,
  { what, agent }: Expectation,
  span: Span,
): void {
  const place = (name: string): Span | undefined => report.source.find(span, name)
  const { agents, name: graph } = plan
  if (agent !== undefined && !plan.nodes.some(({ id }) => id === agent)) {
    if (agents === undefined) {
      const nodes = plan.nodes.filter(({ manifest: { kind } }) => kind === 'brain')
      const help = `Name its brain: ${listNames(nodes.map(({ id }) => id))}.`
      const what = `there is none called "${agent}"`
      report.fault('test-no-agents', place(agent), { graph, what, help })
    } else checkAgent(agents, agent)
  }
  if (what.type !== 'handoff') return
  if (agents === undefined) {
    const help = 'Expect what is said: expect: { says: ... }'
    const what = 'nobody gives the call to anybody'
    report.fault('test-no-agents', place('handoff'), { graph, what, help })
    return
  }
  if (what.from !== undefined) checkAgent(agents, what.from)
  if (what.to !== undefined) checkTarget(agents, what.to)

  function checkAgent(known: PlanAgents, name: string): void {
    const names = known.agents.map(({ id }) => id)
    if (names.includes(name)) return
    const suggestion = didYouMean(nearest(name, names))
    report.fault('test-agent', place(name), { graph, name, suggestion, names: listNames(names) })
  }

  function checkTarget(known: PlanAgents, name: string): void {
    const names = targetsOf(known)
    if (names.includes(name)) return
    const suggestion = didYouMean(nearest(name, names))
    report.fault('test-handoff', place(name), { graph, name, suggestion, names: listNames(names) })
  }
}

/** Whoever can get the call, as hand-offs name them: agents, `end`, transfers. */
function targetsOf({ agents }: PlanAgents): readonly string[] {
  const handoffs = agents.flatMap((agent) => agent.handoffs)
  const outside = handoffs.flatMap(({ name, target: { kind } }) =>
    kind === 'end' ? ['end'] : kind === 'transfer' ? [name] : [],
  )
  const speaking = agents.flatMap(({ id, role }) => (role === 'floor' ? [id] : []))
  return [...new Set([...speaking, ...outside])]
}

/** Names of the tools by which agents hand over and consult each other. */
export const agentTools = ({ agents }: Plan): readonly string[] =>
  (agents?.agents ?? []).flatMap(({ handoffs, consults }) =>
    [...handoffs, ...consults].map(({ tool }) => tool),
  )
