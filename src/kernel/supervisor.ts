import type { Connection, Context, Log, TransferInit } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import { dtmf, interrupt, message, metric, response, start, text, usage } from '../frames/index.ts'
import type { TranscriptFrame } from '../frames/index.ts'
import { gateIds } from '../graph/plan-agents.ts'
import type { Program } from '../graph/plan.ts'
import type { Inspection } from '../observe/inspection.ts'
import type { Clock } from '../time/clock.ts'
import { AgentGroups } from './agent-nodes.ts'
import { callLog } from './call-log.ts'
import type { CallVars } from './call-vars.ts'
import { inTime } from './deadline.ts'
import { LentVoices } from './lent-voices.ts'
import { failureOf, withoutSecrets } from './failure.ts'
import type { AgentNodes, Host } from './host.ts'
import type { Kernel } from './kernel.ts'
import { logicOf, typedPort } from './logic.ts'
import { letsNothingThrough, passThrough, type Logic, type Node } from './node.ts'
import { makeNode, type Drivers, type Kept } from './make-node.ts'
import { abortReason } from './responses.ts'
import type { Shared } from './shared.ts'

/** Failures after which `on_error: restart` gives up and ends the call. */
const mostRestarts = 3

/** What the supervisor knows of its session and asks of it. */
export interface Supervised {
  readonly id: string
  readonly program: Program
  readonly clock: Clock
  readonly shared: Shared
  readonly drivers: Drivers
  readonly connections: ReadonlyMap<string, Connection>
  readonly vars: CallVars
  readonly setupMs: number
  readonly closeMs: number
  /** No node is to be started or replaced any more. */
  isOver(): boolean
  isEnding(): boolean
  see(event: Inspection): void
  /** Ends the session; `failure` is what brought it to that, if it was one. */
  end(reason: string, failure?: Error): void
  countStale(): void
  /** See `Host`; `signal` is aborted when the node is replaced. */
  whenOverspent(leaveOff: () => boolean, signal: AbortSignal): void
}

/** Sets nodes up, closes them, and deals with the ones that fail. */
export class Supervisor {
  readonly #of: Supervised
  readonly #kernel: Kernel
  readonly #instances = new Map<Node, AbortController>()
  readonly #busy = new Map<Node, () => Promise<void> | undefined>()
  readonly #atEnding = new Map<Node, () => void>()
  readonly #kept = new Map<Node | 'agents', Kept>()
  readonly #agents: AgentGroups | undefined
  readonly #voices: LentVoices

  constructor(supervised: Supervised, kernel: Kernel) {
    this.#of = supervised
    this.#kernel = kernel
    const { agents } = supervised.program.plan
    this.#voices = new LentVoices(supervised.program.plan, supervised.clock)
    this.#agents =
      agents &&
      new AgentGroups(agents, kernel, {
        session: supervised.id,
        setUp: (node) => this.setUp(node),
        takeDown: (node) => this.#replace(node, undefined),
        giveUp: (node, thrown) => this.#giveUp(node, thrown),
        warn: (node, thrown) => this.#warn(node, thrown),
      })
  }

  /** Sets up all nodes that the call cannot begin without, at once. */
  async begin(): Promise<void> {
    const needed = this.#kernel.nodes.filter(({ isAsleep }) => !isAsleep)
    this.#agents?.begin()
    await Promise.all(needed.map((node) => this.setUp(node)))
  }

  /** What the session has to wait for beside what the kernel sees. */
  waits(): Promise<void>[] {
    return [...this.#busy.values()].map((busy) => busy()).filter((wait) => wait !== undefined)
  }

  /** The session is to end: whoever wanted to know is told. */
  ending(): void {
    for (const action of this.#atEnding.values()) action()
  }

  /**
   * Sets a node up within its deadline and gives it what waited for it.
   * @throws VoxgraphError `setup-failed` or `setup-timeout`
   */
  async setUp(node: Node): Promise<void> {
    const { clock, setupMs: ms } = this.#of
    const instance = new AbortController()
    this.#instances.set(node, instance)
    // One that was taken down meanwhile is late for nobody.
    if ((await inTime(clock, ms, this.#prepare(node, instance))) || instance.signal.aborted) return
    instance.abort(abortReason('it took too long'))
    throw new VoxgraphError('setup-timeout', { node: node.id, use: node.plan.use, ms })
  }

  /** Closes every node, at once and each within its deadline. */
  async closeAll(reason: string): Promise<void> {
    const { nodes } = this.#kernel
    // What is still being set up is closed when it comes: it has no work to tell of.
    for (const node of nodes) {
      if (!node.isReady) this.#instances.get(node)?.abort(abortReason(reason))
    }
    await Promise.all(nodes.map((node) => this.#close(node, node.logic)))
    for (const instance of this.#instances.values()) instance.abort(abortReason(reason))
  }

  /** A node failed: its policy says what becomes of it and of the call. */
  failed(node: Node, thrown: unknown): void {
    if (!node.isReady || this.#of.isOver()) return
    node.failures++
    const failure = failureOf(thrown, node.plan, node.failures)
    this.logOf(node).warn(failure.message, { attempt: node.failures, thrown })
    this.#kernel.announce(failure)
    const { onError, manifest } = node.plan
    if (onError === 'bypass' && !manifest.safety) this.#replace(node, passThrough)
    else if (onError === 'end_call' || manifest.kind === 'transport') this.#giveUp(node, thrown)
    else if (node.failures > mostRestarts) this.#giveUp(node, thrown)
    else this.#restart(node)
  }

  /** The second argument of handlers, for one node and response. */
  contextOf(node: Node, number: number): Context {
    const { responses } = this.#kernel
    const instance = this.#instances.get(node)?.signal ?? AbortSignal.abort()
    return {
      get signal() {
        return number === 0 ? instance : responses.signalOf(number)
      },
      clock: this.#of.clock,
      log: this.logOf(node),
      metric: (name, value, unit) => this.#metric(node, name, value, unit),
    }
  }

  /** The log of a node. */
  logOf(node: Node): Log {
    return callLog(this.#of, node.id, (message) => withoutSecrets(message, node.plan))
  }

  async #prepare(node: Node, instance: AbortController): Promise<void> {
    node.forgetContext()
    try {
      const host = this.#hostOf(node, instance)
      const made = await makeNode(node.plan, host, this.#of, this.#keptOf(node))
      if (instance.signal.aborted) return this.#closeUnused(node, made, host)
      node.logic = logicOf(made, Object.keys(node.plan.manifest.ports.in), host)
    } catch (thrown) {
      if (instance.signal.aborted) return
      const reason = withoutSecrets(reasonOf(thrown), node.plan)
      const params = { node: node.id, use: node.plan.use, reason }
      throw new VoxgraphError('setup-failed', params, { cause: thrown })
    }
    this.#of.see({ type: 'node.ready', session: this.#of.id, node: node.id })
    this.#kernel.ready(node)
  }

  /** It came too late: nobody will use it, so what it has opened is closed. */
  async #closeUnused(node: Node, made: unknown, host: Host): Promise<void> {
    if (typeof made !== 'function') await this.#close(node, logicOf(made, [], host))
  }

  #hostOf(node: Node, instance: AbortController): Host {
    const { signal } = instance
    const ifCurrent =
      <T extends unknown[]>(act: (...args: T) => void) =>
      (...args: T): void => {
        if (!signal.aborted) act(...args)
      }
    return {
      session: this.#of.id,
      node: node.id,
      clock: this.#of.clock,
      log: this.logOf(node),
      signal,
      vars: this.#of.vars,
      metric: ifCurrent((name, value, unit) => this.#metric(node, name, value, unit)),
      emit: ifCurrent((out, cause) => this.#kernel.emit(node, out, cause)),
      // Whoever has been replaced has to be paid all the same.
      usage: (used) => this.#kernel.emit(node, usage(used), undefined),
      spawn: ifCurrent((work, cause, number) => this.#kernel.spawn(node, work, cause, number)),
      isCut: (number) => this.#kernel.responses.isCut(number),
      countStale: () => this.#of.countStale(),
      keepAwake: (busy) => void this.#busy.set(node, busy),
      isEnding: () => this.#of.isEnding(),
      whenEnding: (action) => void this.#atEnding.set(node, action),
      whenOverspent: (leaveOff) => this.#of.whenOverspent(leaveOff, signal),
      end: ifCurrent((reason) => this.#of.end(reason)),
      fail: ifCurrent((thrown) => this.failed(node, thrown)),
      agents: this.#agents ?? noAgents,
      transfer: (to, init) => this.#transfer(node, to, init),
      lendVoice: ifCurrent((voice) => this.#voices.lend(node, voice)),
      press: ifCurrent((digit) => this.#press(digit)),
      write: ifCurrent((words) => this.#write(words)),
    }
  }

  #keptOf(node: Node): Kept {
    const isShared = node.plan.agent !== undefined || node.plan.code.kind === 'floor'
    const key = isShared ? 'agents' : node
    const kept = this.#kept.get(key) ?? { value: undefined }
    this.#kept.set(key, kept)
    return kept
  }

  /** The transport does it by its own means; where it has none, whoever is at the far end is told. */
  async #transfer(node: Node, to: string, init: TransferInit): Promise<void> {
    const { brief, signal } = init
    const data = brief === undefined ? { to } : { to, brief }
    const speak = brief === undefined ? undefined : this.#voices.speakerFor(node.plan.agent, signal)
    for (const connection of this.#of.connections.values()) {
      if (connection.transfer === undefined) {
        connection.send(message({ name: 'transfer', data, lane: 'bot' }))
      } else await connection.transfer(to, { ...init, ...(speak && { speak }) })
    }
  }

  #press(digit: string): void {
    const isKeys = ([, { type }]: readonly [string, { readonly type: string }]): boolean =>
      type === 'dtmf'
    for (const node of this.#kernel.nodes) {
      if (node.plan.manifest.kind !== 'transport') continue
      const port = Object.entries(node.plan.manifest.ports.in).find(isKeys)?.[0]
      if (port !== undefined) return this.#kernel.feed(node, port, dtmf({ digit, lane: 'bot' }))
    }
    throw new VoxgraphError('keys-refused')
  }

  /** The gate of the agents is always there; without agents there is one brain. */
  #write(words: TranscriptFrame): void {
    const { nodes } = this.#kernel
    const reader =
      nodes.find(({ id }) => id === gateIds.in) ??
      nodes.find(({ plan }) => plan.manifest.role === 'brain')
    if (reader !== undefined) this.#kernel.feed(reader, typedPort, words)
  }

  #restart(node: Node): void {
    this.#replace(node, undefined)
    node.held.unshift(start({ session: this.#of.id }))
    this.setUp(node).catch((thrown: unknown) => {
      if (!this.#of.isOver()) this.#giveUp(node, thrown)
    })
  }

  /** Takes the logic out of a node; what it had under way is over. */
  #replace(node: Node, logic: Logic | undefined): void {
    const old = node.logic
    // It may still tell what becomes of its work.
    void this.#close(node, old)
    this.#instances.get(node)?.abort(abortReason('the node is replaced'))
    this.#busy.delete(node)
    this.#voices.takeBack(node)
    this.#atEnding.delete(node)
    node.logic = logic
    this.#kernel.cancelTasks('the node failed', node)
    if (logic === undefined) return
    this.#instances.set(node, new AbortController())
    node.forgetContext()
    this.#kernel.ready(node)
  }

  /** The call cannot go on: the caller is told, if there is a voice left, and the call ends. */
  #giveUp(node: Node, thrown: unknown): void {
    const { agent } = node.plan
    // Whoever has the call instead is told why, and so is everybody who sees its frames.
    const reason = new Error(withoutSecrets(reasonOf(thrown), node.plan), { cause: thrown })
    if (agent !== undefined && this.#agents?.lost(agent, reason) === true) return
    this.#kernel.announce(interrupt({ reason: 'the call cannot go on' }))
    this.#replace(node, node.plan.manifest.safety ? letsNothingThrough(node) : passThrough)
    if (node.plan.manifest.kind !== 'transport') this.#apologise(node)
    const failure = thrown instanceof Error ? thrown : new Error(reasonOf(thrown))
    this.#of.end(`${node.id} failed`, failure)
  }

  #apologise(failed: Node): void {
    const voice = this.#kernel.nodes.find(
      (node) => node !== failed && node.isReady && node.plan.manifest.role === 'tts',
    )
    const ports = Object.entries(voice?.plan.manifest.ports.in ?? {})
    const port = ports.find(([, { main }]) => main)?.[0]
    if (voice === undefined || port === undefined) return
    const { goodbye } = this.#of.program.plan.turns.options.trouble
    const number = this.#kernel.responses.begin()
    const over = response({ state: 'ended', agent: failed.id, reason: 'apology' })
    this.#kernel.feed(voice, port, { ...text({ text: goodbye }), response: number })
    this.#kernel.feed(voice, undefined, { ...over, response: number })
  }

  async #close(node: Node, logic: Logic | undefined): Promise<void> {
    if (logic?.close === undefined) return
    const { clock, closeMs: ms } = this.#of
    const close = async (): Promise<void> => logic.close?.()
    try {
      if (await inTime(clock, ms, close())) return
      const params = { node: node.id, use: node.plan.use, ms }
      this.logOf(node).warn(new VoxgraphError('close-timeout', params).message)
    } catch (thrown) {
      this.#warn(node, thrown)
    }
  }

  #warn(node: Node, thrown: unknown): void {
    this.logOf(node).warn(withoutSecrets(reasonOf(thrown), node.plan), { thrown })
  }

  #metric(node: Node, name: string, value: number, unit = ''): void {
    this.#kernel.emit(node, metric({ name, value, unit }), undefined)
  }
}

const noAgents: AgentNodes = {
  wake: () => Promise.resolve(),
  sleep: () => undefined,
  giveUp: () => undefined,
  whenLost: () => undefined,
}
