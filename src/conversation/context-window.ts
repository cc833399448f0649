import type { Message } from '../define/index.ts'

/** How much of the conversation the model is told. */
export interface ContextWindow {
  /** About so many tokens at most, of 4 characters. */
  readonly tokens: number
  /** Entries that are told in any case, the newest first. */
  readonly keep: number
}

/** The option `window` of a brain; undefined where there is none. */
export const windowOf = (option: unknown): ContextWindow | undefined =>
  option as ContextWindow | undefined

/** Characters in a token of ordinary English, as the makers of models count. */
const lettersPerToken = 4
/** What is left of the window when it has slid: so it slides seldom, and the prefix keeps its bytes meanwhile. */
const keptShare = 0.75

/**
 * How many entries to leave out from the beginning, so that the rest fits. It leaves out whole turns: what
 * is left begins with something that the caller said. Undefined entries count for nothing.
 */
export function dropOldest(
  window: ContextWindow,
  entries: readonly (Message | undefined)[],
): number {
  const sizes = entries.map(sizeOf)
  let size = sizes.reduce((sum, one) => sum + one, 0)
  if (size <= window.tokens * lettersPerToken) return 0
  const enough = window.tokens * lettersPerToken * keptShare
  const most = entries.length - window.keep
  let from = 0
  for (let index = 0; index < most && size > enough; index++) {
    const entry = entries[index]
    // Its result is on the way: the model must know of what.
    if (entry?.role === 'tool' && entry.result.status === 'pending') break
    size -= sizes[index] ?? 0
    if (entries[index + 1]?.role === 'user') from = index + 1
  }
  return from
}

function sizeOf(message: Message | undefined): number {
  if (message === undefined) return 0
  if (message.role === 'handoff') return JSON.stringify(message).length
  if (message.role !== 'tool') return message.text.length
  return JSON.stringify([message.name, message.arguments, message.result]).length
}
