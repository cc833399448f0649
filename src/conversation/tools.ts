import type { ToolContext, ToolSummary } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { Json, ToolOutcome } from '../frames/index.ts'
import type { PlanTool } from '../graph/plan.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/supervisor.ts'
import { workThatSleeps, type Sleep } from './work-that-sleeps.ts'
import { noToolCalls, toolStep, type OpenCall, type ToolEvent } from './tool-calls.ts'

/** The built-in tool that ends the call once the bot has finished speaking. */
export const endCall: ToolSummary = {
  name: 'end_call',
  description: 'Ends the call after the current sentence. Use it when the caller has said goodbye.',
  parameters: { type: 'object', additionalProperties: false, properties: {} },
}

/** A tool call as the model makes it. */
export interface ToolCall {
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
}

/** What a conversation wants to know of its tools. */
export interface ToolsOwner {
  /** A call is settled. `isNews`: the answer that waited for it is gone, so the model must be told. */
  settled(call: ToolCall, outcome: ToolOutcome, isNews: boolean): void
  /** How many calls are not settled now. */
  working(count: number): void
}

interface Running {
  readonly call: ToolCall
  readonly controller: AbortController
  readonly settled: PromiseWithResolvers<void>
}

/**
 * The tools of one brain: runs calls, each within its deadline, holds back those that change something until
 * it is certain that they are wanted, and cancels those that an interruption cancels. What a tool throws
 * goes to the log; the model gets a neutral sentence.
 */
export class Tools {
  readonly summaries: readonly ToolSummary[]
  readonly #host: Host
  readonly #setup: BrainSetup
  readonly #owner: ToolsOwner
  readonly #planned: ReadonlyMap<string, PlanTool>
  readonly #running = new Map<string, Running>()
  #calls = noToolCalls

  constructor(host: Host, setup: BrainSetup, owner: ToolsOwner) {
    this.#host = host
    this.#setup = setup
    this.#owner = owner
    this.#planned = new Map(setup.plan.tools.map((tool) => [tool.id, tool]))
    const listed = (setup.options['tools'] ?? []) as readonly string[]
    this.summaries = listed.map((name) => this.#summaryOf(name))
  }

  /** Takes a call of a response. Resolves when it is settled, whatever becomes of it. */
  request(call: ToolCall, response: number): Promise<void> {
    const settled = Promise.withResolvers<void>()
    this.#running.set(call.callId, { call, controller: new AbortController(), settled })
    this.#owner.working(this.#running.size)
    const { effect, onInterrupt } = this.#natureOf(call.name)
    this.on({ type: 'request', call: { callId: call.callId, response, effect, onInterrupt } })
    return settled.promise
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

  #settle({ call, settled }: Running, outcome: ToolOutcome, isNews: boolean): void {
    this.#running.delete(call.callId)
    this.#owner.settled(call, outcome, isNews)
    this.#owner.working(this.#running.size)
    settled.resolve()
  }

  async #run({ call, controller }: Running): Promise<void> {
    const { callId } = call
    const outcome = this.#refusal(call) ?? (await this.#outcomeOf(call, controller))
    this.on({ type: 'done', callId, outcome })
  }

  #summaryOf(name: string): ToolSummary {
    if (name === endCall.name) return endCall
    const { description = '', parameters = endCall.parameters } =
      this.#planned.get(name)?.manifest ?? {}
    return { name, description, parameters }
  }

  #natureOf(name: string): Pick<OpenCall, 'effect' | 'onInterrupt'> {
    if (name === endCall.name) return { effect: 'commit', onInterrupt: 'cancel' }
    const effect = this.#setup.tools.get(name)?.effect ?? 'commit'
    return { effect, onInterrupt: this.#planned.get(name)?.onInterrupt ?? 'continue' }
  }

  #refusal(call: ToolCall): ToolOutcome | undefined {
    const summary = this.summaries.find(({ name }) => name === call.name)
    if (summary === undefined) return failed(`There is no tool called ${call.name}.`)
    const [problem] = this.#setup.validators.of(summary.parameters)(call.arguments)
    if (problem !== undefined) {
      return failed(`The arguments do not fit: ${problem.pointer || 'they'} ${problem.message}.`)
    }
    return call.name === endCall.name ? { status: 'ok', value: null } : undefined
  }

  /** Runs the tool to its end, at the latest to its deadline. Never rejects. */
  async #outcomeOf(call: ToolCall, controller: AbortController): Promise<ToolOutcome> {
    const { clock, signal } = this.#host
    const timeoutMs = this.#planned.get(call.name)?.timeoutMs ?? 0
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
      return failed(`${name} did not work.`)
    }
  }
}

const cancelled = new DOMException('the caller interrupted', 'AbortError')

const failed = (message: string): ToolOutcome => ({ status: 'error', message })
