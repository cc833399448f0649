import { defineMemory, mergeRemembered, type Remembered } from 'voxgraph/plugin'

/**
 * Remembers callers in the process that takes the calls, and ends with it: for trying things out, and for
 * what need not outlive a restart. Bounded: when there are too many callers, the one who was asked for or
 * changed longest ago goes.
 */
export default defineMemory({
  id: 'process-memory',
  summary: 'Remembers callers until the process ends.',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      callers: {
        type: 'integer',
        minimum: 1,
        maximum: 1_000_000,
        default: 10_000,
        description: 'Most callers; beyond that the one who was away longest is forgotten.',
      },
    },
  },
  lasting: false,
  open({ options }) {
    // As JSON, so that nobody holds an object that another call sees. In the order of use: the oldest first.
    const kept = new Map<string, string>()
    const keep = (caller: string, json: string): void => {
      kept.delete(caller)
      kept.set(caller, json)
      const [oldest] = kept.keys()
      if (kept.size > options.callers && oldest !== undefined) kept.delete(oldest)
    }
    const read = (caller: string): Remembered | undefined => {
      const json = kept.get(caller)
      return json === undefined ? undefined : (JSON.parse(json) as Remembered)
    }
    return {
      async recall(caller) {
        const json = kept.get(caller)
        if (json !== undefined) keep(caller, json)
        return read(caller)
      },
      remember: async (caller, values) => keep(caller, mergeRemembered(read(caller), values)),
      forget: async (caller) => kept.delete(caller),
    }
  },
})
