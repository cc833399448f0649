import type { PlanAgents } from '../graph/plan-agents.ts'
import type { AudioFormat, Plan, PlanEdge, PlanNode } from '../graph/plan.ts'
import { castOf, type Cast } from './draw-cast.ts'
import { agentsStep, foldAgents } from './draw-fold.ts'
import { idFor } from './draw-ids.ts'
import { oneLine, wrapped } from './draw-text.ts'

/** A graph as it is drawn, whatever it is drawn with. */
export interface Picture {
  readonly title: string
  readonly boxes: readonly Box[]
  readonly arrows: readonly Arrow[]
  /** Agents, drawn below; undefined where the graph has none. */
  readonly cast: Cast | undefined
}

/** A node, or one half of a transport. */
export interface Box {
  /** Letters, digits and `_`; unique in the picture. */
  readonly id: string
  /** Id of the node in the plan; `agents` for all agents together. */
  readonly node: string
  /** `mouth` and `ear` are where the caller is. */
  readonly kind: 'mouth' | 'ear' | 'node' | 'converter'
  readonly label: string
  /** What it is made of, and what else is worth a line. */
  readonly details: readonly string[]
  /** `stt`, `brain` …; `conversation` for all agents together; empty for converters. */
  readonly role: string
}

/** A wire. */
export interface Arrow {
  readonly from: string
  readonly to: string
  /** Type of what flows, and the ports where they are not the main ones. */
  readonly label: string
  readonly type: string
  /** Types of all wires that the arrow stands for. */
  readonly types: readonly string[]
  readonly feedback: boolean
  /** On the way from the caller's mouth to the caller's ear, not aside to a recorder or a log. */
  readonly leadsOn: boolean
}

/**
 * What to draw. A transport becomes two boxes where sound flows both ways, so that the picture reads
 * from the caller's mouth to the caller's ear. All agents are one box in it: the way of the sound is the
 * same through each of them.
 */
export function pictureOf(whole: Plan): Picture {
  const plan = foldAgents(whole)
  const ids = new Map<string, string>()
  const nodes = new Map(plan.nodes.map((node) => [node.id, node]))
  const boxes = plan.nodes.flatMap((node) => boxesOf(node, plan, ids))
  const arrows = new Map<string, Omit<Arrow, 'leadsOn'>>()
  for (const edge of plan.edges) {
    const from = ids.get(`${edge.from.node} out`) ?? edge.from.node
    const to = ids.get(`${edge.to.node} in`) ?? edge.to.node
    const { type, feedback } = edge
    // Wires that run side by side are one arrow with two labels.
    const key = `${from} ${to} ${feedback}`
    const beside = arrows.get(key)
    const label = [...(beside ? [beside.label] : []), labelOf(edge, nodes)].join(', ')
    const types = [...(beside?.types ?? []), type]
    arrows.set(key, { from, to, label, type, types, feedback })
  }
  // The caller's ear is drawn last, at the end of the line.
  const ears = boxes.filter((box) => box.kind === 'ear')
  const others = boxes.filter((box) => box.kind !== 'ear')
  const drawn = [...arrows.values()]
  const goesOn = new Set(drawn.filter((arrow) => !arrow.feedback).map((arrow) => arrow.from))
  const isOnTheWay = ({ to, feedback }: (typeof drawn)[number]): boolean =>
    !feedback && (goesOn.has(to) || ears.some((ear) => ear.id === to))
  return {
    title: plan.name,
    boxes: [...others, ...ears],
    arrows: drawn.map((arrow) => ({ ...arrow, leadsOn: isOnTheWay(arrow) })),
    cast: whole.agents && castOf(whole.agents, whole, ids),
  }
}

function boxesOf(node: PlanNode, plan: Plan, ids: Map<string, string>): Box[] {
  const id = idFor(node.id, ids)
  const { role } = node.manifest
  ids.set(`${node.id} in`, id).set(`${node.id} out`, id)
  if (node.inserted) {
    const label = conversionOf(node)
    return [{ id, node: node.id, kind: 'converter', label, details: [], role: '' }]
  }
  const box = { id, node: node.id, kind: 'node', label: node.label } as const
  if (plan.agents !== undefined && node.id === agentsStep) {
    const details = agentLines(plan.agents)
    return [{ ...box, details, role: 'conversation' }]
  }
  const made = node.use === node.label ? [] : [node.use]
  const details = [...made, ...standInsOf(node), ...toolsOf(node, plan)]
  if (node.manifest.kind !== 'transport') {
    return [{ ...box, details, role }]
  }
  const speaks = plan.edges.some((edge) => edge.from.node === node.id)
  const hears = plan.edges.some((edge) => edge.to.node === node.id)
  if (!speaks || !hears) return [{ ...box, kind: 'mouth', details, role }]
  const ear = idFor(`${node.id}_hears`, ids)
  ids.set(`${node.id} in`, ear)
  return [
    { ...box, kind: 'mouth', details, role: 'caller speaks' },
    { ...box, id: ear, kind: 'ear', details, role: 'caller hears' },
  ]
}

/** Characters of a line of agents: no wider than the other boxes of a telephone line are. */
const longestAgents = 20

/** What takes its place when it fails, in order. */
function standInsOf({ fallback }: PlanNode): string[] {
  const names = fallback.map(({ use }) => oneLine(use))
  return names.length === 0 ? [] : [`else ${names.join(', ')}`]
}

/** Tools that a brain may call, as its option lists them. */
function toolsOf({ options, manifest }: PlanNode, plan: Plan): string[] {
  const listed: unknown = options['tools']
  if (manifest.kind !== 'brain' || !Array.isArray(listed)) return []
  const known = plan.tools.map((tool) => tool.id).filter((id) => listed.includes(id))
  return known.length === 0 ? [] : [`tools: ${known.join(', ')}`]
}

/** Agents that may get the call, a few on a line, for the box that stands for all of them. */
function agentLines({ agents }: PlanAgents): string[] {
  const names = agents.filter(({ role }) => role === 'floor').map((agent) => agent.id)
  return wrapped(oneLine(names.join(', ')), longestAgents, names.length)
}

function labelOf(edge: PlanEdge, nodes: ReadonlyMap<string, PlanNode>): string {
  const { from, to, type } = edge
  const output = nodes.get(from.node)?.manifest.ports.out[from.port]
  const input = nodes.get(to.node)?.manifest.ports.in[to.port]
  const source = output?.main === false && from.port !== type ? ` (${from.port})` : ''
  const target = input?.main === false && to.port !== type ? ` to ${to.port}` : ''
  return `${type}${source}${target}`
}

function conversionOf({ label, options }: PlanNode): string {
  const { from, to } = options as { from?: AudioFormat; to?: AudioFormat }
  if (from === undefined || to === undefined) return label
  const parts = (one: AudioFormat, other: AudioFormat): string => {
    const encoding = one.encoding === other.encoding ? '' : `${one.encoding} `
    const channels = one.channels === other.channels ? '' : ` × ${one.channels}`
    return `${encoding}${one.sampleRate / 1000} kHz${channels}`
  }
  return `${parts(from, to)} → ${parts(to, from)}`
}
