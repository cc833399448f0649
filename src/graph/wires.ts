import type { Manifest } from '../define/index.ts'
import { unreadable } from './read-flow.ts'
import { endName, fits, shownName, type ReadyNode, type Wire } from './ready-node.ts'
import type { Report } from './report.ts'
import type { ChainSpec, NodeSpec, StepSpec } from './spec.ts'
import { choice, didYouMean, listNames, nearest } from './suggest.ts'
import { hintForTypes } from './type-hints.ts'

/** The nodes of a file: `ready` ones, and names of all that were written. */
export interface Nodes {
  readonly ready: ReadonlyMap<string, ReadyNode>
  readonly specs: ReadonlyMap<string, NodeSpec>
  readonly builtins: readonly Manifest[]
  /** False when `nodes` could not be read as a whole: then no name is unknown. */
  readonly complete: boolean
}

/** All edges, and nodes about whose edges something has been said already. */
export interface Wiring {
  readonly wires: readonly Wire[]
  readonly tainted: ReadonlySet<string>
}

/** Draws the edges of all chains; reports steps that lead nowhere and ends that do not fit. */
export function drawWires(report: Report, chains: readonly ChainSpec[], nodes: Nodes): Wiring {
  const wires = new Map<string, Wire>()
  const tainted = new Set<string>()
  for (const chain of chains) {
    for (const step of chain.steps) {
      const meant = checkStep(report, step, nodes)
      if (meant !== undefined) tainted.add(meant)
    }
    for (const [index, to] of chain.steps.entries()) {
      const from = chain.steps[index - 1]
      if (from === undefined) continue
      const wire = drawWire(report, from, to, nodes)
      const id = wire && `${endName(wire.from)} -> ${endName(wire.to)}`
      const first = id === undefined ? undefined : wires.get(id)
      if (wire === undefined) {
        tainted.add(from.node).add(to.node)
      } else if (id !== undefined && first !== undefined) {
        const line = report.source.nameLine(first.toSpan, to.span)
        report.add('duplicate-edge', to.span, { edge: id, line })
      } else if (id !== undefined) {
        wires.set(id, wire)
      }
    }
  }
  return { wires: [...wires.values()], tainted }
}

/** Reports a step that is no node; gives the node that was probably meant. */
function checkStep(report: Report, step: StepSpec, { specs, complete }: Nodes): string | undefined {
  const { node: id, span, chain, prefix } = step
  if (id === unreadable || specs.has(id) || !complete) return undefined
  const name = id.slice(prefix.length)
  const known = [...specs.keys()]
    .filter((one) => one.startsWith(prefix) && !one.includes('/', prefix.length))
    .map((one) => one.slice(prefix.length))
  const meant = nearest(name, known)
  const end = span.start + Math.min(name.length, span.end - span.start)
  const params = { chain, name, suggestion: didYouMean(meant) }
  const nodes = listNames(known)
  report.add('unknown-node', { start: span.start, end }, { ...params, nodes }, meant)
  return meant && `${prefix}${meant}`
}

function drawWire(report: Report, from: StepSpec, to: StepSpec, nodes: Nodes): Wire | undefined {
  const source = nodes.ready.get(from.node)
  const target = nodes.ready.get(to.node)
  // Both ends are looked at, so that each mistake is told in one go.
  const output = source && choosePort(report, source, from, 'out')
  const input = target && choosePort(report, target, to, 'in')
  if (!source || !target || output === undefined || input === undefined) return undefined
  const given = source.manifest.ports.out[output]?.type
  const taken = target.manifest.ports.in[input]?.type
  if (given === undefined || taken === undefined) return undefined
  const ends = {
    from: { node: from.node, port: output },
    to: { node: to.node, port: input },
  }
  if (!fits(given, taken)) {
    const hint = hintForTypes({ ...ends, source, target, given, taken, builtins: nodes.builtins })
    const names = { from: endName(ends.from), to: endName(ends.to) }
    report.add('type-mismatch', to.span, { ...names, given, taken, hint })
    return undefined
  }
  const { feedback } = to
  return { ...ends, type: given, feedback, fromSpan: from.span, toSpan: to.span }
}

const sides = {
  in: { one: 'input', many: 'Inputs', verb: 'lead to' },
  out: { one: 'output', many: 'Outputs', verb: 'follow' },
} as const

function choosePort(
  report: Report,
  node: ReadyNode,
  step: StepSpec,
  side: 'in' | 'out',
): string | undefined {
  const ports = node.manifest.ports[side]
  const names = Object.keys(ports)
  const { one, many, verb } = sides[side]
  const id = shownName(node)
  if (step.port !== undefined && Object.hasOwn(ports, step.port)) return step.port
  const [first] = names
  if (first === undefined) {
    const other = side === 'in' ? 'out' : 'in'
    const left = { use: node.use, sides: sides[other].many, ports: listPorts(node, other) }
    report.add('unknown-port/none', step.span, { node: id, side: one, verb, ...left })
    return undefined
  }
  if (step.port !== undefined) {
    const meant = nearest(step.port, names)
    const span = {
      start: Math.max(step.span.start, step.span.end - step.port.length),
      end: step.span.end,
    }
    const params = { node: id, port: step.port, side: one, sides: many, use: node.use }
    report.add('unknown-port', span, { ...params, ports: listPorts(node, side) }, meant)
    return undefined
  }
  const main = names.find((name) => ports[name]?.main === true)
  if (main !== undefined) return main
  const choices = choice(names.map((name) => `${id}.${name}`))
  report.add('port-needed', step.span, { node: id, use: node.use, side: one, choices })
  return undefined
}

/** `transcript (main), interim`. */
export function listPorts(node: ReadyNode, side: 'in' | 'out'): string {
  const ports = Object.entries(node.manifest.ports[side])
  if (ports.length === 0) return 'none'
  return ports.map(([name, port]) => (port.main ? `${name} (main)` : name)).join(', ')
}
