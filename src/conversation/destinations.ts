import type { Json } from '../frames/index.ts'
import type { PlanTool } from '../graph/plan.ts'
import type { PlanHandoff } from '../graph/plan-agents.ts'
import { transferCall } from './builtin-tools.ts'

/** Somebody outside who may get the call. */
export interface Destination {
  readonly name: string
  /** With `{{var}}` in it, like the other texts. */
  readonly destination: string
  readonly timeoutMs: number
  /** What whoever takes the call is told first; undefined: the carrier takes it at once. */
  readonly brief: string | undefined
  /** What the caller is told. */
  readonly say: string | undefined
  /** Why the call is given away, as facts tell it. */
  readonly reason: string
}

/** Somebody outside who is told about the call before the caller comes. */
export interface Escorted {
  readonly to: Destination
  readonly handoff: PlanHandoff | undefined
}

/** Where `transfer_call` leads; undefined for another tool, and for a name that the graph does not have. */
export function destinationOf(
  tool: PlanTool | undefined,
  { destination: given }: { readonly [key: string]: Json },
): Destination | undefined {
  if (tool?.id !== transferCall) return undefined
  const { destinations = {}, timeoutMs } = tool
  const name = String(given)
  const found = Object.hasOwn(destinations, name) ? destinations[name] : undefined
  if (found === undefined) return undefined
  const { to: destination, brief, say } = found
  return { name, destination, timeoutMs, brief, say, reason: transferCall }
}

/** Somebody outside to whom a hand-off leads. */
export function outsideOf(handoff: PlanHandoff): Destination | undefined {
  const { name, target, timeoutMs, say, when: reason } = handoff
  if (target.kind !== 'transfer') return undefined
  const { destination, brief } = target
  return { name, destination, timeoutMs, brief, say, reason }
}
