import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What `attackers.ts` can do. */
export type Attack = 'stall' | 'malformed' | 'join'

/** A process that attacks a server. */
export interface Besiegers {
  /** Resolves when it is over; gives a count of what they managed. */
  attack(what: Attack): Promise<number>
  leave(): void
}

/** Sends attackers to a WebSocket address. */
export function besiege(url: string): Besiegers {
  const file = fileURLToPath(new URL('./attackers.ts', import.meta.url))
  const child = fork(file, [url], { execArgv: ['-C', '@voxgraph/source'] })
  return {
    attack(what) {
      child.send(what)
      return new Promise((resolve) => {
        const hear = (told: { readonly attack: Attack; readonly count: number }): void => {
          if (told.attack !== what) return
          child.off('message', hear)
          resolve(told.count)
        }
        child.on('message', hear)
      })
    },
    leave: () => child.disconnect(),
  }
}
