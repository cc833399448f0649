import type { Filler } from './plan.ts'

/** A filler as an option has it, lengths of time in ms; undefined when there is none. */
export function fillerOf(option: unknown): Filler | undefined {
  if (typeof option !== 'object' || option === null) return undefined
  const {
    after = 700,
    say,
    every,
  } = option as {
    readonly after?: number
    readonly say: readonly string[]
    readonly every?: number
  }
  return { afterMs: after, say, everyMs: every }
}
