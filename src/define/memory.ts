import { VoxgraphError } from '../errors/index.ts'
import type { Json } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import type { Clock } from '../time/clock.ts'
import type { Log } from './processor.ts'

/** Values of variables by name. */
export type Remembered = Readonly<Record<string, Json>>

/** Longest id of a caller, in characters: four times the longest SIP address that is seen in practice. */
export const longestCaller = 256

/** Most that is remembered of one caller, in characters of JSON: six variables of the longest kind. */
export const longestMemory = 65_536

/**
 * What is known of callers beyond their calls. One for all calls of a process: two calls of one caller may
 * ask at the same time. What it has to wait for it registers with the clock that it was opened with.
 */
export interface Memory {
  /** Everything that is remembered of a caller; undefined for one who is not known. */
  recall(caller: string): Promise<Remembered | undefined>
  /**
   * Puts values beside those that are remembered, and in the place of those of the same name; see
   * `mergeRemembered`. Nothing is changed when it fails.
   */
  remember(caller: string, values: Remembered): Promise<void>
  /** Deletes everything about a caller. True when there was something. */
  forget(caller: string): Promise<boolean>
  /** Called once, when nobody asks any more. */
  close?(): void | Promise<void>
}

/** What `open` of a memory gets. */
export interface MemoryContext<Options> {
  readonly options: Options
  /** The clock of the calls. `wall()` is for what shall be forgotten after some time. */
  readonly clock: Clock
  readonly log: Log
}

/** What the author of a memory writes. */
export interface MemorySpec<S extends JsonSchema> {
  /** Name in YAML, kebab-case. */
  readonly id: string
  /** One sentence. */
  readonly summary: string
  /** JSON Schema of `with`. It is opened once for all calls, so no option can hold variables of a call. */
  readonly options: S
  /** False when it ends with the process: then nobody can look into it from outside. True unless given. */
  readonly lasting?: boolean
  /** Called when the first call of the process needs it. A failed attempt is made again by the next call. */
  readonly open: (ctx: MemoryContext<Infer<S>>) => Memory | Promise<Memory>
}

/** A memory as the runtime holds it. It is no node: it has no ports, and no frame passes it. */
export interface MemoryDefinition {
  readonly kind: 'memory'
  readonly id: string
  readonly summary: string
  readonly role: 'memory'
  readonly ports: { readonly in: Record<never, never>; readonly out: Record<never, never> }
  readonly options: JsonSchema
  readonly safety: false
  readonly realTime: false
  readonly lasting: boolean
  readonly open: (ctx: MemoryContext<never>) => Promise<Memory>
}

/**
 * Defines a memory of callers. The helper refuses ids and values that are longer than its bounds before
 * the author's code sees them.
 */
export function defineMemory<const S extends JsonSchema>(spec: MemorySpec<S>): MemoryDefinition {
  return {
    kind: 'memory',
    id: spec.id,
    summary: spec.summary,
    role: 'memory',
    ports: { in: {}, out: {} },
    options: spec.options,
    safety: false,
    realTime: false,
    lasting: spec.lasting ?? true,
    open: async (ctx) => bounded(await spec.open(ctx as MemoryContext<Infer<S>>)),
  }
}

/**
 * The JSON of what is remembered of a caller after new values have come: what a memory keeps.
 * @throws VoxgraphError `memory-full` when it would be longer than `longestMemory`
 */
export function mergeRemembered(known: Remembered | undefined, values: Remembered): string {
  const json = JSON.stringify({ ...known, ...values })
  if (json.length <= longestMemory) return json
  throw new VoxgraphError('memory-full', { length: json.length, limit: longestMemory })
}

function bounded(memory: Memory): Memory {
  const checked = (caller: string): string => {
    // Half a character pair has no UTF-8: two such ids could become one.
    if (caller !== '' && caller.length <= longestCaller && caller.isWellFormed()) return caller
    throw new VoxgraphError('bad-caller', { length: caller.length, limit: longestCaller })
  }
  return {
    recall: async (caller) => memory.recall(checked(caller)),
    remember: async (caller, values) => {
      mergeRemembered(undefined, values)
      return memory.remember(checked(caller), values)
    },
    forget: async (caller) => memory.forget(checked(caller)),
    close: () => memory.close?.(),
  }
}
