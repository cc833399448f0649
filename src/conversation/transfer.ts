import { reasonOf } from '../errors/index.ts'
import { expand } from '../kernel/expand.ts'
import type { Host } from '../kernel/host.ts'

/** A phone number (E.164) or a queue. */
const isDestination = /^(\+\d{3,15}|queue:[^\p{Cc}]{1,100})$/u

/** Longest that a human is told before the caller comes, in UTF-16 units: about two minutes. */
const longestBrief = 2000

/** Somebody outside who is to get the call. */
export interface Ringing {
  /** With `{{var}}` in it. */
  readonly destination: string
  /** How long that one may take, in ms. */
  readonly timeoutMs: number
  /** Makes what that one is told first; undefined: the carrier takes the call at once. */
  readonly brief?: ((signal: AbortSignal) => Promise<string>) | undefined
  /** Somebody has taken the call, however late. */
  taken(destination: string): void
  /** Nobody has taken it; called once at most. */
  failed(reason: string): void
}

/**
 * Gives the call to somebody outside. Where the destination is a variable, a model may have set it: what is
 * neither a number nor a queue never comes to a telephone. Other addresses have to stand in the graph.
 * @returns lets go of whoever rings; nothing when somebody has taken the call
 */
export function ring(host: Host, init: Ringing): (reason: string) => void {
  const { timeoutMs, brief, taken, failed } = init
  const controller = new AbortController()
  const { signal } = controller
  const destination = expand(init.destination, host.vars.current)
  let isOver = false
  const fail = (reason: string, name = 'AbortError'): void => {
    if (isOver) return
    isOver = true
    cancelTimer()
    controller.abort(new DOMException(reason, name))
    failed(reason)
  }
  const cancelTimer = host.clock.after(timeoutMs, () =>
    fail(`nothing came of it within ${timeoutMs} ms`, 'TimeoutError'),
  )
  const give = async (): Promise<void> => {
    // What stands in the graph as it is was checked before any call.
    const isFilledIn = init.destination.includes('{{')
    if (isFilledIn && !isDestination.test(destination)) {
      throw new Error('it is neither a phone number nor a queue')
    }
    const told = (await brief?.(signal))?.slice(0, longestBrief).toWellFormed()
    signal.throwIfAborted()
    await host.transfer(destination, { signal, brief: told })
  }
  give().then(
    () => {
      isOver = true
      cancelTimer()
      taken(destination)
    },
    (thrown: unknown) => fail(reasonOf(thrown)),
  )
  return fail
}

/** What a model is told of whoever did not take the call. */
export const nobodyTook = (name: string): string =>
  `${name} cannot take the call now. The caller is still with you.`
