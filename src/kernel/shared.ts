import { createValidators, type Validators } from '../schema/compile.ts'
import type {
  Log,
  Memory,
  MemoryDefinition,
  NodeDefinition,
  ToolDefinition,
} from '../define/index.ts'
import type { Plan, Program } from '../graph/plan.ts'
import type { PlanMemory } from '../graph/plan-memory.ts'
import { openMcpTools, type McpTools } from '../mcp/mcp-tools.ts'
import type { Clock } from '../time/clock.ts'

/** Keeps what the runtime's own parts share between the calls of a process. */
export interface Keeper {
  /** What was made under a name; made now if it was not. */
  keep<T>(name: string, make: () => T): T
}

/** What all calls of a process share, made on first use. */
export interface Shared extends Keeper {
  /** What `share` of the definition made, or undefined when it shares nothing. */
  get(definition: NodeDefinition): Promise<unknown>
  /** The memory of a plan: opened for the first call that asks, with its clock. */
  memory(plan: PlanMemory, definition: MemoryDefinition, clock: Clock): Promise<Memory>
  /**
   * The tools of a program, with those of servers: these are started for whoever asks first.
   * @throws VoxgraphError see `openMcpTools`
   */
  tools(program: Program, clock: Clock): Promise<ReadonlyMap<string, ToolDefinition>>
  /** Compiled schemas of tools. */
  readonly validators: Validators
  /** Ends everything that was made. Failures are logged, none is thrown. */
  close(): Promise<void>
}

/** Makes the holder. Whoever makes it closes it. */
export function createShared(log: Log): Shared {
  const made = new Map<NodeDefinition, Promise<unknown>>()
  const memories = new Map<PlanMemory, Promise<Memory>>()
  const opened: Memory[] = []
  const kept = new Map<string, unknown>()
  const served = new Map<Plan, Promise<McpTools>>()
  const controller = new AbortController()
  const make = async (definition: NodeDefinition): Promise<unknown> => {
    if (definition.kind === 'transport') return undefined
    return definition.share?.({ log, signal: controller.signal })
  }
  const open = async (
    plan: PlanMemory,
    definition: MemoryDefinition,
    clock: Clock,
  ): Promise<Memory> => {
    const memory = await definition.open({ options: plan.options as never, clock, log })
    // It may have hung until nobody waits for it any more.
    if (controller.signal.aborted) await memory.close?.()
    else opened.push(memory)
    return memory
  }
  const serve = async (program: Program, clock: Clock): Promise<McpTools> => {
    const tools = await openMcpTools(program, clock, log)
    if (controller.signal.aborted) await tools.close()
    return tools
  }
  return {
    validators: createValidators(),
    keep<T>(name: string, create: () => T): T {
      if (!kept.has(name)) kept.set(name, create())
      return kept.get(name) as T
    },
    async tools(program, clock) {
      const { plan, tools } = program
      if (plan.servers.length === 0) return tools
      const { tools: more } = await once(served, plan, () => serve(program, clock))
      return new Map([...tools, ...more])
    },
    get: (definition) => once(made, definition, () => make(definition)),
    memory: (plan, definition, clock) => once(memories, plan, () => open(plan, definition, clock)),
    async close() {
      controller.abort()
      const ends = [...made].map(async ([definition, shared]) => {
        if (definition.kind === 'transport') return
        await definition.unshare?.((await shared) as never)
      })
      made.clear()
      memories.clear()
      const closings = opened.splice(0).map(async (memory) => memory.close?.())
      const servers = [...served.values()].map(async (tools) => (await tools).close())
      served.clear()
      for (const end of await Promise.allSettled([...ends, ...closings, ...servers])) {
        if (end.status === 'rejected')
          log.warn('could not be closed', { reason: String(end.reason) })
      }
    },
  }
}

/** What is kept under a key, made when it is first asked for. */
function once<K, V>(kept: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const known = kept.get(key)
  if (known !== undefined) return known
  const made = make()
  kept.set(key, made)
  // A failed attempt is not kept: the next call tries again.
  made.catch(() => kept.delete(key))
  return made
}
