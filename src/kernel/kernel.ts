import type { Context, Handled, Out, Signal } from '../define/index.ts'
import type { AnyFrameKind, Catalogue, Frame, InterruptFrame } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import type { Clock } from '../time/clock.ts'
import { isFrame } from './handled.ts'
import type { Work } from './host.ts'
import { Loop } from './loop.ts'
import type { Mailbox } from './mailbox.ts'
import { carries, Node } from './node.ts'
import { Responses } from './responses.ts'
import { Router } from './router.ts'
import { Stamper } from './stamper.ts'
import { Task, type TaskOwner } from './task.ts'
import { Wire } from './wire.ts'

/** What the kernel asks of the session around it. */
export interface KernelOwner {
  contextOf(node: Node, response: number): Context
  /** A handler threw, or something was emitted that cannot be. */
  failed(node: Node, thrown: unknown): void
  /** A node emitted `end` or `cancel`. */
  asked(frame: Frame): void
  /** Nothing is queued; work that waits may still be under way. */
  idle(): void
  /** Sees every frame when it is emitted, if anybody looks. */
  readonly observe: ((frame: Frame) => void) | undefined
}

/** The nodes and wires of one session, and the rules by which frames move along them. */
export class Kernel implements TaskOwner {
  readonly nodes: readonly Node[]
  readonly wires: readonly Wire[]
  readonly responses = new Responses()
  readonly loop: Loop
  /** Work under way. */
  readonly tasks = new Set<Task>()
  /** Interruptions that cut something. */
  interruptions = 0
  readonly #catalogue: Catalogue
  readonly #owner: KernelOwner
  readonly #sinksFirst: readonly Node[]
  readonly #makeContext: (node: Node, response: number) => Context
  readonly #stamper: Stamper
  readonly #router: Router

  constructor(plan: Plan, catalogue: Catalogue, clock: Clock, owner: KernelOwner) {
    this.#catalogue = catalogue
    this.#owner = owner
    this.#stamper = new Stamper(clock, this.responses)
    this.#makeContext = (node, response) => owner.contextOf(node, response)
    this.loop = new Loop(clock, {
      broadcast: (frame) => this.#broadcast(frame),
      step: (mailbox) => this.#step(mailbox),
      idle: () => owner.idle(),
    })
    this.#router = new Router(this.loop, this.responses, (node, thrown) =>
      this.failed(node, thrown),
    )
    const edgesInto = (id: string): number =>
      plan.edges.filter((edge) => edge.to.node === id).length
    this.nodes = plan.nodes.map((node) => new Node(node, edgesInto(node.id) > 1))
    const byId = new Map(this.nodes.map((node) => [node.id, node]))
    this.wires = plan.edges.map(
      (edge) => new Wire(edge, byId.get(edge.from.node) as Node, byId.get(edge.to.node) as Node),
    )
    for (const node of this.nodes) node.connect(this.wires.filter((wire) => wire.source === node))
    this.#sinksFirst = sinksFirst(this.nodes)
  }

  /** Frames emitted so far, by type. */
  get emitted(): ReadonlyMap<string, number> {
    return this.#stamper.emitted
  }

  /** True when nothing is queued and nothing is under way. */
  get isQuiet(): boolean {
    if (!this.loop.isIdle || this.tasks.size > 0) return false
    return this.nodes.every((node) => node.mailboxes.every((mailbox) => mailbox.size === 0))
  }

  /**
   * Emits what a node gives. A draft becomes a frame here: id, time, source, cause and response are
   * stamped. `cause` is the frame in hand; `task` the work that gives it, where there is one.
   */
  emit(node: Node, out: Out, cause: Frame | undefined, task?: Task): void {
    const given = isFrame(out) ? out : out.frame
    const kind = this.#catalogue.get(given.type)
    if (kind === undefined) {
      this.#router.refuse(node, 'unknown-frame', { type: given.type })
      return
    }
    // What has an id has been emitted before. Facts and control frames were passed on then.
    if (given.id !== 0 && kind.routing !== 'payload') return
    const frame = given.id === 0 ? this.#stamp(node.id, given, kind, cause, task) : given
    if (kind.routing === 'control') this.#control(frame, task)
    else if (kind.routing === 'fact') this.#router.fact(node, frame)
    else this.#router.payload(node, frame, isFrame(out) ? undefined : out.port)
    this.loop.kick()
  }

  /** Puts a frame on an input of a node, or, without a port, a fact before it. */
  feed(node: Node, port: string | undefined, draft: Frame): void {
    const kind = this.#catalogue.get(draft.type)
    if (kind === undefined) return
    const frame = draft.id === 0 ? this.#stamp('', draft, kind, undefined, undefined) : draft
    const mailbox = node.mailboxOf(frame.lane)
    mailbox.push(
      frame,
      port === undefined ? undefined : this.#router.inlet(node, port),
      this.loop.now,
    )
    this.#router.wake(mailbox)
    this.loop.kick()
  }

  /** Emits a control frame of the session itself. */
  announce(draft: Frame): void {
    const kind = this.#catalogue.get(draft.type) as AnyFrameKind
    this.#control(this.#stamp('', draft, kind, undefined, undefined), undefined)
  }

  /** The node has its logic: it gets what was held for it, control frames first. */
  ready(node: Node): void {
    const held = node.held.splice(0)
    for (const frame of held) this.#tell(node, frame)
    for (const mailbox of node.mailboxes) if (mailbox.size > 0) this.#router.wake(mailbox)
    this.loop.kick()
  }

  /** Takes out of a node's mailboxes what it has not handled, and lets go whoever waited for room there. */
  empty(node: Node): ReturnType<Mailbox['empty']> {
    const taken = node.mailboxes.flatMap((mailbox) => mailbox.empty())
    for (const { wire } of taken) if (wire !== undefined) this.#router.taken(wire)
    return taken
  }

  /** Runs work of a node's own, beside its handlers. */
  spawn(
    node: Node,
    work: (task: Work) => Exclude<Handled, undefined | void>,
    cause: Frame | undefined,
    response = 0,
  ): void {
    const task = new Task(this, node, cause)
    task.response = response
    this.tasks.add(task)
    try {
      task.run(work(task))
    } catch (thrown) {
      task.cancel('failed')
      this.failed(node, thrown)
    }
    this.loop.kick()
  }

  /** Ends all work under way: of one node, or of all. */
  cancelTasks(reason: string, node?: Node): void {
    for (const task of this.tasks) if (node === undefined || task.node === node) task.cancel(reason)
  }

  failed(node: Node, thrown: unknown): void {
    this.#owner.failed(node, thrown)
  }

  finished(task: Task): void {
    this.tasks.delete(task)
    const { mailbox } = task
    if (mailbox !== undefined) {
      mailbox.isBusy = false
      this.#router.wake(mailbox)
    }
    if (mailbox !== undefined || this.tasks.size === 0) this.loop.kick()
  }

  later(job: () => void): void {
    this.loop.later(job)
  }

  #stamp(
    source: string,
    draft: Frame,
    kind: AnyFrameKind,
    cause: Frame | undefined,
    task: Task | undefined,
  ): Frame {
    const frame = this.#stamper.stamp(source, draft, kind, cause, task)
    this.#owner.observe?.(frame)
    return frame
  }

  #control(frame: Frame, task: Task | undefined): void {
    if (frame.type === 'end' || frame.type === 'cancel') {
      if (frame.source !== '') {
        this.#owner.asked(frame)
        return
      }
    } else if (frame.type === 'interrupt' && frame.phase === 'confirm') {
      this.#cut(frame, task)
    }
    this.loop.control(frame)
  }

  /** From here on nothing of a cut response is delivered, wherever it is. */
  #cut(frame: InterruptFrame, task: Task | undefined): void {
    const { through } = frame
    const reason = frame.reason || 'interrupted'
    // Whoever interrupts goes on; what it says from now on belongs to no response until it begins one.
    if (task !== undefined && task.response <= through) task.response = 0
    if (this.responses.cut(through, reason)) this.interruptions++
    for (const running of this.tasks) {
      const isOver = this.responses.isCut(running.response) && !running.node.ignoresInterrupts
      if (isOver) running.cancel(reason)
    }
  }

  #broadcast(frame: Frame): void {
    for (const node of this.#sinksFirst) {
      if (node.isReady) this.#tell(node, frame)
      else if (!node.isAsleep) node.held.push(frame)
    }
  }

  #tell(node: Node, frame: Frame): void {
    const signal = node.logic?.signal
    if (signal === undefined) return
    try {
      const handled = signal(frame as Signal, this.#contextOf(node, 0))
      if (handled === undefined) return
      const task = new Task(this, node, frame)
      this.tasks.add(task)
      task.run(handled)
    } catch (thrown) {
      this.failed(node, thrown)
    }
  }

  #step(mailbox: Mailbox): void {
    const { node } = mailbox
    if (mailbox.isBusy || !node.isReady) return
    if (node.isHeldUp(mailbox.lane)) {
      mailbox.isBusy = true
      node.whenRoom(() => {
        mailbox.isBusy = false
        this.#router.wake(mailbox)
      })
      return
    }
    for (;;) {
      const frame = mailbox.take(this.loop.now)
      if (frame === undefined) return
      const wire = mailbox.takenFrom
      if (wire !== undefined) this.#router.taken(wire)
      if (this.#router.isCutFor(node, frame)) {
        if (wire !== undefined) wire.cut++
        continue
      }
      this.#deliver(node, mailbox, frame, wire)
      break
    }
    this.#router.wake(mailbox)
  }

  #deliver(node: Node, mailbox: Mailbox, frame: Frame, wire: Wire | undefined): void {
    const logic = node.logic as NonNullable<Node['logic']>
    const handler = wire === undefined ? logic.signal : logic.handlers[wire.port]
    if (handler === undefined) {
      this.#passOn(node, frame, wire)
      return
    }
    let handled: Handled
    try {
      handled = handler(frame as never, this.#contextOf(node, frame.response))
    } catch (thrown) {
      if (wire === undefined) this.#passOn(node, frame, wire)
      this.failed(node, thrown)
      return
    }
    if (handled === undefined || handled === null) {
      if (wire === undefined) this.#passOn(node, frame, wire)
    } else if (isFrame(handled) && wire !== undefined) {
      this.emit(node, handled, frame)
    } else {
      this.#wait(node, mailbox, frame, wire, handled)
    }
  }

  #wait(
    node: Node,
    mailbox: Mailbox,
    frame: Frame,
    wire: Wire | undefined,
    handled: Exclude<Handled, undefined | void>,
  ): void {
    mailbox.isBusy = true
    const task = new Task(this, node, frame, mailbox)
    this.tasks.add(task)
    // A fact goes on behind what its handler gives, whatever becomes of the handler.
    if (wire === undefined) task.atEnd(() => this.#passOn(node, frame, wire))
    task.run(handled)
  }

  #passOn(node: Node, frame: Frame, wire: Wire | undefined): void {
    if (node.plan.manifest.kind === 'transport') return
    if (wire === undefined) this.#router.fact(node, frame)
    else if (node.main !== undefined && carries(node.main.type, frame.type)) {
      this.#router.send(node.main, frame)
    }
  }

  #contextOf(node: Node, response: number): Context {
    return node.contextFor(response, this.#makeContext)
  }
}

/** Transports are sinks too: they come first, then the nodes from the end of the plan to its start. */
function sinksFirst(nodes: readonly Node[]): Node[] {
  const isTransport = (node: Node): boolean => node.plan.manifest.kind === 'transport'
  const others = nodes.filter((node) => !isTransport(node)).reverse()
  return [...nodes.filter(isTransport), ...others]
}
