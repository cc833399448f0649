import { reasonOf } from '../errors/index.ts'
import type { Seat } from './seat.ts'

/**
 * What an agent makes of the call for the next one. One that does not come before `signal` aborts, or is
 * none, is no summary. Never rejects.
 */
export function summaryOf(seat: Seat, signal: AbortSignal): Promise<string | undefined> {
  const tooLate = Promise.withResolvers<undefined>()
  signal.addEventListener('abort', () => tooLate.resolve(undefined), { once: true })
  const summary = seat.summarise(signal).catch((thrown: unknown) => {
    seat.host.log.warn(`no summary: ${reasonOf(thrown)}`)
    return undefined
  })
  return Promise.race([summary, tooLate.promise])
}
