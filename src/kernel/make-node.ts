import type {
  BrainDefinition,
  Connection,
  NodeDefinition,
  SttDefinition,
  ToolDefinition,
  TtsDefinition,
} from '../define/index.ts'
import type { Plan, PlanMember, PlanNode, Program } from '../graph/plan.ts'
import type { Validators } from '../schema/compile.ts'
import type { Clock } from '../time/clock.ts'
import type { CallVars } from './call-vars.ts'
import { expandOptions } from './expand.ts'
import type { Host } from './host.ts'
import { membersOf, type Member, type Prepared } from './members.ts'
import type { Keeper, Shared } from './shared.ts'

/** How the runtime's own kinds of node are made; the kernel knows neither conversations nor wires. */
export interface Drivers {
  transport(host: Host, connection: Connection, ports: PlanNode['manifest']['ports']): unknown
  brain(host: Host, setup: BrainSetup): unknown
  stt(host: Host, setup: ProviderSetup<SttDefinition>): unknown
  tts(host: Host, setup: ProviderSetup<TtsDefinition>): unknown
  /** The gate before the agents of a graph, or the one behind them. */
  gate(host: Host, plan: Plan, kept: Kept): unknown
}

/** What the driver of a voice or a recogniser gets. */
export interface ProviderSetup<D extends NodeDefinition> {
  readonly plan: Plan
  /** The node itself, and what takes its place when it fails, in order. */
  readonly members: readonly Member<D>[]
  readonly kept: Kept
  readonly process: Keeper
}

/** What the driver of a brain gets. */
export interface BrainSetup {
  /** Of the node: what the conversation in front of the brain goes by. */
  readonly options: Readonly<Record<string, unknown>>
  readonly plan: Plan
  readonly tools: ReadonlyMap<string, ToolDefinition>
  readonly validators: Validators
  /** The brain itself, and what takes its place when it fails, in order. */
  readonly members: readonly Member<BrainDefinition>[]
  readonly kept: Kept
  readonly process: Keeper
}

/**
 * What a driver keeps for the one that takes its place after a failure; empty at first. The brains of all
 * agents of a call, and the gates, keep one thing together.
 */
export interface Kept {
  value: unknown
}

/** What nodes are made from. */
export interface Maker {
  readonly program: Program
  readonly clock: Clock
  readonly shared: Shared
  readonly drivers: Drivers
  readonly connections: ReadonlyMap<string, Connection>
  readonly vars: CallVars
}

/**
 * Makes what a node does in one call: an author's handlers, or what a driver makes of a brain, a voice, a
 * recogniser, a transport or a gate.
 */
export async function makeNode(
  node: PlanNode,
  host: Host,
  maker: Maker,
  kept: Kept,
): Promise<unknown> {
  const { program, shared, drivers, connections, vars, clock } = maker
  const { plan } = program
  if (node.code.kind === 'floor') return drivers.gate(host, plan, kept)
  const definition = program.definitions.get(node.id)
  if (definition === undefined) throw new Error('its code was not loaded')
  if (definition.kind === 'transport') {
    const connection = connections.get(node.id)
    return connection === undefined
      ? undefined
      : drivers.transport(host, connection, node.manifest.ports)
  }
  const expanded = ({ options, templates }: PlanMember): Prepared['options'] =>
    expandOptions(options, templates, vars.current)
  const prepare = async (member: PlanMember, used: NodeDefinition): Promise<Prepared> => {
    const isShared = used.kind !== 'transport' && used.share !== undefined
    const given = isShared ? await clock.work(shared.get(used)) : undefined
    return { shared: given, options: expanded(member) }
  }
  const common = { plan, kept, process: shared }
  const of = { node, program }
  if (definition.kind === 'stt') {
    return drivers.stt(host, { ...common, members: membersOf({ ...of, definition }, prepare) })
  }
  if (definition.kind === 'tts') {
    return drivers.tts(host, { ...common, members: membersOf({ ...of, definition }, prepare) })
  }
  if (definition.kind === 'brain') {
    const { validators } = shared
    const hasServers = plan.servers.length > 0
    const tools = hasServers ? await clock.work(shared.tools(program, clock)) : program.tools
    const members = membersOf({ ...of, definition }, prepare)
    return drivers.brain(host, { ...common, members, options: expanded(node), tools, validators })
  }
  const { options, shared: own } = await prepare(node, definition)
  const { log, signal, metric } = host
  const ctx = { node: node.id, options, shared: own, clock, log, signal, metric }
  return definition.setup(ctx as Parameters<typeof definition.setup>[0])
}
