import type { Manifest } from '../define/index.ts'
import type { CodeRef } from './plan.ts'

/** What is known of callers beyond their calls: where it is kept, and what of it. */
export interface PlanMemory {
  /** As written: `sqlite-memory`, `./my-memory.ts`. */
  readonly use: string
  readonly code: CodeRef
  readonly manifest: Manifest
  /** Checked, with defaults; durations in ms. */
  readonly options: Readonly<Record<string, unknown>>
  /** Variable that says who is calling: `call.from`. */
  readonly caller: string
  /** Declared variables that are recalled and remembered; at least one. */
  readonly keep: readonly string[]
}
