import type { Dialogue, Rule } from './dialogue.ts'
import type { State, Unfinished } from './follow.ts'
import type { Match } from './matcher.ts'
import type { SlotValue } from './slots.ts'

/** What answers the caller. */
export type Choice = { readonly fills: ReadonlyMap<string, SlotValue> } & (
  | { readonly kind: 'resume'; readonly unfinished: Unfinished }
  /** `topic`: a rule that counts only now. `slots`: a slot of the task under way was named. */
  | { readonly kind: 'topic' | 'slots' | 'rule'; readonly rule: Rule }
)

/**
 * What accounts for most words of what was said. Of equals: going on with a cut answer, then the topic that
 * is open, then a slot that is asked for, then the first rule of the dialogue.
 */
export function choose(
  dialogue: Dialogue,
  state: State,
  words: readonly string[],
): Choice | undefined {
  const { unfinished, task } = state
  let best: Choice | undefined
  let most = 0
  const offer = (match: Match | undefined, make: (match: Match) => Choice): void => {
    if (match === undefined || match.covered <= most) return
    most = match.covered
    best = make(match)
  }
  if (unfinished !== undefined) {
    const match = unfinished.rule.cutShort?.match(words)
    offer(match, ({ fills }) => ({ kind: 'resume', unfinished, fills }))
  }
  for (const rule of state.topic) {
    offer(rule.match(words), ({ fills }) => ({ kind: 'topic', rule, fills }))
  }
  if (task !== undefined) {
    const named = findSlots(dialogue, task, words)
    offer(named, ({ fills }) => ({ kind: 'slots', rule: task, fills }))
  }
  for (const rule of dialogue.rules) {
    offer(rule.match(words), ({ fills }) => ({ kind: 'rule', rule, fills }))
  }
  return best ?? freeAnswer(dialogue, state, words)
}

/** Values of the slots of a task, wherever they are in what was said; of one slot the last. */
function findSlots(dialogue: Dialogue, task: Rule, words: readonly string[]): Match | undefined {
  const fills = new Map<string, SlotValue>()
  const taken = new Set<number>()
  for (const name of task.ask.keys()) {
    const slot = dialogue.slots.get(name)
    if (slot?.kind !== 'choice') continue
    const places = slot.values.flatMap((value) => placesOf(value.words, words, value))
    const free = places.filter(({ from, until }) => !range(from, until).some((at) => taken.has(at)))
    const last = free.sort((a, b) => b.until - b.from - (a.until - a.from) || b.from - a.from)[0]
    if (last === undefined) continue
    fills.set(name, { heard: last.value.heard, value: last.value.value })
    for (const at of range(last.from, last.until)) taken.add(at)
  }
  return fills.size === 0 ? undefined : { covered: taken.size, fills }
}

function placesOf<T>(
  part: readonly string[],
  words: readonly string[],
  value: T,
): { readonly from: number; readonly until: number; readonly value: T }[] {
  const last = words.length - part.length
  return range(0, last + 1)
    .filter((from) => part.every((word, index) => words[from + index] === word))
    .map((from) => ({ from, until: from + part.length, value }))
}

const range = (from: number, until: number): number[] =>
  Array.from({ length: Math.max(0, until - from) }, (_, index) => from + index)

/** Where a slot of free words is asked for, whatever nobody else understands is the answer. */
function freeAnswer(
  dialogue: Dialogue,
  { task, slots }: State,
  words: readonly string[],
): Choice | undefined {
  const asked = [...(task?.ask.keys() ?? [])].find((name) => !slots.has(name))
  if (task === undefined || asked === undefined || words.length === 0) return undefined
  if (dialogue.slots.get(asked)?.kind !== 'words') return undefined
  const heard = words.join(' ')
  return { kind: 'slots', rule: task, fills: new Map([[asked, { heard, value: heard }]]) }
}
