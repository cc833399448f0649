import type { Manifest } from '../define/index.ts'
import { readOptions, type NodeOptions, type OptionScope } from './options.ts'
import type { PlanMemory } from './plan-memory.ts'
import { readNode } from './read-node.ts'
import type { Report } from './report.ts'
import type { Found, Resolver } from './resolve-use.ts'
import {
  expectMap,
  expectText,
  plainText,
  readKeys,
  reportUnknownKey,
  shapeDepends,
  textOf,
  wrongShape,
  type KeySet,
} from './shape.ts'
import type { NodeSpec } from './spec.ts'
import { meantOrAll, nearest, quote } from './suggest.ts'
import { callVariables, isCallVariable } from './templates.ts'
import { entryOf, treeAt, type Entry, type Tree } from './tree.ts'

/** Keys of `memory`. */
export const memoryKeys: KeySet = {
  owner: 'memory',
  keys: ['use', 'with', 'caller', 'keep'],
  later: {},
}

/** Who is calling, unless the graph says otherwise. */
const usualCaller = 'call.from'

const example = 'For example: memory: { use: process-memory, keep: [caller_name] }'

/** Where `${...}` may stand in it. */
export const memoryOptions = (entry: Entry | undefined): Tree | undefined =>
  entry?.value.kind === 'map' ? entryOf(entry.value, 'with')?.value : undefined

/** A memory that is ready to be loaded, and files that its options name. */
export interface ReadMemory {
  readonly memory: PlanMemory | undefined
  readonly inputPaths: NodeOptions['inputPaths']
}

/** The entry `memory`: its options are checked like those of a node. */
export async function readMemory(
  entry: Entry | undefined,
  resolver: Resolver,
  scope: OptionScope,
): Promise<ReadMemory> {
  const nothing: ReadMemory = { memory: undefined, inputPaths: [] }
  if (entry === undefined) return nothing
  const { report } = scope
  const { value, keySpan } = entry
  const map = expectMap(report, value, 'memory', 'a map with "use" and "keep"', example)
  if (map === undefined) return nothing
  const strays: Entry[] = []
  const keys = readKeys(report, map, memoryKeys, (stray) => strays.push(stray) > 0)
  const keep = readKeep(keys.get('keep'), keySpan, scope)
  const caller = readCaller(keys.get('caller')?.value, scope)
  const spec = readUse(entry, keys, strays, report)
  const found = spec?.use && (await resolver.memory(spec.use))
  reportStrays(report, strays, found?.manifest)
  if (spec === undefined || found === undefined) return nothing
  const { options, templates, inputPaths } = readOptions(spec, found.manifest, scope)
  for (const { path } of templates) {
    const tree = treeAt(spec.with ?? value, `/${path.join('/')}`)
    const expected = 'the same for all calls'
    const option = `memory.with.${path.join('.')}`
    const shown = quote(plainText(tree) ?? '')
    report.add('bad-value', tree.span, { option, expected, shown, suggestion: '' })
  }
  return { memory: planOf({ spec, found, options, caller, keep }), inputPaths }
}

const planOf = (parts: {
  readonly spec: NodeSpec
  readonly found: Found<Manifest>
  readonly options: PlanMemory['options']
  readonly caller: string
  readonly keep: readonly string[]
}): PlanMemory => {
  const { spec, found, options, caller, keep } = parts
  const use = spec.use === undefined ? found.manifest.id : textOf(spec.use)
  return { use, ...found, options, caller, keep }
}

/** `use` and `with`, which are written as those of a node. */
function readUse(
  { keySpan, value }: Entry,
  keys: ReadonlyMap<string, Entry>,
  strays: readonly Entry[],
  report: Report,
): NodeSpec | undefined {
  const use = keys.get('use')
  const options = keys.get('with')
  if (use === undefined) {
    const isMisspelt = strays.some(({ key }) => nearest(key, memoryKeys.keys) === 'use')
    const hint = 'Say where it is kept, for example: use: sqlite-memory'
    if (!isMisspelt) report.add('missing-key', keySpan, { owner: 'memory', key: 'use', hint })
    return undefined
  }
  const entries = [use, ...(options === undefined ? [] : [options])]
  const node = {
    key: 'memory',
    keySpan,
    value: { kind: 'map', span: value.span, entries },
  } as const
  return { ...readNode(report, node, 'nodes'), strays }
}

/** Keys that are neither keys nor options; of a memory that failed only the near misses. */
function reportStrays(
  report: Report,
  strays: readonly Entry[],
  manifest: Manifest | undefined,
): void {
  for (const stray of strays) {
    if (Object.hasOwn(manifest?.options.properties ?? {}, stray.key)) continue
    const isNear = nearest(stray.key, memoryKeys.keys) !== undefined
    if (manifest !== undefined || isNear) reportUnknownKey(report, stray, memoryKeys)
  }
}

function readKeep(
  entry: Entry | undefined,
  keySpan: Entry['keySpan'],
  { report, spec, usedVars }: OptionScope,
): readonly string[] {
  const hint = 'Name vars that are recalled and remembered, for example: keep: [caller_name]'
  if (entry === undefined) {
    report.add('missing-key', keySpan, { owner: 'memory', key: 'keep', hint })
    return []
  }
  const { value } = entry
  if (value.kind !== 'list' || value.items.length === 0) {
    wrongShape(report, value, 'memory.keep', 'a list of one or more vars', hint)
    return []
  }
  const names = new Set<string>()
  for (const item of value.items) {
    const name = readName(item, 'memory.keep', report)
    if (name === undefined) continue
    names.add(name)
    usedVars.add(name)
    if (spec.vars.has(name)) continue
    const meant = nearest(name, spec.vars.keys())
    if (meant !== undefined) usedVars.add(meant)
    const suggestion = meantOrAll(meant, 'Vars here', spec.vars.keys())
    report.add('undeclared-var/kept', item.span, { name, suggestion }, meant)
  }
  return [...names]
}

function readCaller(tree: Tree | undefined, { report, spec, usedVars }: OptionScope): string {
  const name = tree && readName(tree, 'memory.caller', report)
  if (tree === undefined || name === undefined) return usualCaller
  const [first = name] = name.split('.')
  usedVars.add(first)
  if ((first === 'call' && isCallVariable(name)) || spec.vars.has(first)) return name
  const ofCall = callVariables.filter((one) => one.startsWith('call.'))
  const names = [...ofCall, ...spec.vars.keys()]
  const meant = nearest(name, names)
  const suggestion = meantOrAll(meant, 'Variables here', names)
  report.add('undeclared-var/caller', tree.span, { name, suggestion }, meant)
  return name
}

function readName(tree: Tree, what: string, report: Report): string | undefined {
  const name = expectText(report, tree, what)
  return name === undefined || shapeDepends(report, tree, what) ? undefined : name
}
