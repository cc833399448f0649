import type { Manifest, PortManifest, PortType } from '../define/index.ts'
import type { AgentsSpec, AgentSpec } from './agents-spec.ts'
import { gateIds } from './plan-agents.ts'
import { usualLimitsOf } from './plan.ts'
import type { ReadyNode, Wire } from './ready-node.ts'
import type { Report } from './report.ts'
import type { ChainSpec, GraphSpec, NodeSpec, StepSpec } from './spec.ts'

const { in: floorIn, out: floorOut } = gateIds

/** Adds the two nodes between which the agents stand, with the types that the agents take and give. */
export function addFloor(
  report: Report,
  spec: GraphSpec,
  nodes: ReadonlyMap<string, ReadyNode>,
): ReadonlyMap<string, ReadyNode> {
  const { agents } = spec
  if (agents === undefined) return nodes
  const speaking = [...agents.agents.values()].filter(({ role }) => role === 'floor')
  const taken = typesOf(report, speaking, spec.chains, nodes, 'in')
  const given = typesOf(report, speaking, spec.chains, nodes, 'out')
  const ids = speaking.map(({ id }) => id)
  const all = new Map(nodes)
  const inPorts = inputPorts(ids, taken)
  const outPorts = outputPorts(ids, given)
  if (inPorts !== undefined) all.set(floorIn, readyFloor(agents, floorIn, inPorts))
  if (outPorts !== undefined) all.set(floorOut, readyFloor(agents, floorOut, outPorts))
  if (spec.nodes.has(gateIds.text)) {
    const inputs = ids.map((id) => [id, port('text', { many: true })] as const)
    const ports = { in: Object.fromEntries(inputs), out: { text: port('text', { main: true }) } }
    all.set(gateIds.text, readyFloor(agents, gateIds.text, ports))
  }
  return all
}

/** What agents have on one side: all of them the same, unless that has been reported. */
interface SideTypes {
  /** Undefined when nobody knows it. */
  readonly common: PortType | undefined
  readonly byAgent: ReadonlyMap<string, PortType>
}

function typesOf(
  report: Report,
  agents: readonly AgentSpec[],
  chains: readonly ChainSpec[],
  nodes: ReadonlyMap<string, ReadyNode>,
  side: 'in' | 'out',
): SideTypes {
  const known = agents.flatMap(({ id, key }) => {
    const type = typeAt(id, chains, nodes, side)
    return type === undefined ? [] : [{ id, key, type }]
  })
  // One that takes anything is suited by what the others take.
  const certain = known.filter(({ type }) => type !== 'any')
  const [first, ...others] = certain
  for (const other of others) {
    if (first === undefined || other.type === first.type) continue
    const [one, two] = other.type === 'audio' ? [first, other] : [other, first]
    const verb = side === 'in' ? 'takes' : 'gives'
    const types = { agent: one.id, type: one.type, other: two.id, otherType: two.type }
    const hint =
      two.type !== 'audio'
        ? `Make both of them ${verb.slice(0, -1)} ${first.type}.`
        : side === 'in'
          ? `Give ${one.id} its own speech-to-text: flow: in -> stt -> llm -> tts -> out`
          : `Give ${one.id} a voice: flow: in -> llm -> tts -> out`
    report.add('agents-differ', other.key, { ...types, verb, hint })
  }
  const byAgent = new Map(certain.map(({ id, type }) => [id, type]))
  return { common: first?.type ?? known[0]?.type, byAgent }
}

/** What the first chain of an agent takes at `in`, or gives at `out`; `any` only where all of them do. */
function typeAt(
  agent: string,
  chains: readonly ChainSpec[],
  nodes: ReadonlyMap<string, ReadyNode>,
  side: 'in' | 'out',
): PortType | undefined {
  let found: PortType | undefined
  for (const { steps } of chains) {
    const [from, to] = steps
    const [edge, inner] = side === 'in' ? [from, to] : [to, from]
    if (edge?.node !== (side === 'in' ? floorIn : floorOut) || edge.port !== agent) continue
    const type = inner && portType(inner, nodes.get(inner.node), side)
    if (type !== undefined && type !== 'any') return type
    found ??= type
  }
  return found
}

function portType(
  { port }: StepSpec,
  node: ReadyNode | undefined,
  side: 'in' | 'out',
): PortType | undefined {
  const ports = node?.manifest.ports[side] ?? {}
  if (port !== undefined) return Object.hasOwn(ports, port) ? ports[port]?.type : undefined
  return Object.values(ports).find(({ main }) => main)?.type
}

const port = (type: PortType, more: Partial<PortManifest> = {}): PortManifest => ({
  type,
  main: false,
  many: false,
  required: false,
  live: false,
  ...more,
})

/** Sound has one source; words and keys may come from several. */
function inputPorts(
  agents: readonly string[],
  { common, byAgent }: SideTypes,
): Manifest['ports'] | undefined {
  if (common === undefined) return undefined
  const main = port(common, { main: true, required: true, many: common !== 'audio' })
  const out = agents.flatMap((id) => [
    [id, port(byAgent.get(id) ?? common)] as const,
    [`${id}.dtmf`, port('dtmf')] as const,
  ])
  return {
    in: { [common]: main, dtmf: port('dtmf', { many: true }) },
    out: Object.fromEntries(out),
  }
}

function outputPorts(
  agents: readonly string[],
  { common, byAgent }: SideTypes,
): Manifest['ports'] | undefined {
  if (common === undefined) return undefined
  const many = common !== 'audio'
  const inputs = agents.map((id) => [id, port(byAgent.get(id) ?? common, { many })] as const)
  return {
    in: Object.fromEntries(inputs),
    out: { [common]: port(common, { main: true }), message: port('message') },
  }
}

function readyFloor(agents: AgentsSpec, id: string, ports: Manifest['ports']): ReadyNode {
  const manifest: Manifest = {
    kind: 'processor',
    id: 'agents',
    summary: 'Lets the agent hear and speak that has the floor.',
    role: 'filter',
    ports,
    options: { type: 'object' },
    safety: false,
    realTime: false,
  }
  const spec = floorSpec(agents, id)
  return {
    spec,
    use: 'agents',
    code: { kind: 'floor' },
    manifest,
    options: {},
    templates: [],
    limits: usualLimitsOf({ kind: 'processor' }),
    fallback: [],
  }
}

/** What stands for the step `agents` among the nodes of a file. */
export function floorSpec({ key }: AgentsSpec, id: string): NodeSpec {
  return {
    id,
    key,
    use: undefined,
    with: undefined,
    withBroken: false,
    inputs: [],
    onError: 'restart',
    onErrorSpan: key,
    onInterrupt: 'ignore',
    label: 'agents',
    limits: [],
    fallback: [],
    agent: undefined,
    strays: [],
  }
}

/**
 * Keys go to the brain of the agent that has the floor, wherever it can take them; its words come out beside
 * the sound where somebody wants them.
 */
export function sideChains(
  spec: GraphSpec,
  brains: ReadonlyMap<string, string>,
  nodes: ReadonlyMap<string, ReadyNode>,
): readonly ChainSpec[] {
  const chains: ChainSpec[] = []
  for (const { id, key: span, role } of spec.agents?.agents.values() ?? []) {
    const brain = brains.get(id)
    if (role !== 'floor' || brain === undefined) continue
    const ports = nodes.get(brain)?.manifest.ports
    const step = { span, feedback: false, chain: `agents.${id}.flow`, prefix: '' }
    const draw = (from: Pick<StepSpec, 'node' | 'port'>, to: Pick<StepSpec, 'node' | 'port'>) =>
      chains.push({
        name: step.chain,
        steps: [
          { ...step, ...from },
          { ...step, ...to },
        ],
      })
    const isDrawn = spec.chains.some(
      ({ steps }) => steps[1]?.node === brain && steps[1].port === 'dtmf',
    )
    if (!isDrawn && ports?.in['dtmf']?.type === 'dtmf') {
      draw({ node: floorIn, port: `${id}.dtmf` }, { node: brain, port: 'dtmf' })
    }
    if (spec.nodes.has(gateIds.text) && ports?.out['text']?.type === 'text') {
      draw({ node: brain, port: 'text' }, { node: gateIds.text, port: id })
    }
  }
  return chains
}

/** Agents that hear nothing come behind `agents/in` all the same, and those that say nothing before `agents/out`. */
export function floorOrder(
  nodes: ReadonlyMap<string, ReadyNode>,
  wires: readonly Wire[],
): readonly (readonly [before: string, after: string])[] {
  if (!nodes.has(floorIn) || !nodes.has(floorOut)) return []
  const fed = new Set(wires.filter(({ feedback }) => !feedback).map(({ to }) => to.node))
  const heard = new Set(wires.filter(({ feedback }) => !feedback).map(({ from }) => from.node))
  const pairs: (readonly [string, string])[] = []
  for (const { spec } of nodes.values()) {
    if (spec.agent === undefined) continue
    if (!fed.has(spec.id)) pairs.push([floorIn, spec.id])
    if (!heard.has(spec.id)) pairs.push([spec.id, floorOut])
  }
  return pairs
}
