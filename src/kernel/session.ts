import type { Connection, Context, Log, NodeDefinition, ToolDefinition } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import {
  cancel,
  createCatalogue,
  end,
  interrupt,
  metric,
  response,
  start,
  text,
  type Frame,
} from '../frames/index.ts'
import type { Plan, Program } from '../graph/plan.ts'
import type { LogRecord, Observe, SessionFigures, SessionSummary } from '../observe/inspection.ts'
import type { Validators } from '../schema/compile.ts'
import type { Clock } from '../time/clock.ts'
import { inTime } from './deadline.ts'
import { expandOptions } from './expand.ts'
import { failureOf, withoutSecrets } from './failure.ts'
import type { Host } from './host.ts'
import { Kernel, type KernelOwner } from './kernel.ts'
import { logicOf } from './logic.ts'
import { passThrough, type Node } from './node.ts'
import { abortReason } from './responses.ts'
import type { Shared } from './shared.ts'

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

/** Failures after which `on_error: restart` gives up and ends the call. */
const mostRestarts = 3

/** Said when a call ends because a node gave up, if there is a voice left to say it. */
const apology = 'I am sorry, something went wrong on my side. Goodbye.'

/** How the runtime's own kinds of node are made; the kernel knows neither conversations nor wires. */
export interface Drivers {
  transport(host: Host, connection: Connection): unknown
  brain(host: Host, setup: BrainSetup): unknown
}

/** What the driver of a brain gets. */
export interface BrainSetup {
  readonly definition: Extract<NodeDefinition, { kind: 'brain' }>
  readonly options: Readonly<Record<string, unknown>>
  readonly shared: unknown
  readonly plan: Plan
  readonly tools: ReadonlyMap<string, ToolDefinition>
  readonly validators: Validators
}

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
}

/** Where a session is in its life. */
export type SessionState = 'idle' | 'starting' | 'running' | 'draining' | 'stopping' | 'stopped'

/** One call: a graph at work. Everything it holds goes when it stops. */
export class Session implements KernelOwner {
  readonly id: string
  readonly vars: Readonly<Record<string, unknown>>
  /** Resolves once, when everything is closed. Never rejects. */
  readonly ended: Promise<SessionSummary>
  readonly #init: SessionInit
  readonly #clock: Clock
  readonly #deadlines: Deadlines
  readonly #kernel: Kernel
  readonly #controller = new AbortController()
  readonly #instances = new Map<Node, AbortController>()
  readonly #busy = new Map<Node, () => Promise<void> | undefined>()
  #resolveEnded: (summary: SessionSummary) => void = () => undefined
  #state: SessionState = 'idle'
  #reason = ''
  #error: Error | undefined
  #startedAt = 0
  #stale = 0
  #isWaitingForQuiet = false
  #hasSaidEnd = false
  #cancelDrain: (() => void) | undefined

  constructor(init: SessionInit) {
    this.id = init.id
    this.#init = init
    this.#clock = init.clock
    this.#deadlines = { ...defaultDeadlines, ...init.deadlines }
    const { plan, definitions } = init.program
    this.vars = callVars(init, plan)
    const frames = [...definitions.values()].flatMap((definition) => definition.frames)
    this.#kernel = new Kernel(plan, createCatalogue(frames), init.clock, this)
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve))
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
    const { setupMs } = this.#deadlines
    const setups = this.#kernel.nodes.map(async (node) => {
      const isInTime = await inTime(this.#clock, setupMs, this.#setUp(node))
      if (!isInTime) {
        throw new VoxgraphError('setup-timeout', { node: node.id, use: node.plan.use, ms: setupMs })
      }
    })
    try {
      await Promise.all(setups)
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
    if (this.#state !== 'starting' && this.#state !== 'running') return
    this.#state = 'draining'
    this.#reason = reason
    const { drainMs } = this.#deadlines
    this.#cancelDrain = this.#clock.after(drainMs, () => {
      const busy = [...this.#kernel.tasks].map((task) => task.node.id)
      const nodes = [...new Set(busy)].join(', ') || 'the far end'
      this.#error ??= new VoxgraphError('drain-timeout', { ms: drainMs, nodes })
      void this.#stop(reason)
    })
    this.#kernel.loop.later(() => undefined)
  }

  /** Ends the call now; what is under way is thrown away. */
  cancel(reason: string): void {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.#kernel.announce(cancel({ reason }))
    void this.#stop(reason)
  }

  /** Puts a frame on an input of a node, as if an edge had brought it. For tests and scenarios. */
  feed(node: string, port: string, frame: Frame): void {
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
    const { responses } = this.#kernel
    const instance = this.#instances.get(node)?.signal ?? this.#controller.signal
    return {
      get signal() {
        return number === 0 ? instance : responses.signalOf(number)
      },
      clock: this.#clock,
      log: this.#logOf(node),
      metric: (name, value, unit) => this.#metric(node, name, value, unit),
    }
  }

  /** @internal the kernel asks */
  get observe(): ((frame: Frame) => void) | undefined {
    if (this.#init.observe === undefined) return undefined
    return (frame) => this.#see({ type: 'frame', session: this.id, frame })
  }

  /** @internal a node emitted `end` or `cancel` */
  asked(frame: Frame): void {
    if (frame.type === 'end') this.end(frame.reason)
    else if (frame.type === 'cancel') this.cancel(frame.reason)
  }

  /** @internal a node failed */
  failed(node: Node, thrown: unknown): void {
    if (!node.isReady || this.#state === 'stopping' || this.#state === 'stopped') return
    node.failures++
    const failure = failureOf(thrown, node.plan, node.failures)
    this.#logOf(node).warn(failure.message, { attempt: node.failures, thrown })
    this.#kernel.announce(failure)
    const { onError, manifest } = node.plan
    if (onError === 'bypass' && !manifest.safety) this.#replace(node, passThrough)
    else if (onError === 'end_call' || manifest.kind === 'transport') this.#giveUp(node, thrown)
    else if (node.failures > mostRestarts) this.#giveUp(node, thrown)
    else this.#restart(node)
  }

  /** @internal nothing is queued */
  idle(): void {
    if (this.#state !== 'draining' || this.#isWaitingForQuiet || !this.#kernel.isQuiet) return
    const waits = [...this.#busy.values()]
      .map((busy) => busy())
      .filter((wait) => wait !== undefined)
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

  async #setUp(node: Node): Promise<void> {
    const instance = new AbortController()
    this.#instances.set(node, instance)
    node.forgetContext()
    try {
      const made = await this.#make(node, this.#hostOf(node, instance))
      if (instance.signal.aborted) return
      const ports = Object.keys(node.plan.manifest.ports.in)
      node.logic = logicOf(made, ports, this.#hostOf(node, instance))
    } catch (thrown) {
      if (instance.signal.aborted) return
      const reason = withoutSecrets(reasonOf(thrown), node.plan)
      const params = { node: node.id, use: node.plan.use, reason }
      throw new VoxgraphError('setup-failed', params, { cause: thrown })
    }
    this.#see({ type: 'node.ready', session: this.id, node: node.id })
    this.#kernel.ready(node)
  }

  async #make(node: Node, host: Host): Promise<unknown> {
    const { program, shared: sharedAll, drivers, connections } = this.#init
    const definition = program.definitions.get(node.id)
    if (definition === undefined) return undefined
    if (definition.kind === 'transport') {
      const connection = connections.get(node.id)
      return connection === undefined ? undefined : drivers.transport(host, connection)
    }
    const shared = definition.share && (await this.#clock.work(sharedAll.get(definition)))
    const options = expandOptions(node.plan.options, node.plan.templates, this.vars)
    if (definition.kind === 'brain') {
      const { plan, tools } = program
      const { validators } = sharedAll
      return drivers.brain(host, { definition, options, shared, plan, tools, validators })
    }
    const { clock, log, signal, metric: report } = host
    const ctx = { node: node.id, options, shared, clock, log, signal, metric: report }
    return definition.setup(ctx as Parameters<typeof definition.setup>[0])
  }

  #hostOf(node: Node, instance: AbortController): Host {
    const { signal } = instance
    const ifCurrent =
      <T extends unknown[]>(act: (...args: T) => void) =>
      (...args: T): void => {
        if (!signal.aborted) act(...args)
      }
    return {
      node: node.id,
      clock: this.#clock,
      log: this.#logOf(node),
      signal,
      vars: this.vars,
      metric: ifCurrent((name, value, unit) => this.#metric(node, name, value, unit)),
      emit: ifCurrent((out, cause) => this.#kernel.emit(node, out, cause)),
      spawn: ifCurrent((work, cause) => this.#kernel.spawn(node, work, cause)),
      isCut: (number) => this.#kernel.responses.isCut(number),
      countStale: () => void this.#stale++,
      keepAwake: (busy) => void this.#busy.set(node, busy),
      isEnding: () => this.#state !== 'starting' && this.#state !== 'running',
      end: ifCurrent((reason) => this.end(reason)),
      fail: ifCurrent((thrown) => this.failed(node, thrown)),
    }
  }

  #restart(node: Node): void {
    this.#replace(node, undefined)
    node.held.unshift(start({ session: this.id }))
    const { setupMs } = this.#deadlines
    inTime(this.#clock, setupMs, this.#setUp(node)).then(
      (isInTime) => {
        const params = { node: node.id, use: node.plan.use, ms: setupMs }
        if (!isInTime) this.#giveUp(node, new VoxgraphError('setup-timeout', params))
      },
      (thrown: unknown) => this.#giveUp(node, thrown),
    )
  }

  /** Takes the logic out of a node; what it had under way is over. */
  #replace(node: Node, logic: typeof passThrough | undefined): void {
    const old = node.logic
    this.#instances.get(node)?.abort(abortReason('the node is replaced'))
    this.#busy.delete(node)
    node.logic = logic
    this.#kernel.cancelTasks('the node failed', node)
    void this.#close(node, old)
    if (logic !== undefined) {
      this.#instances.set(node, new AbortController())
      this.#kernel.ready(node)
    }
  }

  /** The call cannot go on: the caller is told, if there is a voice left, and the call ends. */
  #giveUp(node: Node, thrown: unknown): void {
    this.#error ??= thrown instanceof Error ? thrown : new Error(reasonOf(thrown))
    const voice = this.#kernel.nodes.find(
      (other) => other !== node && other.isReady && other.plan.manifest.role === 'tts',
    )
    this.#kernel.announce(interrupt({ reason: 'the call cannot go on' }))
    this.#replace(node, passThrough)
    const port = Object.keys(voice?.plan.manifest.ports.in ?? {})[0]
    if (voice !== undefined && port !== undefined && node.plan.manifest.kind !== 'transport') {
      const number = this.#kernel.responses.begin()
      this.#kernel.feed(voice, port, { ...text({ text: apology }), response: number })
      const over = response({ state: 'ended', agent: node.id, reason: 'apology' })
      this.#kernel.feed(voice, undefined, { ...over, response: number })
    }
    this.end(`${node.id} failed`)
  }

  async #stop(reason: string): Promise<void> {
    if (this.#state === 'stopping' || this.#state === 'stopped') return
    this.#state = 'stopping'
    this.#cancelDrain?.()
    this.#kernel.responses.abortAll(abortReason(reason))
    this.#kernel.cancelTasks(reason)
    await Promise.all(this.#kernel.nodes.map((node) => this.#close(node, node.logic)))
    this.#kernel.loop.stop()
    for (const instance of this.#instances.values()) instance.abort(abortReason(reason))
    this.#controller.abort(abortReason(reason))
    this.#state = 'stopped'
    const figures = this.figures()
    const summary = { session: this.id, reason, error: this.#error, figures }
    this.#see({ type: 'session.ended', session: this.id, summary })
    this.#resolveEnded(summary)
  }

  async #close(node: Node, logic: Node['logic']): Promise<void> {
    if (logic?.close === undefined) return
    const { closeMs } = this.#deadlines
    const close = async (): Promise<void> => logic.close?.()
    try {
      if (await inTime(this.#clock, closeMs, close())) return
      const params = { node: node.id, use: node.plan.use, ms: closeMs }
      this.#logOf(node).warn(new VoxgraphError('close-timeout', params).message)
    } catch (thrown) {
      this.#logOf(node).warn(withoutSecrets(reasonOf(thrown), node.plan), { thrown })
    }
  }

  #metric(node: Node, name: string, value: number, unit = ''): void {
    this.#kernel.emit(node, metric({ name, value, unit }), undefined)
  }

  #logOf(node: Node | undefined): Log {
    const write =
      (level: LogRecord['level']) => (message: string, details?: LogRecord['details']) => {
        const record = { level, at: this.#clock.now(), node: node?.id ?? '', message, details }
        this.#see({ type: 'log', session: this.id, record })
      }
    return { debug: write('debug'), info: write('info'), warn: write('warn') }
  }

  #see(event: Parameters<Observe>[0]): void {
    try {
      this.#init.observe?.(event)
    } catch {
      // Whoever looks on must not be able to disturb a call.
    }
  }
}

function callVars(init: SessionInit, plan: Plan): Readonly<Record<string, unknown>> {
  const declared = Object.entries(plan.vars).map(([name, { default: value }]) => [name, value])
  const { call, ...others } = init.vars ?? {}
  return Object.freeze({
    ...(Object.fromEntries(declared) as Record<string, unknown>),
    ...others,
    call: { id: init.id, ...(call as Record<string, unknown> | undefined) },
    now: new Date(init.clock.wall()).toISOString(),
  })
}
