import { catalogue, type ErrorCode } from './catalogue.ts'

/** Values that a message names. They are printed, so none of them may be a secret. */
export type ErrorParams = Readonly<Record<string, string | number>>

/** An error with a code of the catalogue, what to do about it, and what caused it. */
export class VoxgraphError extends Error {
  override readonly name = 'VoxgraphError'
  readonly code: ErrorCode
  /** What to do, or empty. */
  readonly help: string
  readonly params: ErrorParams

  constructor(code: ErrorCode, params: ErrorParams = {}, options: { cause?: unknown } = {}) {
    super(fill(catalogue[code].message, params), options)
    this.code = code
    this.help = fill(catalogue[code].help, params)
    this.params = params
  }
}

/** Puts values into a template of the catalogue: `{name}` becomes `params.name`. */
export function fill(template: string, params: ErrorParams): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole))
}

/** Message of whatever was thrown. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown)
