import { unreadable } from './read-flow.ts'
import type { Report } from './report.ts'
import type { ChainSpec, NodeSpec, StepSpec } from './spec.ts'
import { choice, listNames, nearest } from './suggest.ts'

/** How many edges the parts of a graph may make. */
export const mostLinks = 5000

/** One edge of a chain. */
export interface Link {
  readonly from: StepSpec
  readonly to: StepSpec
}

/** A part in its place: chains lead into `<id>/in` and come out of `<id>/out`. */
export interface Junction {
  readonly id: string
  readonly node: NodeSpec
  readonly use: string
}

/** Joins what leads to a part with what its own chains do with it. */
export function spliceParts(
  report: Report,
  links: readonly Link[],
  junctions: readonly Junction[],
  nodes: ReadonlyMap<string, NodeSpec>,
): readonly ChainSpec[] {
  let left = links
  // The innermost come first: what leads through a part within a part is one edge by then.
  for (const junction of junctions.toReversed()) {
    for (const side of ['in', 'out'] as const) {
      left = splice(report, left, junction, side, nodes)
      if (left.length <= mostLinks) continue
      report.add('part-loop/many', junction.node.key, { limit: mostLinks, what: 'edges' })
      return []
    }
  }
  return left.map(({ from, to }) => ({ name: to.chain, steps: [from, to] }))
}

function splice(
  report: Report,
  links: readonly Link[],
  junction: Junction,
  side: 'in' | 'out',
  nodes: ReadonlyMap<string, NodeSpec>,
): readonly Link[] {
  const end = `${junction.id}/${side}`
  const before = links.filter(({ to }) => to.node === end)
  const after = links.filter(({ from }) => from.node === end)
  if (before.length + after.length === 0) return links
  const joined = links.filter(({ from, to }) => from.node !== end && to.node !== end)
  const inner = side === 'in' ? after.map(({ from }) => from) : before.map(({ to }) => to)
  for (const link of side === 'in' ? before : after) {
    const step = side === 'in' ? link.to : link.from
    if (inner.some(({ port }) => port === step.port)) continue
    reportPort(report, junction, step, side, inner)
    // What it led to, or came from, shall not be told to lack it.
    const nowhere = { ...step, node: unreadable }
    joined.push(side === 'in' ? { ...link, to: nowhere } : { ...link, from: nowhere })
  }
  for (const one of before) {
    for (const other of after) {
      if (one.to.port !== other.from.port) continue
      if (joined.length > mostLinks) return joined
      const link = side === 'in' ? joinIn(one, other, nodes) : joinOut(one, other, nodes)
      joined.push(link)
    }
  }
  return joined
}

/** A mistake at the edge of a part shows where the part is used, unless it is a port that the part names. */
function joinIn(outer: Link, inner: Link, nodes: ReadonlyMap<string, NodeSpec>): Link {
  const feedback = outer.to.feedback || inner.to.feedback
  const isPlain = inner.to.port === undefined && nodes.has(inner.to.node)
  const span = isPlain ? outer.to.span : inner.to.span
  return { from: outer.from, to: { ...inner.to, span, feedback } }
}

function joinOut(inner: Link, outer: Link, nodes: ReadonlyMap<string, NodeSpec>): Link {
  const feedback = outer.to.feedback || inner.to.feedback
  const isPlain = inner.from.port === undefined && nodes.has(inner.from.node)
  const span = isPlain ? outer.from.span : inner.from.span
  return { from: { ...inner.from, span }, to: { ...outer.to, feedback } }
}

const sides = { in: ['input', 'Inputs', 'lead to'], out: ['output', 'Outputs', 'follow'] } as const

/** A part has the ports that its chains begin and end at. */
function reportPort(
  report: Report,
  { node, use }: Junction,
  step: StepSpec,
  side: 'in' | 'out',
  inner: readonly StepSpec[],
): void {
  const [one, many, verb] = sides[side]
  const names = inner.flatMap(({ port }) => (port === undefined ? [] : [port]))
  const ports = inner.some(({ port }) => port === undefined) ? [`${side} (main)`, ...names] : names
  if (ports.length === 0) {
    const other = side === 'in' ? 'out' : 'in'
    const params = { node: node.id, side: one, verb, sides: sides[other][1], use, ports: other }
    report.add('unknown-port/none', step.span, params)
  } else if (step.port === undefined) {
    const choices = choice(names.map((name) => `${node.id}.${name}`))
    report.add('port-needed', step.span, { node: node.id, use, side: one, choices })
  } else {
    const meant = nearest(step.port, names)
    const params = { node: node.id, side: one, port: step.port, sides: many, use }
    const span = { start: step.span.end - step.port.length, end: step.span.end }
    report.add('unknown-port', span, { ...params, ports: listNames(ports) }, meant)
  }
}
