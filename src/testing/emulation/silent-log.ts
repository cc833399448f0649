import type { Log } from '../../define/index.ts'

/** A log that nobody reads: what stands in for a vendor has nothing to say to whoever runs the graph. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
}
