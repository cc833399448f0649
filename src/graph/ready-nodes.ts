import { conversationOptions } from '../define/brain-options.ts'
import type { Manifest } from '../define/index.ts'
import type { FoundNodes } from './find-nodes.ts'
import type { Host } from './host.ts'
import { readLimits } from './limits.ts'
import { readOptions, type NodeOptions, type OptionScope } from './options.ts'
import { memberKeys, nodeKeys } from './read-node.ts'
import type { ReadyMember, ReadyNode } from './ready-node.ts'
import type { Report } from './report.ts'
import type { Found } from './resolve-use.ts'
import { reportUnknownKey, textOf, type KeySet } from './shape.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { nearest } from './suggest.ts'
import { entryOf, type MapTree } from './tree.ts'
import { reportFileMissing } from './values.ts'

/** The nodes whose processors were found, with their options checked. */
export async function readyNodes(
  spec: GraphSpec,
  found: FoundNodes,
  scope: OptionScope,
  host: Host,
): Promise<ReadonlyMap<string, ReadyNode>> {
  const ready = new Map<string, ReadyNode>()
  for (const node of spec.nodes.values()) {
    const one = found.nodes.get(node.id)
    reportStrays(scope.report, node, one?.manifest, nodeKeys)
    const { length } = node.fallback
    const own = one && (await readyMember(node, one, length > 0, scope, host))
    const fallback: ReadyMember[] = []
    for (const [index, member] of node.fallback.entries()) {
      const other = member.use && found.members.get(member.use)
      reportStrays(scope.report, member, other?.manifest, memberKeys)
      if (other === undefined) continue
      const whole = own === undefined ? member : standIn(member, other.manifest, own)
      fallback.push(await readyMember(whole, other, index < length - 1, scope, host))
    }
    if (own !== undefined) ready.set(node.id, { ...own, fallback })
  }
  return ready
}

async function readyMember(
  spec: NodeSpec,
  found: Found<Manifest>,
  hasFallback: boolean,
  scope: OptionScope,
  host: Host,
): Promise<ReadyMember> {
  const { manifest } = found
  const { options, templates, inputPaths } = readOptions(spec, manifest, scope)
  await lookForFiles(inputPaths, scope, host)
  const use = spec.use === undefined ? manifest.id : textOf(spec.use)
  const limits = readLimits(spec, manifest, hasFallback, scope)
  return { spec, use, ...found, options, templates, limits }
}

/** A brain in the place of another is told the same, and may call the same tools. */
function standIn(member: NodeSpec, manifest: Manifest, { spec, ...own }: ReadyMember): NodeSpec {
  if (own.manifest.role !== 'brain' || manifest.role !== 'brain' || member.withBroken) return member
  const written: MapTree = member.with ?? { kind: 'map', span: member.key, entries: [] }
  const shared = Object.keys(conversationOptions).flatMap((name) => {
    const takes = Object.hasOwn(manifest.options.properties ?? {}, name)
    const entry = spec.with && entryOf(spec.with, name)
    return !takes || entry === undefined || entryOf(written, name) !== undefined ? [] : [entry]
  })
  return { ...member, with: { ...written, entries: [...written.entries, ...shared] } }
}

/** Keys of a node that are neither keys nor options; of a node that failed only the near misses. */
function reportStrays(
  report: Report,
  node: NodeSpec,
  manifest: Manifest | undefined,
  set: KeySet,
): void {
  const options = manifest?.options.properties ?? {}
  for (const entry of node.strays) {
    if (Object.hasOwn(options, entry.key)) continue
    const isNear = nearest(entry.key, set.keys) !== undefined
    if (manifest !== undefined || isNear) reportUnknownKey(report, entry, set)
  }
}

/** Reports files that are to be read and are not there. */
export async function lookForFiles(
  paths: NodeOptions['inputPaths'],
  { report, file }: OptionScope,
  host: Host,
): Promise<void> {
  if (host.lenient === true) return
  for (const { path, written, span } of paths) {
    const slash = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))
    const names = await host.listDirectory(path.slice(0, slash) || '/')
    if (names.includes(path.slice(slash + 1))) continue
    await reportFileMissing(report, host, file, written, span)
  }
}
