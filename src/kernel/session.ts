import type { Connection, Context } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import { cancel, createCatalogue, end, start, type Frame } from '../frames/index.ts'
import type { Plan, Program } from '../graph/plan.ts'
import { watchBudgets } from '../observe/budgets.ts'
import type { Observe, SessionFigures, SessionSummary, Spent } from '../observe/inspection.ts'
import type { Prices } from '../observe/prices.ts'
import type { Clock } from '../time/clock.ts'
import { callLog } from './call-log.ts'
import { CallVars } from './call-vars.ts'
import { callerMemory } from './caller-memory.ts'
import { Kernel, type KernelOwner } from './kernel.ts'
import type { Node } from './node.ts'
import { abortReason } from './responses.ts'
import type { Shared } from './shared.ts'
import type { Drivers } from './make-node.ts'
import { Spending } from './spending.ts'
import { Supervisor, type Supervised } from './supervisor.ts'

/** How long things may take, in ms on the session clock. */
export interface Deadlines {
  /** Set-up of all nodes. */
  readonly setupMs: number
  /** From `end` until the last sound is heard. Longer than any answer that may be under way. */
  readonly drainMs: number
  /** `close()` of each node. */
  readonly closeMs: number
}

/** The deadlines unless told otherwise. */
export const defaultDeadlines: Deadlines = { setupMs: 10_000, drainMs: 60_000, closeMs: 2_000 }

/** A call that has cost too much ends by itself when nobody has ended it after so long, in ms: longer than any answer. */
const longestFarewellMs = 60_000
/** Why such a call ends. */
const overspent = 'the call has cost as much as it may'

/** What a session is made from. */
export interface SessionInit {
  readonly id: string
  readonly program: Program
  readonly clock: Clock
  readonly shared: Shared
  readonly drivers: Drivers
  /** The caller, by id of the transport node. */
  readonly connections: ReadonlyMap<string, Connection>
  /** Variables of the call beside those that the plan declares. */
  readonly vars?: Readonly<Record<string, unknown>>
  readonly observe?: Observe | undefined
  readonly deadlines?: Partial<Deadlines>
  /** Own prices of vendors; the first that has one wins, and the list prices come last. */
  readonly prices?: Prices | undefined
}

/** Where a session is in its life. */
export type SessionState = 'idle' | 'starting' | 'running' | 'draining' | 'stopping' | 'stopped'

/** One call: a graph at work. Everything it holds goes when it stops. */
export class Session implements KernelOwner {
  readonly id: string
  readonly #vars: CallVars
  /** Resolves once, when everything is closed. Never rejects. */
  readonly ended: Promise<SessionSummary>
  /** @internal the kernel shows it every new frame */
  readonly observe: (frame: Frame) => void
  readonly #observe: Observe | undefined
  readonly #init: SessionInit
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #kernel: Kernel
  readonly #supervisor: Supervisor
  readonly #memory: ReturnType<typeof callerMemory>
  readonly #spending: Spending
  #resolveEnded: (summary: SessionSummary) => void = () => undefined
  #state: SessionState = 'idle'
  #reason = ''
  #error: Error | undefined
  #startedAt = 0
  #stale = 0
  #isWaitingForQuiet = false
  #hasSaidEnd = false
  #cancelDrain: (() => void) | undefined
  #cancelFarewell: (() => void) | undefined

  constructor(init: SessionInit) {
    this.id = init.id
    this.#init = init
    this.#observe = init.observe && watchBudgets(init.program.plan.budgets, init.observe)
    this.#clock = init.clock
    this.#deadlines = { ...defaultDeadlines, ...init.deadlines }
    const { plan, definitions } = init.program
    this.#spending = this.#spendingOf(plan)
    this.observe = (frame) => {
      if (this.#state === 'stopped') return
      if (this.#observe !== undefined) this.#see({ type: 'frame', session: this.id, frame })
      // Behind the frame that shows it.
      if (frame.type === 'usage') this.#spending.see(frame)
    }
    this.#vars = new CallVars(initialVars(init, plan), plan.vars, init.shared.validators)
    const frames = [...definitions.values()].flatMap((definition) => definition.frames)
    this.#kernel = new Kernel(plan, createCatalogue(frames), init.clock, this)
    this.#supervisor = new Supervisor(this.#supervised(), this.#kernel)
    const given = Object.keys(init.vars ?? {})
    this.#memory = callerMemory({ ...this.#supervised(), given })
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
  }

  /** Its variables as they are now. */
  get vars(): Readonly<Record<string, unknown>> {
    return this.#vars.current
  }

  get state(): SessionState {
    return this.#state
  }

  /**
   * Sets all nodes up, at once and within a deadline, and lets frames flow.
   * @throws VoxgraphError `setup-failed` or `setup-timeout`; the session has then stopped
   */
  async start(): Promise<void> {
    this.#state = 'starting'
    this.#startedAt = this.#clock.now()
    this.#see({ type: 'session.started', session: this.id, vars: this.vars })
    this.#kernel.announce(start({ session: this.id }))
    if (this.#memory !== undefined) await this.#memory.recall()
    if (this.#isOver()) return
    try {
      await this.#supervisor.begin()
    } catch (thrown) {
      this.#error = thrown as Error
      await this.#stop(reasonOf(thrown))
      throw thrown
    }
    if (this.#state === 'starting') this.#state = 'running'
    this.idle()
  }

  /** Ends the call: what is under way comes out first, within a deadline. */
  end(reason: string): void {
    if (this.#isEnding()) return
    this.#state = 'draining'
    this.#reason = reason
    const { drainMs } = this.#deadlines
    this.#cancelDrain = this.#clock.after(drainMs, () => {
      const busy = [...this.#kernel.tasks].map((task) => task.node.id)
      const nodes = [...new Set(busy)].join(', ') || 'the far end'
      this.#error ??= new VoxgraphError('drain-timeout', { ms: drainMs, nodes })
      void this.#stop(reason)
    })
    this.#supervisor.ending()
    this.#kernel.loop.later(() => undefined)
  }

  /** Ends the call now; what is under way is thrown away. */
  cancel(reason: string): void {
    if (this.#isOver()) return
    this.#kernel.announce(cancel({ reason }))
    void this.#stop(reason)
  }

  /**
   * Puts a frame on an input of a node, as if an edge had brought it, or, without a port, a fact before
   * the node. For tests and scenarios.
   */
  feed(node: string, port: string | undefined, frame: Frame): void {
    const target = this.#kernel.nodes.find(({ id }) => id === node)
    if (target !== undefined) this.#kernel.feed(target, port, frame)
  }

  figures(): SessionFigures {
    const edges = this.#kernel.wires.map((wire) => wire.figures())
    const sum = (key: 'dropped' | 'cut'): number => edges.reduce((n, edge) => n + edge[key], 0)
    return {
      frames: Object.fromEntries([...this.#kernel.emitted].sort()),
      edges,
      dropped: sum('dropped'),
      cut: sum('cut'),
      stale: this.#stale,
      responses: this.#kernel.responses.last,
      interruptions: this.#kernel.interruptions,
      durationMs: this.#clock.now() - this.#startedAt,
    }
  }

  /** @internal the kernel asks */
  contextOf(node: Node, number: number): Context {
    return this.#supervisor.contextOf(node, number)
  }

  /** @internal a node failed */
  failed(node: Node, thrown: unknown): void {
    this.#supervisor.failed(node, thrown)
  }

  /** @internal a node emitted `end` or `cancel` */
  asked(frame: Frame): void {
    if (frame.type === 'end') this.end(frame.reason)
    else if (frame.type === 'cancel') this.cancel(frame.reason)
  }

  /** @internal nothing is queued */
  idle(): void {
    if (this.#state !== 'draining' || this.#isWaitingForQuiet || !this.#kernel.isQuiet) return
    const waits = this.#supervisor.waits()
    if (waits.length > 0) {
      this.#isWaitingForQuiet = true
      void Promise.allSettled(waits).then(() => {
        this.#isWaitingForQuiet = false
        this.idle()
      })
    } else if (this.#hasSaidEnd) {
      void this.#stop(this.#reason)
    } else {
      this.#hasSaidEnd = true
      this.#kernel.announce(end({ reason: this.#reason }))
    }
  }

  async #stop(reason: string): Promise<void> {
    if (this.#isOver()) return
    this.#state = 'stopping'
    this.#cancelDrain?.()
    this.#cancelFarewell?.()
    this.#kernel.responses.abortAll(abortReason(reason))
    this.#kernel.cancelTasks(reason)
    this.#kernel.loop.stop()
    await this.#supervisor.closeAll(reason)
    await this.#memory?.close()
    this.#state = 'stopped'
    const figures = this.figures()
    const { cost } = this.#spending
    const summary = { session: this.id, reason, error: this.#error, figures, cost }
    this.#see({ type: 'session.ended', session: this.id, summary })
    this.#resolveEnded(summary)
  }

  #spendingOf(plan: Plan): Spending {
    const log = callLog({ id: this.id, clock: this.#clock, see: (event) => this.#see(event) }, '')
    const minutes = (): number => (this.#clock.now() - this.#startedAt) / 60_000
    const over = (usd: number): void => this.#overspent(usd)
    const spent = (charge: Spent): void =>
      this.#see({ type: 'spent', session: this.id, at: this.#clock.now(), ...charge })
    return new Spending({ plan, prices: this.#init.prices, log, minutes, spent, over })
  }

  /** The call has cost more than it may. Where it ends for that, whoever speaks with the caller ends it. */
  #overspent(usd: number): void {
    const { costBudget } = this.#init.program.plan
    if (costBudget === undefined) return
    const ends = costBudget.over === 'end' && !this.#isEnding()
    const at = this.#clock.now()
    const { usd: limitUsd } = costBudget
    this.#see({ type: 'over-cost', session: this.id, at, limitUsd, usd, ends })
    if (!ends) return
    const end = (): void => this.end(overspent)
    // Later: a node is in the middle of telling what it has used.
    this.#kernel.loop.later(() => {
      if (!this.#spending.leave()) end()
    })
    this.#cancelFarewell = this.#clock.after(longestFarewellMs, end)
  }

  #isEnding(): boolean {
    return this.#state !== 'starting' && this.#state !== 'running'
  }

  #isOver(): boolean {
    return this.#state === 'stopping' || this.#state === 'stopped'
  }

  #supervised(): Supervised {
    const { id, program, clock, shared, drivers, connections } = this.#init
    return {
      ...{ id, program, clock, shared, drivers, connections },
      vars: this.#vars,
      setupMs: this.#deadlines.setupMs,
      closeMs: this.#deadlines.closeMs,
      isOver: () => this.#isOver(),
      isEnding: () => this.#isEnding(),
      see: (event) => this.#see(event),
      end: (reason, failure) => {
        this.#error ??= failure
        this.end(reason)
      },
      countStale: () => void this.#stale++,
      whenOverspent: (leaveOff, signal) => this.#spending.whenOverspent(leaveOff, signal),
    }
  }

  #see(event: Parameters<Observe>[0]): void {
    try {
      this.#observe?.(event)
    } catch {
      // Whoever looks on must not be able to disturb a call.
    }
  }
}

function initialVars(init: SessionInit, plan: Plan): Readonly<Record<string, unknown>> {
  const declared = Object.entries(plan.vars).map(([name, { default: value }]) => [name, value])
  const { call, ...others } = init.vars ?? {}
  return {
    ...(Object.fromEntries(declared) as Record<string, unknown>),
    ...others,
    // The id names files, and whoever is known may be trusted: no connection may choose them.
    call: {
      ...{ from: '', to: '', direction: 'inbound' },
      ...(call as Record<string, unknown> | undefined),
      ...{ id: init.id, known: false },
    },
    now: new Date(init.clock.wall()).toISOString(),
  }
}
