import { createValidators, type Validators } from '../schema/compile.ts'
import type { Log, NodeDefinition } from '../define/index.ts'

/** What all calls of a process share, made on first use. */
export interface Shared {
  /** What `share` of the definition made, or undefined when it shares nothing. */
  get(definition: NodeDefinition): Promise<unknown>
  /** Compiled schemas of tools. */
  readonly validators: Validators
  /** Ends everything that was made. Failures are logged, none is thrown. */
  close(): Promise<void>
}

/** Makes the holder. Whoever makes it closes it. */
export function createShared(log: Log): Shared {
  const made = new Map<NodeDefinition, Promise<unknown>>()
  const controller = new AbortController()
  const make = async (definition: NodeDefinition): Promise<unknown> => {
    if (definition.kind === 'transport') return undefined
    return definition.share?.({ log, signal: controller.signal })
  }
  return {
    validators: createValidators(),
    get(definition) {
      let shared = made.get(definition)
      if (shared === undefined) {
        shared = make(definition)
        made.set(definition, shared)
        // A failed attempt is not kept: the next call tries again.
        shared.catch(() => made.delete(definition))
      }
      return shared
    },
    async close() {
      controller.abort()
      const ends = [...made].map(async ([definition, shared]) => {
        if (definition.kind === 'transport') return
        await definition.unshare?.((await shared) as never)
      })
      made.clear()
      for (const end of await Promise.allSettled(ends)) {
        if (end.status === 'rejected')
          log.warn('could not be closed', { reason: String(end.reason) })
      }
    },
  }
}
