import type { Log, Memory, MemoryDefinition, Remembered } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { Json } from '../frames/index.ts'
import type { PlanMemory } from '../graph/plan-memory.ts'
import type { Program } from '../graph/plan.ts'
import type { Clock } from '../time/clock.ts'
import type { CallVars } from './call-vars.ts'
import { callLog, type Logged } from './call-log.ts'
import { callerIdOf } from './caller-id.ts'
import { inTime } from './deadline.ts'
import { lookUp } from './expand.ts'
import { withoutSecrets } from './failure.ts'
import type { Shared } from './shared.ts'

/**
 * How long a call waits for its memory when it begins and when it ends, in ms: no caller hears dead air for
 * longer than two seconds.
 */
export const memoryDeadlineMs = 2_000

/** What the memory of one call is made from. */
export interface CallerMemoryInit extends Logged {
  readonly program: Program
  readonly shared: Shared
  readonly vars: CallVars
  /** Variables that the connection brought: they are newer than what is remembered. */
  readonly given: readonly string[]
}

/** The memory of a call; undefined in a graph that has none. */
export function callerMemory(init: CallerMemoryInit): CallerMemory | undefined {
  const { plan, memory } = init.program
  return plan.memory && memory && new CallerMemory(init, plan.memory, memory)
}

/**
 * What one call knows of its caller from calls before, and what it leaves for the next. A memory that fails
 * or hangs is a warning in the log; the call goes on without it.
 */
class CallerMemory {
  readonly #plan: PlanMemory
  readonly #open: () => Promise<Memory>
  readonly #clock: Clock
  readonly #log: Log
  readonly #vars: CallVars
  readonly #given: readonly string[]
  #caller = ''
  /** Variables that have changed and are not written. */
  readonly #changed = new Set<string>()
  #writing: Promise<void> | undefined
  #hasFailedToWrite = false

  constructor(init: CallerMemoryInit, plan: PlanMemory, definition: MemoryDefinition) {
    this.#plan = plan
    this.#clock = init.clock
    this.#open = () => init.shared.memory(plan, definition, init.clock)
    this.#log = callLog(init, '')
    this.#vars = init.vars
    this.#given = init.given
  }

  /**
   * Sets the kept variables to what is remembered of the caller, and remembers their changes from then on.
   * Waits 2 s on the clock at most; never rejects. To be called once, before anybody reads variables.
   */
  async recall(): Promise<void> {
    const caller = callerIdOf(lookUp(this.#vars.current, this.#plan.caller))
    if (caller === undefined) return
    let known: Remembered | undefined
    const recalling = async (): Promise<void> => {
      const memory = await this.#open()
      known = await memory.recall(caller)
    }
    await this.#inTime('recall', recalling())
    this.#take(known)
    this.#vars.onChange((name) => {
      if (!this.#plan.keep.includes(name)) return
      this.#changed.add(name)
      this.#writing ??= this.#write(caller)
    })
    this.#caller = caller
  }

  /** Waits until the last change is written, 2 s on the clock at most. Never rejects. */
  async close(): Promise<void> {
    // What could not be written before gets another chance.
    if (this.#changed.size > 0) this.#writing ??= this.#write(this.#caller)
    if (this.#writing !== undefined) await this.#inTime('remember', this.#writing)
  }

  #take(known: Remembered | undefined): void {
    if (typeof known !== 'object' || known === null) return
    let isKnown = false
    for (const name of this.#plan.keep) {
      if (!Object.hasOwn(known, name)) continue
      try {
        if (!this.#given.includes(name)) this.#vars.set(name, known[name] as Json)
        isKnown = true
      } catch (thrown) {
        // The graph may have given the variable another type since.
        this.#log.warn(reasonOf(thrown))
      }
    }
    if (isKnown) this.#vars.know()
  }

  /** Writes changes until there are none: one write at a time, each with all that has come meanwhile. */
  async #write(caller: string): Promise<void> {
    try {
      const memory = await this.#open()
      while (this.#changed.size > 0) {
        const names = [...this.#changed]
        this.#changed.clear()
        await memory.remember(caller, this.#valuesOf(names)).catch((thrown: unknown) => {
          for (const name of names) this.#changed.add(name)
          throw thrown
        })
        this.#hasFailedToWrite = false
      }
    } catch (thrown) {
      // What changes often would say it often.
      if (!this.#hasFailedToWrite) this.#warn('remember', thrown)
      this.#hasFailedToWrite = true
    }
    this.#writing = undefined
  }

  #valuesOf(names: readonly string[]): Remembered {
    const { current } = this.#vars
    return Object.fromEntries(names.map((name) => [name, current[name] as Json]))
  }

  async #inTime(what: string, work: Promise<void>): Promise<void> {
    try {
      if (await inTime(this.#clock, memoryDeadlineMs, work)) return
      const params = { use: this.#plan.use, what, ms: memoryDeadlineMs }
      this.#log.warn(new VoxgraphError('memory-timeout', params).message)
    } catch (thrown) {
      this.#warn(what, thrown)
    }
  }

  #warn(what: string, thrown: unknown): void {
    const reason = withoutSecrets(reasonOf(thrown), this.#plan)
    const params = { use: this.#plan.use, what, reason }
    this.#log.warn(new VoxgraphError('memory-failed', params).message)
  }
}
