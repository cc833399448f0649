import type { RequestBody } from './long-call.ts'

/** A request as the cache reads it: tools, prompt, what was said, block by block, without the marks. */
export function blocksOf({ tools = [], system, messages }: RequestBody): readonly string[] {
  const said = messages.flatMap(({ role, content }) => content.map((block) => ({ role, ...block })))
  return [...tools, ...system, ...said].map((block) =>
    JSON.stringify({ ...block, cache_control: undefined }),
  )
}

/** How many blocks of a request are marked to be kept: all up to the last mark. */
export function markedBlocks({ tools = [], system, messages }: RequestBody): number {
  const all = [...tools, ...system, ...messages.flatMap(({ content }) => content)]
  return all.findLastIndex((block) => 'cache_control' in block) + 1
}

/** How many blocks two requests begin with that are the same to the byte. */
export function sameBlocks(one: readonly string[], other: readonly string[]): number {
  const differs = one.findIndex((block, index) => block !== other[index])
  return differs < 0 ? one.length : differs
}

/**
 * What is wrong with a request, after the one before it: something has changed that the service had kept. The
 * last turns of both sides may change: the caller goes on speaking, or cuts the answer short.
 */
export function prefixFault(earlier: RequestBody, later: RequestBody): string | undefined {
  const [before, after] = [blocksOf(earlier), blocksOf(later)]
  const lastTurns = earlier.messages.slice(-2).flatMap(({ content }) => content).length
  const same = sameBlocks(before, after)
  if (same >= before.length - lastTurns) return undefined
  return `block ${same} of ${before.length} was ${before[same]} and is ${after[same]}`
}
