import { isToolError, type ToolContext, type ToolSummary } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { Json, ToolOutcome } from '../frames/index.ts'
import { fillerOf } from '../graph/filler.ts'
import type { Filler, PlanTool } from '../graph/plan.ts'
import type { PlanAgent, PlanConsult, PlanHandoff } from '../graph/plan-agents.ts'
import { lookUp } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import { workThatSleeps, type Sleep } from './work-that-sleeps.ts'
import { consultTools, handoffTools, openHandoffs } from './agent-tools.ts'
import { endCall, freeTools, press, pressKeys, transferCall } from './builtin-tools.ts'
import type { CallMemory } from './call-memory.ts'
import { destinationOf, outsideOf, type Destination, type Escorted } from './destinations.ts'
import { noToolCalls, toolStep, type OpenCall, type ToolEvent } from './tool-calls.ts'

/** A tool call as the model makes it. */
export interface ToolCall {
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
}

/** How a call that was waited for has ended; undefined: nobody waits for it any more, however it ends. */
export type CallEnd = 'ok' | 'failed' | undefined

/** What a conversation wants to know of its tools. */
export interface ToolsOwner {
  /** A call is settled. `isNews`: nobody waits for it, so the model must be told. */
  settled(call: ToolCall, outcome: ToolOutcome, isNews: boolean): void
  /** How many calls are waited for now. */
  working(count: number): void
  /** The model wants to give the call away. @returns why it cannot */
  handOver(call: ToolCall, handoff: PlanHandoff): string | undefined
  /** The model wants to give it to somebody outside. @returns why it cannot */
  transfer(call: ToolCall, to: Destination): string | undefined
  /**
   * The model wants somebody outside to be told about the call and then to get it, and goes on meanwhile.
   * Resolves when that one has it, or nobody does. @returns why it cannot
   */
  escort(call: ToolCall, to: Escorted, signal: AbortSignal): Promise<ToolOutcome> | string
}

/** Whose tools they are. */
export interface ToolsOf {
  readonly agent: PlanAgent | undefined
  readonly memory: CallMemory
}

interface Running {
  readonly call: ToolCall
  readonly controller: AbortController
  readonly isJob: boolean
  /** Whom the call is to be given to, where that one is told about it first. */
  readonly escorted: Escorted | undefined
  readonly settled: PromiseWithResolvers<CallEnd>
}

/**
 * The tools of one brain: runs calls, each within its deadline, holds back those that change something until
 * it is certain that they are wanted, and cancels those that an interruption cancels. What a tool throws
 * goes to the log; the model gets a neutral sentence. To hand over and to consult are tools as well.
 */
export class Tools {
  readonly #host: Host
  readonly #setup: BrainSetup
  readonly #of: ToolsOf
  readonly #owner: ToolsOwner
  readonly #planned: ReadonlyMap<string, PlanTool>
  readonly #listed: readonly ToolSummary[]
  readonly #filler: Filler | undefined
  readonly #running = new Map<string, Running>()
  #calls = noToolCalls

  constructor(host: Host, setup: BrainSetup, of: ToolsOf, owner: ToolsOwner) {
    this.#host = host
    this.#setup = setup
    this.#of = of
    this.#owner = owner
    this.#planned = new Map(setup.plan.tools.map((tool) => [tool.id, tool]))
    this.#filler = fillerOf(setup.options['filler'])
    this.#listed = listedTools(setup, of.agent)
  }

  /** What the model may call now. */
  get summaries(): readonly ToolSummary[] {
    return [...this.#listed, ...handoffTools(this.#handoffs)]
  }

  get #handoffs(): readonly PlanHandoff[] {
    const { agent, memory } = this.#of
    return openHandoffs(agent, memory.floor, this.#host.vars.current)
  }

  /**
   * Takes a call of a response. Resolves when nobody has to wait for it any more: it is settled, whatever
   * became of it, or it is a job that has begun, or the call is handed over.
   */
  request(call: ToolCall, response: number): Promise<CallEnd> {
    const settled = Promise.withResolvers<CallEnd>()
    const nature = this.#natureOf(call)
    const isJob = nature.isOrphan
    const controller = new AbortController()
    const escorted = this.#escorted(call)
    this.#running.set(call.callId, { call, controller, isJob, escorted, settled })
    this.report()
    this.on({ type: 'request', call: { callId: call.callId, response, ...nature } })
    if (isJob) settled.resolve(undefined)
    return settled.promise
  }

  /** What the caller is told of a call that somebody else is to take, where that has begun. */
  announcementOf({ callId }: ToolCall): string | undefined {
    return this.#running.get(callId)?.escorted?.to.say
  }

  /** What is said while a tool is waited for; its own, or that of whoever uses it. */
  fillerOf(name: string): Filler | undefined {
    const own = this.#planned.get(name)?.filler ?? this.#filler
    return own === false ? undefined : own
  }

  /** Tells again how many calls are waited for. */
  report(): void {
    this.#owner.working([...this.#running.values()].filter(({ isJob }) => !isJob).length)
  }

  /** The bot is held, goes on, or was cut; a tool is done. */
  on(event: ToolEvent): void {
    const [next, commands] = toolStep(this.#calls, event)
    this.#calls = next
    for (const command of commands) {
      const running = this.#running.get(command.callId)
      if (running === undefined) continue
      if (command.type === 'run') void this.#run(running)
      else if (command.type === 'abort') running.controller.abort(cancelled)
      else this.#settle(running, command.outcome, command.isNews)
    }
  }

  /** Nobody is left to want anything of it. */
  breakOff(): void {
    const outcome = { status: 'cancelled', message: 'It was broken off.' } as const
    for (const { call, controller } of [...this.#running.values()]) {
      controller.abort(cancelled)
      this.on({ type: 'done', callId: call.callId, outcome })
    }
  }

  #settle({ call, settled }: Running, outcome: ToolOutcome, isNews: boolean): void {
    this.#running.delete(call.callId)
    if (outcome.status === 'ok') this.#setVars(this.#planned.get(call.name)?.set, outcome.value)
    this.#owner.settled(call, outcome, isNews)
    this.report()
    settled.resolve(endOf(outcome))
  }

  async #run(running: Running): Promise<void> {
    const { call, controller, settled, escorted } = running
    const { callId } = call
    const handoff = this.#handoffs.find(({ tool }) => tool === call.name)
    const isLeaving = handoff !== undefined || call.name === transferCall
    const refused = this.#refusal(call)
    if (escorted !== undefined) {
      const outcome = refused ?? (await this.#escort(call, escorted, controller.signal))
      return this.on({ type: 'done', callId, outcome })
    }
    const refusal = refused ?? (handoff ? this.#handOver(call, handoff) : this.#transfer(call))
    // It is settled when somebody else has the call, or cannot take it.
    if (isLeaving && refusal === undefined) return settled.resolve(undefined)
    const outcome = refusal ?? (await this.#outcomeOf(call, controller))
    this.on({ type: 'done', callId, outcome })
  }

  #escorted(call: ToolCall): Escorted | undefined {
    const handoff = this.#handoffs.find(({ tool }) => tool === call.name)
    const { name, arguments: given } = call
    const to = handoff ? outsideOf(handoff) : destinationOf(this.#planned.get(name), given)
    return to?.brief === undefined ? undefined : { to, handoff }
  }

  #escort(call: ToolCall, to: Escorted, signal: AbortSignal): ToolOutcome | Promise<ToolOutcome> {
    const outcome = this.#owner.escort(call, to, signal)
    if (typeof outcome === 'string') return failed(outcome)
    this.#setVars(to.handoff?.set, call.arguments)
    return outcome
  }

  #handOver(call: ToolCall, handoff: PlanHandoff): ToolOutcome | undefined {
    const refusal = this.#owner.handOver(call, handoff)
    if (refusal !== undefined) return failed(refusal)
    this.#setVars(handoff.set, call.arguments)
    return undefined
  }

  #transfer(call: ToolCall): ToolOutcome | undefined {
    if (call.name !== transferCall) return undefined
    const to = destinationOf(this.#planned.get(call.name), call.arguments)
    if (to === undefined) return failed('There is no such destination.')
    const refusal = this.#owner.transfer(call, to)
    return refusal === undefined ? undefined : failed(refusal)
  }

  /** Sets variables from a result. What does not fit is logged, and left as it was. */
  #setVars(set: Readonly<Record<string, string>> | undefined, from: Json): void {
    for (const [name, path] of Object.entries(set ?? {})) {
      const value = path === '.' ? from : lookUp(from as Readonly<Record<string, unknown>>, path)
      try {
        if (value !== undefined) this.#host.vars.set(name, value as Json)
      } catch (thrown) {
        this.#host.log.warn(reasonOf(thrown))
      }
    }
  }

  #natureOf(call: ToolCall): Pick<OpenCall, 'effect' | 'onInterrupt' | 'isOrphan'> {
    const { name } = call
    const isOrphan = false
    if (freeTools.some((one) => one.name === name)) {
      return { effect: 'commit', onInterrupt: 'cancel', isOrphan }
    }
    if (this.#consult(name) !== undefined)
      return { effect: 'read', onInterrupt: 'cancel', isOrphan }
    const { effect = 'commit' } = this.#setup.tools.get(name) ?? {}
    const onInterrupt = this.#planned.get(name)?.onInterrupt ?? 'continue'
    return { effect, onInterrupt, isOrphan: this.isJob(call) }
  }

  #consult(name: string): PlanConsult | undefined {
    return this.#of.agent?.consults.find(({ tool }) => tool === name)
  }

  /** True for long work that nobody waits for. */
  isJob(call: ToolCall): boolean {
    if (this.#escorted(call) !== undefined) return true
    const { name } = call
    const isListed = this.#listed.some((one) => one.name === name)
    return isListed && this.#setup.tools.get(name)?.job === true
  }

  #refusal(call: ToolCall): ToolOutcome | undefined {
    const summary = this.summaries.find(({ name }) => name === call.name)
    if (summary === undefined) return failed(`There is no tool called ${call.name}.`)
    const [problem] = this.#setup.validators.of(summary.parameters)(call.arguments)
    const isFree = freeTools.some((one) => one.name === call.name)
    const isForAgent = !isFree && !this.#planned.has(call.name)
    if (isForAgent && JSON.stringify(call.arguments).length > longestPass) {
      return failed(`The arguments are longer than ${longestPass} characters.`)
    }
    if (problem !== undefined) {
      return failed(`The arguments do not fit: ${problem.pointer || 'they'} ${problem.message}.`)
    }
    const jobs = [...this.#running.values()].filter(({ isJob }) => isJob).length
    if (this.isJob(call) && jobs > mostJobs) {
      return failed(`${mostJobs} jobs are at work already; wait for one of them.`)
    }
    return call.name === endCall.name ? { status: 'ok', value: null } : undefined
  }

  /** Runs the tool to its end, at the latest to its deadline. Never rejects. */
  async #outcomeOf(call: ToolCall, controller: AbortController): Promise<ToolOutcome> {
    const { clock, signal } = this.#host
    const limits = this.#consult(call.name) ?? this.#planned.get(call.name)
    const timeoutMs = limits?.timeoutMs ?? longestPressMs
    const stop = (): void => controller.abort(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    const late = Promise.withResolvers<ToolOutcome>()
    const cancelTimer = clock.after(timeoutMs, () => {
      controller.abort(new DOMException('the tool took too long', 'TimeoutError'))
      late.resolve({ status: 'timeout', message: `${call.name} did not answer in time.` })
    })
    try {
      return await Promise.race([this.#attempt(call, controller.signal), late.promise])
    } finally {
      cancelTimer()
      signal.removeEventListener('abort', stop)
    }
  }

  async #attempt(call: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    const consult = this.#consult(call.name)
    if (consult !== undefined) return this.#ask(consult, call, signal)
    if (call.name === pressKeys.name) return this.#press(call, signal)
    const { log, clock, vars, session } = this.#host
    const { callId, name } = call
    const idempotencyKey = `${session}/${callId}`
    const run = async (sleep: Sleep): Promise<Json> => {
      const ctx: ToolContext = {
        signal,
        log,
        callId,
        idempotencyKey,
        sleep,
        progress: (text) => this.#progress(callId, text),
        get vars() {
          return vars.current
        },
        setVar: (variable, value) => vars.set(variable, value),
      }
      return (await this.#setup.tools.get(name)?.run(call.arguments as never, ctx)) ?? null
    }
    try {
      return { status: 'ok', value: await workThatSleeps(clock, signal, run) }
    } catch (thrown) {
      if (signal.aborted) return failed(`${name} was stopped.`)
      log.warn(`tool ${name} failed: ${reasonOf(thrown)}`, { thrown })
      const isMeant = isToolError(thrown) && thrown.message !== ''
      return failed(isMeant ? thrown.message.slice(0, longestRefusal) : `${name} did not work.`)
    }
  }

  async #press({ name, arguments: args }: ToolCall, signal: AbortSignal): Promise<ToolOutcome> {
    try {
      await press(this.#host, String(args['keys']), signal)
      return { status: 'ok', value: null }
    } catch (thrown) {
      if (signal.aborted) return failed(`${name} was stopped.`)
      this.#host.log.warn(`${name} failed: ${reasonOf(thrown)}`, { thrown })
      const isCoded = thrown instanceof VoxgraphError
      return failed(isCoded ? thrown.message : `${name} did not work.`)
    }
  }

  /** Another agent is asked; what it says is for the model, and for nobody's ears. */
  async #ask(
    { agent }: PlanConsult,
    { name, arguments: args }: ToolCall,
    signal: AbortSignal,
  ): Promise<ToolOutcome> {
    try {
      const { advisers } = this.#of.memory
      // It may not have been needed so far, or have broken down.
      if (!advisers.has(agent)) await this.#host.agents.wake(agent)
      const adviser = advisers.get(agent)
      if (adviser === undefined) throw new Error(`${agent} is not there`)
      return { status: 'ok', value: await adviser(String(args['question']), signal) }
    } catch (thrown) {
      if (signal.aborted) return failed(`${name} was stopped.`)
      this.#host.log.warn(`${name} failed: ${reasonOf(thrown)}`, { thrown })
      return failed(`${name} did not work.`)
    }
  }

  #progress(callId: string, text: string): void {
    if (!this.#running.has(callId)) return
    for (const record of this.#of.memory.records)
      record.progress(callId, text.slice(0, longestProgress))
  }
}

/** Everything that the brain of an agent may ever call, in the same order each time. */
export const toolsetOf = (
  setup: ToolSource,
  agent: PlanAgent | undefined,
): readonly ToolSummary[] => [...listedTools(setup, agent), ...handoffTools(agent?.handoffs ?? [])]

/** Where tools are described: in the file, and, where servers have them, in what they said. */
type ToolSource = Pick<BrainSetup, 'options' | 'plan'> & Partial<Pick<BrainSetup, 'tools'>>

/** What the model may call all through the call: tools of the file, and agents to consult. */
function listedTools(
  { options, plan, tools }: ToolSource,
  agent: PlanAgent | undefined,
): readonly ToolSummary[] {
  const names = (options['tools'] ?? []) as readonly string[]
  const own = names.map((name): ToolSummary => {
    const free = freeTools.find((one) => one.name === name)
    if (free !== undefined) return free
    const planned = plan.tools.find(({ id }) => id === name)
    // What a server says of its tool is known once it was asked.
    const told = planned?.code.kind === 'mcp' ? tools?.get(name) : planned?.manifest
    const { description = '', parameters = endCall.parameters } = told ?? {}
    return { name, description, parameters }
  })
  return [...own, ...consultTools(agent)]
}

/** Longest that one agent passes on to another, or asks it, in characters of JSON; as long as a variable. */
const longestPass = 10_000

/** How long keys may take to be pressed, in ms: as long as 64 of the longest pauses. */
const longestPressMs = 130_000
/** Jobs that one agent may have at work at a time: a model that answers jobs with jobs must not flood. */
const mostJobs = 16
/** Longest sentence of a tool about why it did not work, in characters. */
const longestRefusal = 500
/** Longest word of progress that the model is shown, in characters. */
const longestProgress = 200

const cancelled = new DOMException('the caller interrupted', 'AbortError')

const failed = (message: string): ToolOutcome => ({ status: 'error', message })

const endOf = ({ status }: ToolOutcome): CallEnd =>
  status === 'ok' ? 'ok' : status === 'cancelled' ? undefined : 'failed'
