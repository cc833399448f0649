type Dispatcher = NonNullable<RequestInit['dispatcher']>

/** Connections to vendors for `fetch`, and for SDKs that are built on it. */
export interface VendorAgent {
  /** For `fetch` and `fetchOptions`; undefined where the process has an agent of its own (for a proxy). */
  readonly dispatcher: Dispatcher | undefined
  /** Closes its connections; what is under way ends. */
  close(): Promise<void>
}

/** How long a connection is kept that nobody uses, in ms: longer than most turns of a caller. */
const idleMs = 60_000

type AgentClass = new (options: { readonly keepAliveTimeout: number }) => Dispatcher

/** Where undici, which is inside Node, keeps the agent of `fetch`. */
const globalAgent = Symbol.for('undici.globalDispatcher.1')

/**
 * Makes a pool of connections that stay open between two turns. The one of Node closes a connection that is
 * idle for 4 s, unless the server asks for more, and a new one costs the caller three round trips.
 */
export async function openVendorAgent(): Promise<VendorAgent> {
  // It is not there before the first use of `fetch`; this one goes nowhere.
  if (Reflect.get(globalThis, globalAgent) === undefined) await fetch('data:,')
  const known: unknown = Reflect.get(globalThis, globalAgent)
  const made = (known as { readonly constructor?: unknown } | undefined)?.constructor
  if (typeof made !== 'function' || made.name !== 'Agent') {
    return { dispatcher: undefined, close: () => Promise.resolve() }
  }
  const agent = new (made as AgentClass)({ keepAliveTimeout: idleMs })
  return { dispatcher: agent, close: () => agent.destroy() }
}
