import { basename } from 'node:path'
import { convertManifest, type SoundWire } from './convert.ts'
import { sameFormat } from './formats.ts'
import type { PlanAgents } from './plan-agents.ts'
import type { PlanMemory } from './plan-memory.ts'
import { liveSource } from './live-source.ts'
import {
  usualLimitsOf,
  type Plan,
  type PlanBudget,
  type PlanEdge,
  type PlanNode,
  type PlanServer,
  type PlanTool,
  type PlanTurns,
  type PlanVar,
} from './plan.ts'
import type { InputSpec } from './spec.ts'
import { endName, type End, type ReadyNode, type Wire } from './ready-node.ts'

/** All parts of a checked graph. */
export interface PlanParts {
  readonly name: string | undefined
  readonly file: string
  readonly order: readonly string[]
  readonly nodes: ReadonlyMap<string, ReadyNode>
  readonly sound: readonly SoundWire[]
  readonly tools: readonly PlanTool[]
  readonly servers: readonly PlanServer[]
  readonly agents: PlanAgents | undefined
  readonly vars: Readonly<Record<string, PlanVar>>
  readonly turns: PlanTurns
  readonly budgets: readonly PlanBudget[]
  readonly costBudget: Plan['costBudget']
  readonly memory: PlanMemory | undefined
}

/** Puts the plan together, with converters where formats differ. */
export function buildPlan(parts: PlanParts): Plan {
  const { order, nodes, sound } = parts
  const edges: PlanEdge[] = []
  const before = new Map<string, PlanNode[]>()
  const taken = new Set<string>()
  const wires = sound.map(({ wire }) => wire)
  for (const one of sound) {
    const { given, wire } = one
    const isLive = wire.feedback || liveSource(wire, wires, nodes) !== undefined
    const edge = (from: End, to: End, format: PlanEdge['format'], wants?: InputSpec): PlanEdge =>
      edgeOf(wire, { from, to, format, isLive, input: wants })
    const converter = converterFor(one, nodes, taken)
    const input = nodes.get(wire.to.node)?.spec.inputs.find(({ port }) => port === wire.to.port)
    if (converter === undefined) {
      edges.push(edge(wire.from, wire.to, given, input))
      continue
    }
    // It stands before its target, so that every edge still leads to a later node.
    before.set(wire.to.node, [...(before.get(wire.to.node) ?? []), converter])
    const port = { node: converter.id, port: 'audio' }
    edges.push(edge(wire.from, port, given))
    edges.push({ ...edge(port, wire.to, one.taken, input), feedback: false })
  }
  const planned = placeConverters(order, nodes, before)
  const name = parts.name ?? basename(parts.file).replace(/\.ya?ml$/, '')
  const { file, tools, servers, agents, vars, turns, budgets, costBudget, memory } = parts
  const plan = { name, file, nodes: planned, edges, tools, servers }
  return { ...plan, agents, vars, turns, budgets, costBudget, memory }
}

/** Converters into a transport come last, because its sink half does. */
function placeConverters(
  order: readonly string[],
  nodes: ReadonlyMap<string, ReadyNode>,
  before: ReadonlyMap<string, readonly PlanNode[]>,
): PlanNode[] {
  const planned: PlanNode[] = []
  const last: PlanNode[] = []
  for (const id of order) {
    const node = nodes.get(id)
    if (node === undefined) continue
    const converters = before.get(id) ?? []
    if (node.manifest.kind === 'transport') last.push(...converters)
    else planned.push(...converters)
    planned.push(nodeOf(node))
  }
  return [...planned, ...last]
}

const nodeOf = ({ spec, fallback, ...own }: ReadyNode): PlanNode => ({
  id: spec.id,
  label: spec.label,
  ...own,
  onError: spec.onError,
  onInterrupt: spec.onInterrupt,
  agent: spec.agent,
  inserted: own.code.kind === 'floor',
  fallback: fallback.map(({ spec: _, ...member }) => member),
})

function converterFor(
  sound: SoundWire,
  nodes: ReadonlyMap<string, ReadyNode>,
  taken: Set<string>,
): PlanNode | undefined {
  const { given, taken: wanted, wire } = sound
  if (given === undefined || wanted === undefined || sameFormat(given, wanted)) return undefined
  const short = `${wire.from.node}~${wire.to.node}`
  const id = taken.has(short) ? `${endName(wire.from)}~${endName(wire.to)}` : short
  taken.add(id)
  return {
    id,
    label: id,
    use: 'convert',
    code: { kind: 'convert' },
    manifest: convertManifest,
    options: { from: given, to: wanted },
    templates: [],
    onError: 'restart',
    onInterrupt: 'obey',
    agent: nodes.get(wire.from.node)?.spec.agent ?? nodes.get(wire.to.node)?.spec.agent,
    inserted: true,
    limits: usualLimitsOf(convertManifest),
    fallback: [],
  }
}

interface EdgeParts {
  readonly from: End
  readonly to: End
  readonly format: PlanEdge['format']
  /** What it carries comes from outside and cannot be asked to wait. */
  readonly isLive: boolean
  readonly input: InputSpec | undefined
}

function edgeOf(
  { type, feedback }: Wire,
  { from, to, format, isLive, input }: EdgeParts,
): PlanEdge {
  const usual = usualPolicy(type, from.port, feedback, isLive)
  return {
    id: `${endName(from)} -> ${endName(to)}`,
    from,
    to,
    type,
    feedback,
    buffer: bufferOf(usual.buffer, input),
    overflow: input?.overflow ?? usual.overflow,
    format,
  }
}

type Policy = Pick<PlanEdge, 'buffer' | 'overflow'>

/**
 * Sound that is made waits to be asked for, and is made shortly before it is heard: a transport hands out
 * 200 ms ahead, and as much again stands ready. Sound from outside is kept for two seconds.
 */
function usualPolicy(type: string, port: string, feedback: boolean, isLive: boolean): Policy {
  if (type === 'audio') {
    return isLive
      ? { buffer: { frames: 1000, ms: 2000 }, overflow: 'drop_oldest' }
      : { buffer: { frames: 1000, ms: 400 }, overflow: 'block' }
  }
  if (feedback || port === 'interim') {
    return { buffer: { frames: 1, ms: undefined }, overflow: 'latest' }
  }
  if (type === 'event') return { buffer: { frames: 10_000, ms: undefined }, overflow: 'error' }
  return { buffer: { frames: 1000, ms: undefined }, overflow: 'block' }
}

function bufferOf(usual: PlanEdge['buffer'], input: InputSpec | undefined): PlanEdge['buffer'] {
  if (input?.frames !== undefined) return { frames: input.frames, ms: undefined }
  // Frames of sound are rarely shorter than 5 ms; the number only bounds what has no length.
  if (input?.ms !== undefined) return { frames: Math.max(1000, input.ms / 5), ms: input.ms }
  // An input that keeps more than the latest needs room for it.
  const wantsRoom = input?.overflow !== undefined && input.overflow !== 'latest'
  return wantsRoom && usual.frames === 1 ? { frames: 1000, ms: undefined } : usual
}
