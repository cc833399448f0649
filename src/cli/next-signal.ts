import process from 'node:process'

/** Aborted by the next signal that asks the process to end, from now on. `forget` leaves it to Node again. */
export function nextSignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController()
  const abort = (): void => controller.abort()
  process.once('SIGINT', abort)
  process.once('SIGTERM', abort)
  return {
    signal: controller.signal,
    forget() {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
