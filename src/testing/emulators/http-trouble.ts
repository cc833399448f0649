import type { FaultName } from './emulator.ts'
import type { Asked, EmulatorServer } from './server.ts'

/** Nothing comes until the emulator is healed or the client has gone. */
export async function hang(server: EmulatorServer, { signal }: Asked): Promise<void> {
  if (signal.aborted) return
  const gone = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([server.healed, gone])
}

/** Waits on the emulator's clock; shorter when the client goes away. */
export async function pause(
  { clock }: EmulatorServer,
  { signal }: Asked,
  ms: number,
): Promise<void> {
  if (ms > 0) await clock.sleep(ms, signal).catch(() => undefined)
}

/** The connection is gone; what was written goes out first. */
export const cut = ({ response }: Asked): void =>
  void setImmediate(() => response.socket?.resetAndDestroy())

/** Statuses of faults that are over before an answer has begun. */
export const statusOf = (fault: FaultName): number | undefined =>
  ({ unauthorized: 401, 'rate-limit': 429, overloaded: 503 })[fault as string]
