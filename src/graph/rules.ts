import { isBehindBrain } from './behind-brain.ts'
import { liveSource } from './live-source.ts'
import type { Report } from './report.ts'
import type { GraphSpec } from './spec.ts'
import type { AgentSpec } from './agents-spec.ts'
import { isQuiet } from './assemble.ts'
import { endName, fits, shownName, type ReadyNode } from './ready-node.ts'
import type { Wiring } from './wires.ts'

/** What the rules about a whole graph look at. */
export interface RuleScope {
  readonly report: Report
  readonly spec: GraphSpec
  readonly nodes: ReadonlyMap<string, ReadyNode>
  readonly wiring: Wiring
  readonly usedVars: ReadonlySet<string>
  readonly usedTools: ReadonlySet<string>
}

/** Rules that need more than one chain to be seen. */
export function applyRules(scope: RuleScope): void {
  checkSources(scope)
  for (const node of scope.nodes.values()) {
    checkInputNames(scope, node)
    checkBlocking(scope, node)
    checkBypass(scope, node)
    if (!scope.spec.torn) checkConnected(scope, node)
  }
  remarkRecording(scope)
  remarkTools(scope)
  remarkVars(scope)
}

function checkSources({ report, nodes, wiring }: RuleScope): void {
  const byInput = Map.groupBy(wiring.wires, (wire) => endName(wire.to))
  const counts = ['none', 'one', 'two', 'three', 'four', 'five']
  for (const [port, wires] of byInput) {
    const [first, second] = wires
    const node = first && nodes.get(first.to.node)
    if (!first || !second || node?.manifest.ports.in[first.to.port]?.many !== false) continue
    const sources = wires.map(
      (wire) => `${endName(wire.from)} (${report.source.nameLine(wire.toSpan, second.toSpan)})`,
    )
    const last = sources.pop()
    const free = Object.entries(node.manifest.ports.in).find(
      ([name, { type }]) =>
        fits(first.type, type) && !byInput.has(endName({ node: first.to.node, port: name })),
    )
    const hint =
      free === undefined
        ? 'Put a mixer in front.'
        : `Use ${first.to.node}.${free[0]} for one of them, or put a mixer in front.`
    report.add('too-many-sources', second.toSpan, {
      port,
      count: counts[wires.length] ?? wires.length,
      sources: `${sources.join(', ')} and ${last}`,
      hint,
    })
  }
}

function checkInputNames({ report }: RuleScope, { spec, manifest, use }: ReadyNode): void {
  for (const input of spec.inputs) {
    const port = Object.hasOwn(manifest.ports.in, input.port)
      ? manifest.ports.in[input.port]
      : undefined
    if (port === undefined) {
      const names = Object.entries(manifest.ports.in).map(([name, { main }]) =>
        main ? `${name} (main)` : name,
      )
      const params = { node: spec.id, side: 'input', sides: 'Inputs', port: input.port, use }
      const ports = names.length === 0 ? 'none' : names.join(', ')
      report.add('unknown-port', input.key, { ...params, ports })
    } else if (input.ms !== undefined && port.type !== 'audio' && port.type !== 'any') {
      report.add('bad-value', input.bufferSpan, {
        option: 'buffer',
        expected: `a number of frames, because ${port.type} has no length`,
        shown: `"${input.ms}ms"`,
        suggestion: '',
      })
    }
  }
}

function checkBlocking({ report, nodes, wiring }: RuleScope, { spec }: ReadyNode): void {
  for (const input of spec.inputs) {
    if (input.overflow !== 'block') continue
    for (const wire of wiring.wires) {
      if (wire.to.node !== spec.id || wire.to.port !== input.port) continue
      const live = liveSource(wire, wiring.wires, nodes)
      const { type } = wire
      if (wire.feedback) {
        const better = type === 'audio' ? 'drop_oldest' : 'latest'
        const params = { node: spec.id, source: wire.from.node, better }
        report.add('block-on-live/feedback', input.overflowSpan, params)
      } else if (live !== undefined) {
        const params = { node: spec.id, type, source: live }
        report.add('block-on-live', input.overflowSpan, params)
      }
    }
  }
}

function checkBypass({ report }: RuleScope, { spec, manifest }: ReadyNode): void {
  if (spec.onError !== 'bypass') return
  const node = spec.id
  if (manifest.safety) {
    report.add('unsafe-bypass', spec.onErrorSpan, { node })
    return
  }
  const taken = Object.values(manifest.ports.in).find((port) => port.main)?.type
  const given = Object.values(manifest.ports.out).find((port) => port.main)?.type
  if (given === undefined || (taken !== undefined && fits(taken, given))) return
  const params = { node, taken: taken ?? 'nothing', given }
  report.add('unsafe-bypass/types', spec.onErrorSpan, params)
}

function checkConnected(scope: RuleScope, node: ReadyNode): void {
  const { report, wiring } = scope
  const { spec, manifest } = node
  if (wiring.tainted.has(spec.id) || isQuiet(agentOf(scope, node))) return
  const wires = wiring.wires.filter(({ from, to }) => from.node === spec.id || to.node === spec.id)
  if (wires.length === 0) {
    report.add('unused-node', spec.key, { node: spec.id })
    return
  }
  for (const [name, port] of Object.entries(manifest.ports.in)) {
    const fed = wires.some(({ to }) => to.node === spec.id && to.port === name)
    if (fed || !port.required) continue
    if (manifest.kind === 'transport') {
      if (port.main) report.add('silent-caller', spec.key, { node: spec.id })
      continue
    }
    const example = exampleFor(scope, node, port.type)
    const shown = shownName(node)
    const target = port.main ? shown : `${shown}.${name}`
    const key = example === undefined ? 'input-not-connected/alone' : 'input-not-connected'
    report.add(key, spec.key, { node: shown, port: name, example: example ?? '', target })
  }
}

const agentOf = ({ spec }: RuleScope, node: ReadyNode): AgentSpec | undefined =>
  spec.agents?.agents.get(node.spec.agent ?? '')

/** A node whose main output would fit: best one that another node of the same type hears. */
function exampleFor(
  { nodes }: RuleScope,
  { spec }: ReadyNode,
  type: ReadyNode['manifest']['ports']['in'][string]['type'],
): string | undefined {
  const fitting = [...nodes.values()].filter(({ spec: one, manifest }) => {
    const main = Object.values(manifest.ports.out).find((port) => port.main)
    const isNear = one.id !== spec.id && one.agent === spec.agent
    return isNear && main !== undefined && fits(main.type, type)
  })
  const brain = fitting.find(({ manifest }) => ['brain', 'llm'].includes(manifest.role))
  return (brain ?? fitting[0])?.spec.id
}

/** A recording of the caller's voice is not cleaned by what cleans the words. */
function remarkRecording({ report, nodes, wiring }: RuleScope): void {
  const redactor = [...nodes.values()].find(({ manifest, spec: { id } }) => {
    const types = Object.values(manifest.ports.in).map((port) => port.type)
    const cleansText = manifest.safety && types.length > 0 && !types.includes('audio')
    return cleansText && !isBehindBrain(id, wiring.wires, nodes)
  })
  if (redactor === undefined) return
  for (const wire of wiring.wires) {
    const sink = nodes.get(wire.to.node)
    const source = liveSource(wire, wiring.wires, nodes)
    const isSink = sink?.manifest.role === 'sink' && wire.type === 'audio'
    if (!isSink || source === undefined) continue
    const params = { sink: wire.to.node, source, redactor: redactor.spec.id }
    report.add('unredacted-recording', wire.toSpan, params)
  }
}

function remarkTools({ report, spec, usedTools, nodes }: RuleScope): void {
  if (nodes.size < spec.nodes.size) return
  for (const tool of spec.tools.values()) {
    if (!usedTools.has(tool.id)) report.add('unused-tool', tool.key, { name: tool.id })
  }
}

/** Code sees all variables: only where there is no code of the file's own is one unused. */
function remarkVars({ report, spec, usedVars, nodes }: RuleScope): void {
  const hasCode =
    spec.tools.size > 0 ||
    nodes.size < spec.nodes.size ||
    [...nodes.values()]
      .flatMap((node) => [node, ...node.fallback])
      .some(({ code, manifest }) => code.kind === 'file' || readsFiles(manifest))
  if (hasCode) return
  for (const variable of spec.vars.values()) {
    if (!usedVars.has(variable.name))
      report.add('unused-var', variable.key, { name: variable.name })
  }
}

const readsFiles = (manifest: ReadyNode['manifest']): boolean =>
  JSON.stringify(manifest.options).includes('x-input-path')
