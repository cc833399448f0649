import { parsePhrase, type Phrase, type Slots } from './phrase.ts'
import { SttError } from './stt-error.ts'

/** What a recogniser is to know. */
export interface GrammarSpec {
  /** What callers say, see `parsePhrase`. */
  readonly phrases: readonly string[]
  readonly slots?: Slots
}

/** From one state to another over a word. */
export interface Transition {
  readonly from: number
  readonly to: number
  readonly word: string
}

/** A deterministic automaton without loops: it starts in state 0. */
export interface Grammar {
  readonly states: number
  readonly transitions: readonly Transition[]
  /** States in which a phrase may end. */
  readonly final: readonly number[]
  /** Every word once, in order of the alphabet. */
  readonly words: readonly string[]
}

/** Most transitions a grammar may have; each takes 2 kB in the recogniser. */
export const mostTransitions = 6_000
/** Most states on the way to the smallest automaton. */
const mostStates = 50_000

/**
 * Makes the smallest automaton that takes exactly these phrases: beginnings and ends that phrases have in
 * common are there once.
 *
 * @throws SttError `bad-phrase`, `grammar-too-large`
 */
export function compileGrammar(spec: GrammarSpec): Grammar {
  const { slots = {} } = spec
  if (spec.phrases.length === 0) throw new SttError('bad-phrase', 'There are no phrases.')
  const machine = createMachine()
  const end = machine.state()
  for (const text of spec.phrases) {
    machine.step(machine.add(parsePhrase(text, slots), 0), end)
  }
  const grammar = minimise(determine(machine.arcs, end))
  if (grammar.transitions.length > mostTransitions) throw tooLarge(grammar.transitions.length)
  return grammar
}

interface Arc {
  /** Undefined for a step without a word. */
  readonly word: string | undefined
  readonly to: number
}

interface Machine {
  /** Arcs out of each state. */
  readonly arcs: Arc[][]
  state(): number
  /** Goes on without a word. */
  step(from: number, to: number): void
  /** Adds a phrase that begins in `from`; returns where it ends. */
  add(phrase: Phrase, from: number): number
}

function createMachine(): Machine {
  const arcs: Arc[][] = [[]]
  const machine: Machine = {
    arcs,
    state: () => {
      if (arcs.length > mostStates) throw tooLarge(arcs.length)
      return arcs.push([]) - 1
    },
    step: (from, to) => arcs[from]?.push({ word: undefined, to }),
    add(phrase, from) {
      if (phrase.kind === 'sequence') {
        return phrase.parts.reduce((place, part) => machine.add(part, place), from)
      }
      const to = machine.state()
      if (phrase.kind === 'word') arcs[from]?.push({ word: phrase.word, to })
      else for (const part of phrase.parts) machine.step(machine.add(part, from), to)
      return to
    },
  }
  return machine
}

interface State {
  readonly isFinal: boolean
  readonly next: ReadonlyMap<string, number>
}

/** The subset construction: every set of states that can be reached together becomes one. */
function determine(arcs: readonly (readonly Arc[])[], end: number): State[] {
  const sets: number[][] = []
  const ids = new Map<string, number>()
  const idOf = (states: Iterable<number>): number => {
    const closed = closure(arcs, states)
    const key = closed.join()
    const known = ids.get(key)
    if (known !== undefined) return known
    if (sets.length > mostStates) throw tooLarge(sets.length)
    ids.set(key, sets.length)
    return sets.push(closed) - 1
  }
  idOf([0])
  const result: State[] = []
  for (const set of sets) {
    const reached = Map.groupBy(
      set.flatMap((state) => arcs[state] ?? []),
      (arc) => arc.word,
    )
    const next = new Map<string, number>()
    for (const [word, group] of reached) {
      if (word !== undefined) next.set(word, idOf(group.map((arc) => arc.to)))
    }
    result.push({ isFinal: set.includes(end), next })
  }
  return result
}

/** The states and what is reached from them without a word, in order. */
function closure(arcs: readonly (readonly Arc[])[], states: Iterable<number>): number[] {
  const reached = new Set(states)
  for (const state of reached) {
    for (const arc of arcs[state] ?? []) if (arc.word === undefined) reached.add(arc.to)
  }
  return [...reached].sort((one, other) => one - other)
}

/** Joins states from which the same phrases lead on, ends first; there are no loops. */
function minimise(states: readonly State[]): Grammar {
  const ids = new Map<string, number>()
  const joined = new Map<number, number>()
  const transitions: Transition[] = []
  const final: number[] = []
  function join(index: number): number {
    const known = joined.get(index)
    if (known !== undefined) return known
    const { isFinal, next } = states[index] ?? { isFinal: false, next: new Map<string, number>() }
    const arcs = [...next].map(([word, to]) => ({ word, to: join(to) }))
    const key = JSON.stringify([isFinal, arcs.map((arc) => `${arc.word} ${arc.to}`).sort()])
    // The start keeps a number of its own; nothing leads back to it.
    const id = ids.get(key) ?? (index === 0 ? 0 : ids.size + 1)
    joined.set(index, id)
    if (ids.has(key)) return id
    ids.set(key, id)
    for (const arc of arcs) transitions.push({ from: id, ...arc })
    if (isFinal) final.push(id)
    return id
  }
  join(0)
  const words = [...new Set(transitions.map((transition) => transition.word))].toSorted()
  return { states: ids.size + 1, transitions, final, words }
}

const tooLarge = (size: number): SttError =>
  new SttError(
    'grammar-too-large',
    `The phrases need ${size} transitions; a recogniser takes ${mostTransitions}.`,
  )
