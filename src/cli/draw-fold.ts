import type { Plan, PlanNode } from '../graph/plan.ts'

/** The step of a flow that stands for all agents, and the node that is drawn for it. */
export const agentsStep = 'agents'

/** True for the two nodes that the loader puts before and behind the agents. */
const isGate = ({ inserted, use }: PlanNode): boolean => inserted && use === agentsStep

/**
 * The plan with one node `agents` in place of all agents and of what stands around them, as the flow of the
 * file has it. A plan without agents comes back as it is.
 */
export function foldAgents(plan: Plan): Plan {
  const gates = plan.nodes.filter(isGate)
  const [first] = gates
  if (first === undefined) return plan
  const inside = new Set(
    plan.nodes.filter((node) => node.agent !== undefined || isGate(node)).map(({ id }) => id),
  )
  const box: PlanNode = {
    ...first,
    id: agentsStep,
    label: agentsStep,
    options: {},
    inserted: false,
    manifest: {
      ...first.manifest,
      ports: {
        in: Object.assign({}, ...gates.map((gate) => gate.manifest.ports.in)),
        out: Object.assign({}, ...gates.map((gate) => gate.manifest.ports.out)),
      },
    },
  }
  const folded = <End extends { readonly node: string }>(end: End): End =>
    inside.has(end.node) ? { ...end, node: agentsStep } : end
  return {
    ...plan,
    nodes: plan.nodes.flatMap((node) =>
      node === first ? [box] : inside.has(node.id) ? [] : [node],
    ),
    edges: plan.edges
      .filter(({ from, to }) => !inside.has(from.node) || !inside.has(to.node))
      .map((edge) => ({ ...edge, from: folded(edge.from), to: folded(edge.to) })),
  }
}
