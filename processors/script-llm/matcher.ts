import type { Pattern } from './pattern.ts'
import { mostFreeWords, type Slot, type SlotValue } from './slots.ts'

/** What a pattern found in what was said. */
export interface Match {
  /** Words of it that the pattern accounts for; words of a free slot do not count. */
  readonly covered: number
  readonly fills: ReadonlyMap<string, SlotValue>
}

/** Finds a pattern anywhere in what was said: the place that accounts for most words, the last of equals. */
export type Matcher = (words: readonly string[]) => Match | undefined

/** A step of a pattern laid out for matching. Steps only lead forwards, so a match always ends. */
type Step =
  | { readonly kind: 'word'; readonly word: string; readonly next: Step }
  | { readonly kind: 'free'; readonly next: Step }
  | { readonly kind: 'split'; readonly to: readonly Step[] }
  | {
      readonly kind: 'fill'
      readonly slot: string
      /** Undefined: the free words before it. */
      readonly value: SlotValue | undefined
      readonly next: Step
    }
  | { readonly kind: 'end' }

interface Thread {
  readonly covered: number
  readonly fills: readonly (readonly [string, SlotValue])[]
  readonly free: readonly string[]
}

const end: Step = { kind: 'end' }
const fresh: Thread = { covered: 0, fills: [], free: [] }

/**
 * Makes the matcher of a pattern. It keeps at most one way to be at each step, so its time is bounded by
 * words × steps, whatever is said.
 */
export function createMatcher(pattern: Pattern, slots: ReadonlyMap<string, Slot>): Matcher {
  const first = layOut(pattern, end, slots)
  return (words) => {
    const best = bestMatch(first, words)
    return best && { covered: best.covered, fills: new Map(best.fills) }
  }
}

function layOut(pattern: Pattern, next: Step, slots: ReadonlyMap<string, Slot>): Step {
  switch (pattern.kind) {
    case 'word':
      return { kind: 'word', word: pattern.word, next }
    case 'all':
      return pattern.parts.reduceRight((after, part) => layOut(part, after, slots), next)
    case 'any':
      return { kind: 'split', to: pattern.parts.map((part) => layOut(part, next, slots)) }
    case 'slot':
      return layOutSlot(pattern.slot, next, slots)
  }
}

function layOutSlot(name: string, next: Step, slots: ReadonlyMap<string, Slot>): Step {
  const slot = slots.get(name)
  if (slot === undefined) throw new Error(`there is no slot called "${name}"`)
  if (slot.kind === 'words') {
    const filled: Step = { kind: 'fill', slot: name, value: undefined, next }
    let step: Step = { kind: 'free', next: filled }
    for (let count = 1; count < mostFreeWords; count++) {
      step = { kind: 'free', next: { kind: 'split', to: [step, filled] } }
    }
    return step
  }
  const to = slot.values.map(({ heard, value, words }) => {
    const filled: Step = { kind: 'fill', slot: name, value: { heard, value }, next }
    return words.reduceRight<Step>((after, word) => ({ kind: 'word', word, next: after }), filled)
  })
  return { kind: 'split', to }
}

function bestMatch(first: Step, words: readonly string[]): Thread | undefined {
  let best: Thread | undefined
  /** Goes through what takes no word. Of two ways to one step the one that accounts for more goes on. */
  const enter = (step: Step, thread: Thread, into: Map<Step, Thread>): void => {
    if (thread.covered <= (into.get(step)?.covered ?? -1)) return
    into.set(step, thread)
    if (step.kind === 'split') {
      for (const way of step.to) enter(way, thread, into)
    } else if (step.kind === 'fill') {
      const heard = thread.free.join(' ')
      const value = step.value ?? { heard, value: heard }
      const fills = [...thread.fills, [step.slot, value] as const]
      enter(step.next, { covered: thread.covered, fills, free: [] }, into)
    } else if (step.kind === 'end' && thread.covered >= (best?.covered ?? 1)) best = thread
  }
  let threads = new Map<Step, Thread>()
  for (const word of words) {
    enter(first, fresh, threads)
    const next = new Map<Step, Thread>()
    for (const [step, thread] of threads) {
      const { covered, fills, free } = thread
      if (step.kind === 'free') enter(step.next, { covered, fills, free: [...free, word] }, next)
      else if (step.kind === 'word' && step.word === word) {
        enter(step.next, { covered: covered + 1, fills, free }, next)
      }
    }
    threads = next
  }
  return best
}
