import type { Usage } from '../frames/index.ts'

/** What is said in a call. */
export interface Talk {
  /** Of the caller, each of them answered. */
  readonly turns: number
  /** Tokens of what the caller, and the bot, says in one turn. */
  readonly callerTokens: number
  readonly botTokens: number
}

/** A model, as far as it matters what it is told. */
export interface Mind {
  /** Prompt and tools: told first, and each time the same. */
  readonly prefixTokens: number
  /** Most of the conversation that it is told. */
  readonly windowTokens: number
  /** Turns that it is told in any case. */
  readonly keptTurns: number
  /** A question that is shorter is not cached; undefined: none is. */
  readonly cacheFrom: number | undefined
}

/** Turns of a call in which a model is asked, from the first up to, and without, the last. */
export interface Asking {
  readonly from: number
  readonly to: number
  readonly isCached: boolean
}

/** What is left of the window when it has slid, as in the conversation. */
const keptShare = 0.75

/**
 * What a model uses that is asked once in each of some turns. It is told its prefix, all that was said since the
 * call began as far as the window goes, and what the caller has just said; it answers with what the bot says.
 * With a cache, a question reads what it has in common with the one before, and writes the rest.
 */
export function askThrough(mind: Mind, talk: Talk, { from, to, isCached }: Asking): Usage {
  const { prefixTokens, cacheFrom } = mind
  const { callerTokens, botTokens } = talk
  const sum = { input: 0, read: 0, written: 0 }
  /** Tokens of the last question that lie in the cache. */
  let cached = 0
  let dropped = 0
  for (let turn = from; turn < to; turn++) {
    const left = leftOut(mind, talk, turn, dropped)
    // What comes after the prefix has moved.
    if (left !== dropped)
      cached = keeps(prefixTokens, cacheFrom) ? Math.min(cached, prefixTokens) : 0
    dropped = left
    const told = prefixTokens + (turn - dropped) * (callerTokens + botTokens) + callerTokens
    if (isCached && keeps(told, cacheFrom)) {
      sum.read += cached
      sum.written += told - cached
      cached = told
    } else sum.input += told
  }
  const units = {
    input_tokens: sum.input,
    cache_read_tokens: sum.read,
    cache_write_tokens: sum.written,
    output_tokens: (to - from) * botTokens,
  }
  const used = Object.entries(units).map(([unit, tokens]) => [unit, Math.round(tokens)] as const)
  return Object.fromEntries(used.filter(([, tokens]) => tokens > 0))
}

const keeps = (tokens: number, cacheFrom: number | undefined): boolean =>
  cacheFrom !== undefined && tokens >= cacheFrom

/** Turns that a question leaves out from the beginning: when the window is full, it slides by a quarter. */
function leftOut(
  mind: Mind,
  { callerTokens, botTokens }: Talk,
  turn: number,
  dropped: number,
): number {
  const { windowTokens, keptTurns } = mind
  const sizeFrom = (first: number): number =>
    (turn - first) * (callerTokens + botTokens) + callerTokens
  if (sizeFrom(dropped) <= windowTokens) return dropped
  let left = dropped
  while (left < turn - keptTurns && sizeFrom(left) > windowTokens * keptShare) left++
  return left
}
