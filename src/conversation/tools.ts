import type { BrainSetup } from '../kernel/supervisor.ts'
import type { Host } from '../kernel/host.ts'
import type { ToolSummary } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { Json, ToolOutcome } from '../frames/index.ts'

/** The built-in tool that ends the call once the bot has finished speaking. */
export const endCall: ToolSummary = {
  name: 'end_call',
  description: 'Ends the call after the current sentence. Use it when the caller has said goodbye.',
  parameters: { type: 'object', additionalProperties: false, properties: {} },
}

/** A tool call as it is run. */
export interface ToolCall {
  readonly callId: string
  readonly name: string
  readonly arguments: { readonly [key: string]: Json }
}

/** The tools of one brain. */
export interface Tools {
  readonly summaries: readonly ToolSummary[]
  /**
   * Runs one call to its end: at the latest at its deadline. Never rejects. What a tool throws goes to
   * the log; the outcome holds a neutral sentence for the model.
   */
  run(call: ToolCall): Promise<ToolOutcome>
}

/** The tools that the brain's option `tools` names. */
export function createTools(host: Host, setup: BrainSetup): Tools {
  const listed = (setup.options['tools'] ?? []) as readonly string[]
  const planned = new Map(setup.plan.tools.map((tool) => [tool.id, tool]))
  const summaries = listed.map((name): ToolSummary => {
    if (name === endCall.name) return endCall
    const tool = planned.get(name)
    return {
      name,
      description: tool?.manifest.description ?? '',
      parameters: tool?.manifest.parameters ?? endCall.parameters,
    }
  })

  const check = (call: ToolCall): ToolOutcome | undefined => {
    const summary = summaries.find(({ name }) => name === call.name)
    if (summary === undefined) return failed(`There is no tool called ${call.name}.`)
    const [problem] = setup.validators.of(summary.parameters)(call.arguments)
    if (problem === undefined) return undefined
    return failed(`The arguments do not fit: ${problem.pointer || 'they'} ${problem.message}.`)
  }

  return {
    summaries,
    async run(call) {
      const wrong = check(call)
      if (wrong !== undefined) return wrong
      if (call.name === endCall.name) return { status: 'ok', value: null }
      const timeoutMs = planned.get(call.name)?.timeoutMs ?? 0
      return withDeadline(host, call, timeoutMs, (signal) => {
        const tool = setup.tools.get(call.name)
        const { callId } = call
        const ctx = { signal, log: host.log, callId, vars: host.vars }
        return tool?.run(call.arguments as never, ctx) ?? null
      })
    },
  }
}

async function withDeadline(
  host: Host,
  call: ToolCall,
  timeoutMs: number,
  run: (signal: AbortSignal) => Json | Promise<Json>,
): Promise<ToolOutcome> {
  const controller = new AbortController()
  const stop = (): void => controller.abort(host.signal.reason)
  host.signal.addEventListener('abort', stop, { once: true })
  let cancelTimer = (): void => undefined
  const late = new Promise<ToolOutcome>((resolve) => {
    cancelTimer = host.clock.after(timeoutMs, () => {
      controller.abort(new DOMException('the tool took too long', 'TimeoutError'))
      resolve({ status: 'timeout', message: `${call.name} did not answer in time.` })
    })
  })
  const attempt = async (): Promise<ToolOutcome> => {
    try {
      const value = await host.clock.work(Promise.resolve().then(() => run(controller.signal)))
      return { status: 'ok', value: value ?? null }
    } catch (thrown) {
      host.log.warn(`tool ${call.name} failed: ${reasonOf(thrown)}`, { thrown })
      return failed(`${call.name} did not work.`)
    }
  }
  try {
    return await Promise.race([attempt(), late])
  } finally {
    cancelTimer()
    host.signal.removeEventListener('abort', stop)
  }
}

const failed = (message: string): ToolOutcome => ({ status: 'error', message })
