import { start, type Frame } from '../frames/index.ts'
import { gateIds, type PlanAgents } from '../graph/plan-agents.ts'
import type { AgentNodes } from './host.ts'
import type { Kernel } from './kernel.ts'
import type { Node } from './node.ts'
import type { Wire } from './wire.ts'

/** What it takes to set up and to close nodes. */
export interface NodeCare {
  readonly session: string
  setUp(node: Node): Promise<void>
  /** Ends what a node has under way and closes it. */
  takeDown(node: Node): void
  /** A node cannot go on. */
  giveUp(node: Node, thrown: unknown): void
  /** Something went wrong that the call can go on without. */
  warn(node: Node, thrown: unknown): void
}

/**
 * The nodes of agents. One agent's are set up with the call; the others sleep until somebody wakes them:
 * nothing is delivered to them, and they cannot fail the call.
 */
export class AgentGroups implements AgentNodes {
  readonly #agents: PlanAgents
  readonly #kernel: Kernel
  readonly #care: NodeCare
  readonly #waking = new Map<string, Promise<void>>()
  #handler: (agent: string, thrown: unknown) => boolean = () => false

  constructor(agents: PlanAgents, kernel: Kernel, care: NodeCare) {
    this.#agents = agents
    this.#kernel = kernel
    this.#care = care
    for (const node of kernel.nodes) {
      const { agent } = node.plan
      node.isAsleep = agent !== undefined && agent !== agents.start
    }
  }

  /** Sets up those that follow the call or are consulted; none of them can keep it from beginning. */
  begin(): void {
    for (const { id, role } of this.#agents.agents) {
      if (role === 'floor') continue
      this.wake(id).catch((thrown: unknown) => this.#warn(id, thrown))
    }
  }

  wake(agent: string): Promise<void> {
    const known = this.#waking.get(agent)
    if (known !== undefined) return known
    const asleep = this.#nodesOf(agent).filter((node) => node.isAsleep)
    if (asleep.length === 0) return Promise.resolve()
    const waking = this.#wakeAll(asleep)
    this.#waking.set(agent, waking)
    // It may have been put to sleep meanwhile, and woken again.
    const isOver = (): boolean => this.#waking.get(agent) === waking && this.#waking.delete(agent)
    waking.then(isOver, () => isOver() && this.sleep(agent))
    return waking
  }

  async #wakeAll(nodes: readonly Node[]): Promise<void> {
    for (const node of nodes) {
      node.isAsleep = false
      node.failures = 0
      node.held.push(start({ session: this.#care.session }))
    }
    await Promise.all(nodes.map((node) => this.#care.setUp(node)))
  }

  sleep(agent: string): void {
    this.#waking.delete(agent)
    const left: { readonly frame: Frame; readonly wire: Wire | undefined }[] = []
    for (const node of this.#nodesOf(agent)) {
      if (node.isAsleep) continue
      this.#care.takeDown(node)
      node.isAsleep = true
      node.held.length = 0
      const waited = this.#kernel.empty(node)
      if (this.#isEntry(node)) left.push(...waited)
    }
    this.#giveBack(left)
  }

  giveUp(agent: string, thrown: unknown): void {
    const [node] = this.#nodesOf(agent)
    if (node !== undefined) this.#care.giveUp(node, thrown)
  }

  whenLost(handler: (agent: string, thrown: unknown) => boolean): void {
    this.#handler = handler
  }

  /** A node of an agent cannot go on. @returns false when the call cannot either */
  lost(agent: string, thrown: unknown): boolean {
    const role = this.#agents.agents.find(({ id }) => id === agent)?.role
    if (role === 'floor') return this.#handler(agent, thrown)
    this.#warn(agent, thrown)
    this.sleep(agent)
    return true
  }

  /** What the caller said and an agent has not taken in is for whoever speaks next. */
  #giveBack(left: readonly { readonly frame: Frame; readonly wire: Wire | undefined }[]): void {
    const gate = this.#gate
    if (gate === undefined) return
    // Two ways to the brain may begin with the same.
    const once = new Map(left.map((one) => [one.frame.id, one]))
    const byId = [...once.values()].toSorted((one, other) => one.frame.id - other.frame.id)
    const main = Object.entries(gate.plan.manifest.ports.in).find(([, port]) => port.main)?.[0]
    for (const { frame, wire } of byId) {
      const port = wire?.edge.from.port.endsWith('.dtmf') === true ? 'dtmf' : main
      this.#kernel.feed(gate, wire === undefined ? undefined : port, frame)
    }
  }

  /** The beginning of the caller's way to the brain; what listens beside it answers nobody. */
  #isEntry(node: Node): boolean {
    const isBehindGate = this.#kernel.wires.some(
      (wire) => wire.source === this.#gate && wire.target === node,
    )
    return isBehindGate && this.#leads(node)
  }

  /** True when what a node gives comes to the brain of its agent. */
  #leads(node: Node): boolean {
    const reached = new Set([node])
    // A set grows while it is walked.
    for (const { neighbours, plan } of reached) {
      for (const next of neighbours) if (next.plan.agent === plan.agent) reached.add(next)
    }
    const brains = this.#agents.agents.map(({ brain }) => brain)
    return [...reached].some(({ id }) => brains.includes(id))
  }

  get #gate(): Node | undefined {
    return this.#kernel.nodes.find(({ id }) => id === gateIds.in)
  }

  #nodesOf(agent: string): readonly Node[] {
    return this.#kernel.nodes.filter((node) => node.plan.agent === agent)
  }

  #warn(agent: string, thrown: unknown): void {
    const [node] = this.#nodesOf(agent)
    if (node !== undefined) this.#care.warn(node, thrown)
  }
}
