import type { Log } from '../define/index.ts'
import type { Inspection, LogRecord } from '../observe/inspection.ts'
import type { Clock } from '../time/clock.ts'

/** The call that a log belongs to. */
export interface Logged {
  readonly id: string
  readonly clock: Clock
  see(event: Inspection): void
}

/**
 * A log whose lines are inspection events of a call; `node` is empty for the call itself. `clean` takes
 * secrets out of what is written.
 */
export function callLog(
  call: Logged,
  node: string,
  clean = (message: string): string => message,
): Log {
  const write =
    (level: LogRecord['level']) =>
    (written: string, details?: LogRecord['details']): void => {
      const message = clean(written)
      const record = { level, at: call.clock.now(), node, message, details }
      call.see({ type: 'log', session: call.id, record })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn') }
}
