import type { Plan, PlanNode } from '../../graph/plan.ts'
import { didYouMean, listNames, nearest } from '../../graph/suggest.ts'
import type { Span } from '../../graph/tree.ts'
import { builtinTools } from '../../graph/names.ts'
import { agentTools, checkAgents } from './check-agents.ts'
import type { Modality, PortRef, Scenario, Step } from './scenario.ts'
import type { TestReport } from './test-report.ts'

/** What a test may name, and where it is reported when there is no such thing. */
interface Names {
  readonly report: TestReport
  readonly plan: Plan
  /** The graph as the test names it. */
  readonly graph: string
  /** Agents of the graph. */
  readonly agents: readonly string[]
}

/** Reports everything in the cases that the graph does not have, or cannot do. */
export function checkReferences(report: TestReport, scenario: Scenario, plan: Plan): void {
  const agents = plan.agents?.agents.map(({ id }) => id) ?? []
  const names = { report, plan, graph: plan.name, agents }
  for (const one of scenario.cases) {
    checkVars(names, Object.keys(one.vars), one.span)
    for (const step of one.steps) checkStep(names, step, one.modality)
  }
}

function checkVars({ report, plan, graph }: Names, vars: readonly string[], span: Span): void {
  const known = Object.keys(plan.vars)
  for (const name of vars) {
    if (name === 'call' || known.includes(name)) continue
    const suggestion = didYouMean(nearest(name, known))
    const place = report.source.find(span, name)
    report.fault('test-var', place, { graph, name, suggestion, names: listNames(known) })
  }
}

function checkStep(names: Names, step: Step, modality: Modality): void {
  const { span } = step
  if ('at' in step && step.at?.after !== undefined && 'node' in step.at.after) {
    checkActor(names, step.at.after.node, span)
  }
  switch (step.kind) {
    case 'user':
      return checkUser(names, step, modality)
    case 'feed':
    case 'snapshot':
      return checkPort(names, step.port, span)
    case 'fail': {
      const { node, tool } = step.failure
      if (node !== undefined) findNode(names, node, span)
      if (tool !== undefined) checkTool(names, tool, span, [])
      return
    }
    case 'expect':
    case 'never': {
      const { what } = step.expectation
      checkAgents(names.report, names.plan, step.expectation, span)
      if (what.type === 'frame') checkPort(names, what.port, span)
      if (what.type === 'tool') checkTool(names, what.name, span, agentTools(names.plan))
      if (what.type === 'interrupted' && what.node !== undefined) {
        checkActor(names, what.node, span)
      }
      if (what.type === 'vars') {
        checkVars(
          names,
          what.fields.map(({ name }) => name),
          span,
        )
      }
      return
    }
    default:
  }
}

function checkUser(
  { report, plan, graph }: Names,
  { does, span }: Extract<Step, { kind: 'user' }>,
  modality: Modality,
): void {
  const transport = plan.nodes.find(({ manifest }) => manifest.kind === 'transport')
  const gives = (type: string): boolean =>
    Object.values(transport?.manifest.ports.out ?? {}).some((port) => port.type === type)
  const isWired = plan.edges.some(
    ({ from, type }) => from.node === transport?.id && type === 'dtmf',
  )
  if (does.type === 'keys' && !(gives('dtmf') && isWired)) {
    report.fault('test-no-keys', span, { node: transport?.id ?? graph })
  }
  if (does.type === 'sound' && modality === 'text') report.fault('test-sound-as-text', span)
  const speaks = does.type === 'say' || does.type === 'noise'
  const hears = plan.nodes.some(({ manifest }) => manifest.role === 'stt') || gives('transcript')
  if (speaks && modality === 'text' && !hears) report.fault('test-no-ears', span, { graph })
}

/** What a node does, and an agent by one of its nodes. */
function checkActor(names: Names, name: string, span: Span): void {
  if (!names.agents.includes(name)) findNode(names, name, span, names.agents)
}

function findNode(
  names: Names,
  name: string,
  span: Span,
  others: readonly string[] = [],
): PlanNode | undefined {
  const { report, plan, graph } = names
  const found = plan.nodes.find(({ id }) => id === name)
  if (found !== undefined) return found
  const known = plan.nodes.flatMap(({ id, inserted }) => (inserted ? [] : [id]))
  const suggestion = didYouMean(nearest(name, [...others, ...known]))
  const place = report.source.find(span, name)
  const agents = others.length === 0 ? '' : `Agents: ${listNames(others)}. `
  const nodes = listNames(known)
  report.fault('test-node', place, { graph, name, suggestion, agents, nodes })
  return undefined
}

function checkPort(names: Names, { node: id, port }: PortRef, span: Span): void {
  const node = findNode(names, id, span)
  if (node === undefined) return
  const inputs = Object.keys(node.manifest.ports.in)
  if (inputs.includes(port)) return
  const place = names.report.source.find(span, `${id}.${port}`)
  const ports = inputs.length === 0 ? 'it has no inputs' : listNames(inputs)
  names.report.fault('test-port', place, { node: id, port, ports })
}

function checkTool(
  { report, plan, graph }: Names,
  name: string,
  span: Span,
  others: readonly string[],
): void {
  const known = [...new Set([...plan.tools.map(({ id }) => id), ...builtinTools, ...others])]
  if (known.includes(name)) return
  const suggestion = didYouMean(nearest(name, known))
  const place = report.source.find(span, name)
  report.fault('test-tool', place, { graph, name, suggestion, names: listNames(known) })
}
