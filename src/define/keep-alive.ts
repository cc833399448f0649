/** How long a connection that nobody uses is kept, in ms: services and what stands before them keep it 60 s. */
const usualIdleMs = 55_000
/** Where Node keeps what its `fetch` sends requests by. */
const inUse = Symbol.for('undici.globalDispatcher.1')

/** Connections that `fetch` may use: its option `dispatcher`. */
export interface KeptConnections {
  /** Ends them. */
  destroy(): Promise<void>
}

/**
 * Connections for `fetch` that stay open between the turns of a call. Node's own are closed after four
 * seconds without use, so that every answer would wait for a new one to be opened. They are made as Node
 * made its own, behind a proxy too. Undefined where Node keeps that to itself: then its own must do.
 */
export function keptConnections(idleMs = usualIdleMs): KeptConnections | undefined {
  // It is there once anything of `fetch` has been used.
  void new Headers()
  const own: unknown = (globalThis as Readonly<Record<symbol, unknown>>)[inUse]
  if (typeof own !== 'object' || own === null) return undefined
  const Made = own.constructor as new (options: object) => KeptConnections
  try {
    return new Made({ keepAliveTimeout: idleMs })
  } catch {
    return undefined
  }
}
