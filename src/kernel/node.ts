import type { Context, Handled, Signal } from '../define/index.ts'
import { lanes, type Frame, type Lane } from '../frames/index.ts'
import type { PlanNode } from '../graph/plan.ts'
import { Mailbox } from './mailbox.ts'
import type { Wire } from './wire.ts'

/** A handler as the kernel calls it. */
export type Handler = (frame: never, ctx: Context) => Handled
/** What a node does, whichever form it was written in. */
export interface Logic {
  readonly handlers: Readonly<Record<string, Handler | undefined>>
  readonly signal: ((frame: Signal, ctx: Context) => Handled) | undefined
  readonly close: (() => void | Promise<void>) | undefined
  /** Of a gate: the agent whose nodes get the facts that pass it; undefined: everybody behind it. */
  readonly audience?: (() => string) | undefined
}

/** An output and where it leads. */
export interface Output {
  readonly name: string
  readonly type: string
  readonly wires: readonly Wire[]
}

const laneCount = lanes.length
/** Place of a lane in the arrays that are kept per lane. */
export const laneIndex: Readonly<Record<Lane, number>> = {
  control: 0,
  media: 1,
  user: 2,
  bot: 3,
  telemetry: 4,
}

/** One node of a running session: its mailboxes, its wires, and the logic in it now. */
export class Node {
  readonly id: string
  readonly plan: PlanNode
  /** By lane; every node has all five so that nothing has to be asked on the way. */
  readonly mailboxes: readonly Mailbox[]
  readonly outputs: ReadonlyMap<string, Output>
  /** Where frames go that name no output; undefined when there is no main one. */
  readonly main: Output | undefined
  /** Every node that an edge leads to, once: where facts go. */
  readonly neighbours: readonly Node[]
  /** What it does now; undefined until it is ready, and while it restarts. */
  logic: Logic | undefined
  /** Control frames that came while it was not ready, oldest first. */
  readonly held: Frame[] = []
  /** Failures so far. */
  failures = 0
  /** It hands on everything untouched, because it failed and `on_error: bypass` says so. */
  isBypassed = false
  /** It belongs to an agent that is not needed now: nothing is delivered to it. */
  isAsleep = false
  readonly #full: number[] = Array.from({ length: laneCount }, () => 0)
  #waiting: (() => void)[] = []
  #context: Context | undefined
  #contextFor = -1

  constructor(plan: PlanNode, isJoin: boolean) {
    this.id = plan.id
    this.plan = plan
    this.mailboxes = lanes.map((lane) => new Mailbox(this, lane, isJoin))
    this.outputs = new Map()
    this.main = undefined
    this.neighbours = []
  }

  /** Called once, when all nodes are there. */
  connect(wires: readonly Wire[]): void {
    const outputs = this.outputs as Map<string, Output>
    for (const [name, port] of Object.entries(this.plan.manifest.ports.out)) {
      const own = wires.filter((wire) => wire.edge.from.port === name)
      const output = { name, type: port.type, wires: own }
      outputs.set(name, output)
      if (port.main) Object.assign(this, { main: output })
    }
    const neighbours = new Set(wires.map((wire) => wire.target))
    Object.assign(this, { neighbours: [...neighbours] })
  }

  get isReady(): boolean {
    return this.logic !== undefined
  }

  /** It keeps what an interruption cuts (a recorder, an audit log). */
  get ignoresInterrupts(): boolean {
    return this.plan.onInterrupt === 'ignore'
  }

  mailboxOf(lane: Lane): Mailbox {
    return this.mailboxes[laneIndex[lane]] as Mailbox
  }

  /** The context for handlers of one response; the same object again for the next frame of it. */
  contextFor(response: number, make: (node: Node, response: number) => Context): Context {
    if (this.#context === undefined || this.#contextFor !== response) {
      this.#context = make(this, response)
      this.#contextFor = response
    }
    return this.#context
  }

  /** Called when the logic is replaced: contexts hold on to it. */
  forgetContext(): void {
    this.#context = undefined
  }

  /** A wire of this node got full (or has room again) in a lane. */
  countFull(lane: Lane, by: 1 | -1): boolean {
    const index = laneIndex[lane]
    this.#full[index] = (this.#full[index] as number) + by
    return this.#full[index] === 0
  }

  /** True when what it would emit in this lane has no room. */
  isHeldUp(lane: Lane): boolean {
    return (this.#full[laneIndex[lane]] as number) > 0
  }

  /** True when a stream of this node must not be asked for more. */
  get mustWait(): boolean {
    for (let lane = 0; lane < laneCount; lane++) if ((this.#full[lane] as number) > 0) return true
    return false
  }

  /** Calls `resume` once when there may be room again. */
  whenRoom(resume: () => void): void {
    this.#waiting.push(resume)
  }

  /** Wakes what waits for room. */
  roomAgain(): void {
    if (this.#waiting.length === 0 || this.mustWait) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resume of waiting) resume()
  }
}

/** True when a port of type `port` carries frames of type `frame`. */
export const carries = (port: string, frame: string): boolean =>
  port === frame || port === 'any' || (port === 'text' && frame === 'transcript')

/** What a node with no logic of its own does: everything passes. */
export const passThrough: Logic = { handlers: {}, signal: undefined, close: undefined }

/** What a safety processor does that has failed for good: nothing passes unchecked. */
export function letsNothingThrough({ plan }: Node): Logic {
  const ports = Object.keys(plan.manifest.ports.in)
  const handlers = Object.fromEntries(ports.map((port) => [port, () => undefined]))
  return { handlers, signal: undefined, close: undefined }
}
