import type { ToolSummary } from '../define/index.ts'
import type { Host } from '../kernel/host.ts'

/** The built-in tool that ends the call once the bot has finished speaking. */
export const endCall: ToolSummary = {
  name: 'end_call',
  description: 'Ends the call after the current sentence. Use it when the caller has said goodbye.',
  parameters: { type: 'object', additionalProperties: false, properties: {} },
}

/** Name of the built-in tool that gives the call to one of the destinations that the graph has. */
export const transferCall = 'transfer_call'

/** The built-in tool that presses telephone keys for the far end: a menu that the bot has called, for example. */
export const pressKeys: ToolSummary = {
  name: 'press_keys',
  description:
    'Presses telephone keys, for a menu at the other end that asks for them. "w" waits half a second, "," two seconds.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['keys'],
    properties: {
      keys: {
        type: 'string',
        pattern: '^[0-9*#A-Dw,]{1,64}$',
        description: 'For example 1, 4711# or 1ww23.',
      },
    },
  },
}

/** Built-in tools that need nothing of the graph. */
export const freeTools: readonly ToolSummary[] = [endCall, pressKeys]

/** Pauses that can stand among keys, in ms: as dialling strings have them. */
const pauses: Readonly<Record<string, number>> = { w: 500, ',': 2000 }
/** From one key to the next, in ms: 100 ms of tone and as much silence, which every menu understands. */
const keyMs = 200

/** Presses keys one after the other. Stops when `signal` aborts. */
export async function press(host: Host, keys: string, signal: AbortSignal): Promise<void> {
  for (const [index, key] of [...keys].entries()) {
    const pauseMs = pauses[key]
    if (pauseMs !== undefined) await host.clock.sleep(pauseMs, signal)
    else {
      if (index > 0) await host.clock.sleep(keyMs, signal)
      host.press(key)
    }
  }
}
