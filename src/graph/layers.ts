import { dirname, join, resolve } from 'node:path'
import type { Host } from './host.ts'
import { mergeGraphs, type Meaning } from './merge.ts'
import { readVersion } from './read-graph.ts'
import { fetchText, treeIn } from './read-other.ts'
import { readProfiles, type Profiles } from './read-profiles.ts'
import type { Report } from './report.ts'
import { expectMap, expectText, plainText, shapeDepends, textOf, wrongShape } from './shape.ts'
import { entryOf, type MapTree, type ScalarTree, type Tree } from './tree.ts'
import { reportFileMissing } from './values.ts'

/** How many levels of bases a graph may stand on. */
export const deepestBase = 5
/** How many bases a graph may have, all levels counted. */
export const mostBases = 20

/** A graph with its bases under it. */
export interface Layers {
  /** All files laid over each other. */
  readonly whole: Tree
  readonly profiles: Profiles
  /** The whole with a profile laid over it; undefined when there is none of that name. */
  withProfile(name: string): Tree | undefined
}

interface Reader {
  readonly report: Report
  readonly host: Host
  /** Absolute path of the graph. */
  readonly file: string
  /** Files in the order in which they are laid over each other, lowest first. */
  readonly maps: MapTree[]
  /** Absolute paths of all files: each counts once, where it comes first. */
  readonly known: Set<string>
  torn: boolean
}

/**
 * Reads the bases of a graph and lays them over each other: left to right, each above its own bases, and the graph above
 * them all. Undefined, and reported, when one of them cannot be read.
 *
 * @param tree the document of the graph
 * @param file its absolute path
 */
export async function readLayers(
  report: Report,
  tree: Tree,
  host: Host,
  file: string,
): Promise<Layers | undefined> {
  if (tree.kind !== 'map') return plainLayers(tree)
  const reader: Reader = { report, host, file, maps: [], known: new Set([file]), torn: false }
  await readBases(reader, tree, [file])
  if (reader.torn) return undefined
  const maps = [...reader.maps, tree]
  // One file by itself is asked for its version where the rest of it is read.
  if (maps.length > 1) for (const map of maps) readVersion(report, map, entryOf(map, 'version'))
  const meaning = meaningIn(report, file)
  const profiles = readProfiles(report, maps)
  const whole = maps.map(withoutLayers).reduce((base, over) => mergeGraphs(base, over, meaning))
  return {
    whole,
    profiles,
    withProfile: (name) =>
      profiles.get(name)?.reduce((base, over) => mergeGraphs(base, over, meaning), whole),
  }
}

const plainLayers = (whole: Tree): Layers => ({
  whole,
  profiles: new Map(),
  withProfile: () => undefined,
})

const withoutLayers = (map: MapTree): MapTree => ({
  ...map,
  entries: map.entries.filter(({ key }) => key !== 'extends' && key !== 'profiles'),
})

/** The same path written in two folders is two files. */
const meaningIn =
  (report: Report, file: string): Meaning =>
  (tree) => {
    if (tree.kind === 'map') return ''
    if (tree.kind === 'list') return JSON.stringify(tree.items.map(meaningIn(report, file)))
    const text = textOf(tree)
    const folder = dirname(report.source.at(tree.span).path ?? file)
    return /^\.{1,2}\//.test(text) ? resolve(folder, text) : text
  }

async function readBases(reader: Reader, map: MapTree, trail: readonly string[]): Promise<void> {
  const value = entryOf(map, 'extends')?.value
  if (value === undefined) return
  const items = value.kind === 'list' ? value.items : [value]
  for (const item of items) await readBase(reader, item, trail)
}

async function readBase(reader: Reader, item: Tree, trail: readonly string[]): Promise<void> {
  const { report, known, maps } = reader
  const found = await openBase(reader, item, trail)
  if (found === undefined) reader.torn = true
  if (found === undefined || found === 'known') return
  const { map, path, use } = found
  if (isPart(map)) {
    report.add('bad-base/part', use.span, { use: textOf(use) })
    reader.torn = true
    return
  }
  known.add(path)
  await readBases(reader, map, [...trail, path])
  maps.push(map)
}

interface Base {
  readonly map: MapTree
  readonly path: string
  readonly use: ScalarTree
}

async function openBase(
  { report, host, file, known }: Reader,
  item: Tree,
  trail: readonly string[],
): Promise<Base | 'known' | undefined> {
  const use = readPath(report, item)
  if (use === undefined) return undefined
  const text = textOf(use)
  const path = resolve(dirname(trail.at(-1) ?? file), text)
  const at = trail.indexOf(path)
  if (at >= 0) {
    const names = [...trail.slice(at), path].map((one) => one.slice(one.lastIndexOf('/') + 1))
    report.add('extends-loop', use.span, { path: names.join(' -> ') })
    return undefined
  }
  if (known.has(path)) return 'known'
  if (trail.length > deepestBase || known.size > mostBases) {
    const isDeep = trail.length > deepestBase
    const limit = isDeep ? deepestBase : mostBases
    report.add(isDeep ? 'extends-loop/deep' : 'extends-loop/many', use.span, { limit })
    return undefined
  }
  const read = await fetchText(host, path)
  if (read === 'not-found') await reportFileMissing(report, host, file, text, use.span)
  else if (typeof read !== 'string') {
    report.add('bad-base/unread', use.span, { use: text, reason: read.reason })
  }
  if (read === 'not-found' || typeof read !== 'string') return undefined
  const named = join(dirname(report.source.at(use.span).source.file), text)
  const added = { file: named, path, text: read, used: use.span, isBase: true }
  const tree = treeIn(report, report.source.add(added))
  const map = tree && expectMap(report, tree, 'A base', 'a map with version, nodes and flow', '')
  return map && { map, path, use }
}

/** Only files beside it: what a graph is made of must not change behind its back. */
function readPath(report: Report, item: Tree): ScalarTree | undefined {
  const hint = 'For example: extends: ./base.yaml'
  if (item.kind !== 'scalar' || plainText(item) === undefined) {
    wrongShape(report, item, 'extends', 'a path, or a list of paths', hint)
    return undefined
  }
  const text = expectText(report, item, 'extends') ?? ''
  if (shapeDepends(report, item, 'extends')) return undefined
  if (/^\.{1,2}\/.*\.ya?ml$/.test(text)) return item
  report.add('bad-base', item.span, { use: text })
  return undefined
}

/** True for a file whose chains use `in` and `out`. */
function isPart(map: MapTree): boolean {
  const flow = entryOf(map, 'flow')?.value
  if (flow === undefined) return false
  const chains = flow.kind === 'map' ? flow.entries.map(({ value }) => value) : [flow]
  return chains.some((chain) => {
    const steps =
      chain.kind === 'list' ? chain.items.map(plainText) : plainText(chain)?.trim().split(/\s+/)
    return /^in(\.|$)/.test(steps?.at(0) ?? '') || /^out(\.|$)/.test(steps?.at(-1) ?? '')
  })
}
