import type { AgentsSpec } from './agents-spec.ts'
import type { Report } from './report.ts'
import type { ChainSpec, GraphSpec } from './spec.ts'

/** Chains in which a step that names one agent, which is reported, stands for `agents`: that was meant. */
export function meantAgents(
  report: Report,
  agents: AgentsSpec | undefined,
  chains: readonly ChainSpec[],
  nodes: GraphSpec['nodes'],
): readonly ChainSpec[] {
  const isAgent = (name: string): boolean => agents?.agents.has(name) === true && !nodes.has(name)
  return chains.map((one) => ({
    ...one,
    steps: one.steps.map((step) => {
      const { node: name, chain, span } = step
      if (!isAgent(name)) return step
      const end = span.start + name.length
      report.add('agents-step/name', { start: span.start, end }, { chain, name }, 'agents')
      return { ...step, node: 'agents' }
    }),
  }))
}
