import { browserErrors } from './browser-errors.ts'
import { graphErrors } from './graph-errors.ts'
import { providerErrors } from './provider-errors.ts'
import { runtimeErrors } from './runtime-errors.ts'
import { serverErrors } from './server-errors.ts'
import { wireErrors } from './wire-errors.ts'

/** An entry of the catalogue. Templates name their values in braces. */
export interface ErrorEntry {
  readonly message: string
  /** What to do about it; may be empty. */
  readonly help: string
}

/** Every code there is. A code that is retired is never used again. */
export const catalogue = {
  ...graphErrors,
  ...runtimeErrors,
  ...providerErrors,
  ...serverErrors,
  ...wireErrors,
  ...browserErrors,
} as const satisfies Record<string, ErrorEntry>

/** A code of the catalogue. */
export type ErrorCode = keyof typeof catalogue
