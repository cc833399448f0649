import type { Clock } from 'voxgraph/plugin'

/** Most questions of a client that wait for an answer; the oldest are forgotten. */
const mostWaiting = 64
/** How long a question waits, in ms: as long as the client does (client-js, `sendClientRequest`). */
const waitMs = 10_000

/** Questions of a client that wait for a message of the same name. */
export interface PendingRequests {
  add(name: string, id: string): void
  /** Id of the oldest question of this name that still waits. */
  take(name: string): string | undefined
}

/** Makes an empty list; nobody tells whether a client waits at all, so what is old is forgotten silently. */
export function createPendingRequests(clock: Clock): PendingRequests {
  let waiting: { readonly name: string; readonly id: string; readonly until: number }[] = []
  return {
    add(name, id) {
      waiting = [...waiting, { name, id, until: clock.now() + waitMs }].slice(-mostWaiting)
    },
    take(name) {
      waiting = waiting.filter(({ until }) => until > clock.now())
      const found = waiting.find((one) => one.name === name)
      waiting = waiting.filter((one) => one !== found)
      return found?.id
    },
  }
}
