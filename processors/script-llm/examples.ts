import type { Pattern } from './pattern.ts'
import type { Slot } from './slots.ts'

/** Sentences that are worked out at most for one rule. */
const most = 2000

/** Stands for free words; nobody says it. */
const anything = ['xqz']

type Sentence = readonly string[]

/** Every sentence that patterns stand for; undefined when there are too many, or a slot is unknown. */
export function examplesOf(
  patterns: readonly Pattern[],
  slots: ReadonlyMap<string, Slot>,
): readonly Sentence[] | undefined {
  const sentences: Sentence[] = []
  for (const pattern of patterns) {
    const more = sentencesOf(pattern, slots)
    if (more === undefined || sentences.length + more.length > most) return undefined
    sentences.push(...more)
  }
  return sentences
}

function sentencesOf(
  pattern: Pattern,
  slots: ReadonlyMap<string, Slot>,
): readonly Sentence[] | undefined {
  if (pattern.kind === 'word') return [[pattern.word]]
  if (pattern.kind === 'slot') {
    const slot = slots.get(pattern.slot)
    if (slot === undefined) return undefined
    return slot.kind === 'words' ? [anything] : slot.values.map(({ words }) => words)
  }
  const parts = pattern.parts.map((part) => sentencesOf(part, slots))
  const isAll = pattern.kind === 'all'
  let made: readonly Sentence[] = isAll ? [[]] : []
  for (const part of parts) {
    if (part === undefined) return undefined
    if (made.length * (isAll ? part.length : 1) + (isAll ? 0 : part.length) > most) return undefined
    made = isAll
      ? made.flatMap((start) => part.map((rest) => [...start, ...rest]))
      : [...made, ...part]
  }
  return made
}
