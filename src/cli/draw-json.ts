import type { Plan } from '../graph/plan.ts'

/**
 * The graph as data, for other programs: what the loader puts in as well, agents and hand-offs as the plan
 * has them (null without). Options of nodes are left out: secrets may be among them.
 */
export function drawJson(plan: Plan): string {
  const end = ({ node, port }: { node: string; port: string }): string => `${node}.${port}`
  const graph = {
    name: plan.name,
    nodes: plan.nodes.map(({ id, label, use, manifest, agent, inserted, fallback }) => ({
      id,
      label,
      use,
      role: manifest.role,
      agent: agent ?? null,
      inserted,
      fallback: fallback.map((member) => member.use),
    })),
    edges: plan.edges.map(({ from, to, type, feedback, format }) => ({
      from: end(from),
      to: end(to),
      type,
      feedback,
      format: format ?? null,
    })),
    tools: plan.tools.map((tool) => tool.id),
    agents: plan.agents ?? null,
  }
  return `${JSON.stringify(graph, null, 2)}\n`
}
