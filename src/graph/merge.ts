import { memberKeys, node, wholeGraph, type MergePlace } from './merge-places.ts'
import { entryOf, isEmpty, type Entry, type MapTree, type Tree } from './tree.ts'

/** What a value means, wherever it stands: two that give the same text mean the same thing. */
export type Meaning = (tree: Tree) => string

/**
 * Lays one graph over another. Maps merge by key; scalars and lists replace; `null` removes what is there. Where
 * something becomes another thing (a node with another processor), what belonged to the old one is dropped.
 * Values keep the places where they were written.
 */
export const mergeGraphs = (base: MapTree, over: MapTree, meaning: Meaning): MapTree =>
  mergeMaps(withoutOldDefaults(base, over, meaning), over, wholeGraph, meaning)

/**
 * Where the processor of all agents becomes another, the options go that agents gave to the old one: theirs are
 * those that name no processor of their own.
 */
function withoutOldDefaults(base: MapTree, over: MapTree, meaning: Meaning): MapTree {
  const changed = memberKeys.filter((key) => {
    const [below, above] = [base, over].map((map) => valueAt(map, ['defaults', 'agent', key]))
    if (below === undefined || above === undefined) return false
    const [old, now] = [spelledOut(below, emptyMap, node), spelledOut(above, emptyMap, node)]
    return old.kind === 'map' && now.kind === 'map' && becomesOther(old, now, node, meaning)
  })
  if (changed.length === 0) return base
  const strip = (value: Tree): Tree =>
    value.kind !== 'map' || entryOf(value, 'use') !== undefined
      ? value
      : { ...value, entries: value.entries.filter(({ key }) => !node.owned?.includes(key)) }
  const ofAgent = (agent: Tree): Tree => changeIn(agent, (key) => changed.includes(key), strip)
  const ofAgents = (agents: Tree): Tree => changeIn(agents, () => true, ofAgent)
  return changeIn(base, (key) => key === 'agents', ofAgents)
}

const emptyMap: MapTree = { kind: 'map', span: { start: 0, end: 0 }, entries: [] }

const valueAt = (tree: Tree, [key, ...rest]: readonly string[]): Tree | undefined => {
  if (key === undefined) return tree
  const value = tree.kind === 'map' ? entryOf(tree, key)?.value : undefined
  return value && valueAt(value, rest)
}

/** The map with other values behind some of its keys. */
const changeIn = <T extends Tree>(
  tree: T,
  isMeant: (key: string) => boolean,
  change: (value: Tree) => Tree,
): T => {
  if (tree.kind !== 'map') return tree
  const entries = tree.entries.map((entry) =>
    isMeant(entry.key) ? { ...entry, value: change(entry.value) } : entry,
  )
  return { ...tree, entries }
}

function mergeMaps(base: MapTree, over: MapTree, place: MergePlace, meaning: Meaning): MapTree {
  const isOther = becomesOther(base, over, place, meaning)
  const dropped = isOther ? (place.owned ?? []) : []
  const written = new Map(base.entries.map((entry) => [entry.key, entry]))
  const entries = new Map([...written].filter(([key]) => !dropped.includes(key)))
  for (const entry of over.entries) {
    const { key } = entry
    const below = entries.get(key)
    const inner = place.keys?.[key] ?? place.each ?? {}
    // What removes nothing stays: it is a mistake, and is reported as the empty value that it is.
    if (isEmpty(entry.value) && written.has(key)) entries.delete(key)
    else entries.set(key, below === undefined ? entry : mergeEntries(below, entry, inner, meaning))
  }
  return { kind: 'map', span: (isOther ? over : base).span, entries: [...entries.values()] }
}

function mergeEntries(base: Entry, over: Entry, place: MergePlace, meaning: Meaning): Entry {
  const below = spelledOut(base.value, over.value, place)
  const above = spelledOut(over.value, base.value, place)
  if (below.kind !== 'map' || above.kind !== 'map') return over
  const value = mergeMaps(below, above, place, meaning)
  // What becomes another thing was written where it does; what is only changed, where it was before.
  const { keySpan } = becomesOther(below, above, place, meaning) ? over : base
  return { key: base.key, keySpan, value }
}

/** True where the map above makes something else of the one below. */
function becomesOther(
  base: MapTree,
  over: MapTree,
  { names = [], implied }: MergePlace,
  meaning: Meaning,
): boolean {
  const nameIn = ({ entries }: MapTree): Entry | undefined =>
    entries.find(({ key, value }) => names.includes(key) && !isEmpty(value))
  const [before, after] = [nameIn(base), nameIn(over)]
  if (after === undefined) return false
  // Without a name it is what the defaults say, or nothing yet.
  if (before === undefined) return implied === true
  return before.key !== after.key || meaning(before.value) !== meaning(after.value)
}

/** The short form of a value, where it meets a map: `phone: websocket` is `phone: { use: websocket }`. */
function spelledOut(tree: Tree, other: Tree, { short }: MergePlace): Tree {
  if (short === undefined || other.kind !== 'map' || tree.kind === 'map' || isEmpty(tree)) {
    return tree
  }
  const { span } = tree
  return { kind: 'map', span, entries: [{ key: short, keySpan: span, value: tree }] }
}
