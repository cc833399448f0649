import { wordsOf } from './words.ts'

/** What a pattern says, as a tree. */
export type Pattern =
  | { readonly kind: 'word'; readonly word: string }
  | { readonly kind: 'slot'; readonly slot: string }
  | { readonly kind: 'all'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'any'; readonly parts: readonly Pattern[] }

/** Longest pattern in characters, and how deep its brackets may go. */
const longest = 2000
const deepest = 20

const nothing: Pattern = { kind: 'all', parts: [] }

/**
 * Reads a pattern: words, `a|b` alternatives, `(…)` groups, `[…]` what may be left out, `{slot}`. Case
 * and punctuation do not matter.
 * @throws Error that says what is wrong with it
 */
export function parsePattern(text: string): Pattern {
  if (text.length > longest) throw new Error(`it is longer than ${longest} characters`)
  const tokens = text.match(/\{[^{}]*\}|[()[\]|]|[{}]|[^()[\]|{}]+/g) ?? []
  let at = 0

  function alternatives(depth: number): Pattern {
    if (depth > deepest) throw new Error(`its brackets go deeper than ${deepest}`)
    const parts = [sequence(depth)]
    while (tokens[at] === '|') {
      at++
      parts.push(sequence(depth))
    }
    return parts.length === 1 ? (parts[0] ?? nothing) : { kind: 'any', parts }
  }

  function sequence(depth: number): Pattern {
    const parts: Pattern[] = []
    for (;;) {
      const token = tokens[at]
      if (token === undefined || token === '|' || token === ')' || token === ']') break
      at++
      if (token === '(') parts.push(closed(')', depth))
      else if (token === '[') parts.push({ kind: 'any', parts: [closed(']', depth), nothing] })
      else if (token.startsWith('{') || token === '}') parts.push(slotOf(token))
      else parts.push(...wordsOf(token).map((word): Pattern => ({ kind: 'word', word })))
    }
    return parts.length === 1 ? (parts[0] ?? nothing) : { kind: 'all', parts }
  }

  function closed(bracket: ')' | ']', depth: number): Pattern {
    const inner = alternatives(depth + 1)
    if (tokens[at] !== bracket) throw new Error(`a "${bracket}" is missing`)
    at++
    return inner
  }

  const pattern = alternatives(0)
  if (at < tokens.length) throw new Error(`there is a "${tokens[at] ?? ''}" too many`)
  return pattern
}

function slotOf(token: string): Pattern {
  const slot = /^\{\s*([a-z][a-z0-9_]*)\s*\}$/.exec(token)?.[1]
  if (slot === undefined) {
    throw new Error(`"${token}" is no slot: write {name} in lower case, digits and "_"`)
  }
  return { kind: 'slot', slot }
}

/** Slots that are in every sentence the pattern stands for. */
export function certainSlots(pattern: Pattern): ReadonlySet<string> {
  if (pattern.kind === 'slot') return new Set([pattern.slot])
  if (pattern.kind === 'word') return new Set()
  const sets = pattern.parts.map(certainSlots)
  if (pattern.kind === 'all') return new Set(sets.flatMap((set) => [...set]))
  return inAll(sets)
}

/** Slots anywhere in the pattern. */
export function slotsIn(pattern: Pattern): ReadonlySet<string> {
  if (pattern.kind === 'slot') return new Set([pattern.slot])
  if (pattern.kind === 'word') return new Set()
  return new Set(pattern.parts.flatMap((part) => [...slotsIn(part)]))
}

/** What is in all of several sets. */
export function inAll(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const [first = new Set<string>(), ...rest] = sets
  return new Set([...first].filter((name) => rest.every((set) => set.has(name))))
}
