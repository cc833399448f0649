import type { ParseArgsOptionsConfig } from 'node:util'

/** Where a command reads and writes; tests give it buffers. */
export interface Terminal {
  readonly out: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly err: NodeJS.WritableStream & { readonly isTTY?: boolean }
  readonly cwd: string
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly signal: AbortSignal
}

/** Exit codes: done; the work found something wrong; the command line makes no sense. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** One command of the CLI: one file each. */
export interface Command {
  readonly name: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** What stands after `voxgraph <name>`, for example `<graph.yaml> [options]`. */
  readonly usage: string
  /** Options for `parseArgs`; `describe` has one line for each. */
  readonly options: ParseArgsOptionsConfig
  readonly describe: Readonly<Record<string, string>>
  /** Longer help, printed under the options: examples. */
  readonly examples?: readonly string[]
  /** @returns the exit code */
  run(args: CommandArgs, terminal: Terminal): Promise<number>
}

/** The parsed command line. */
export interface CommandArgs {
  readonly positionals: readonly string[]
  readonly values: Readonly<
    Record<string, string | boolean | readonly (string | boolean)[] | undefined>
  >
}

/** Thrown by a command whose arguments make no sense; printed with the usage line, exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
