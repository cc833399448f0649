import { resolve } from 'node:path'
import type { Host } from './host.ts'
import { readLayers, type Layers } from './layers.ts'
import { openGraph } from './read-file.ts'
import { reportUnknownProfile } from './read-profiles.ts'
import { readYaml } from './read-yaml.ts'
import type { Report } from './report.ts'
import type { Tree } from './tree.ts'

/** A graph file that was read, and what it says in all. */
export interface MergedGraph {
  readonly report: Report
  /** The file over its bases, with the profile that `host` asks for; undefined, and reported, when there is no such thing. */
  readonly tree: Tree | undefined
  readonly layers: Layers | undefined
}

/** Reads a graph with its bases, and lays the profile over it that is asked for. */
export async function openMerged(file: string, host: Host): Promise<MergedGraph> {
  const { report, readable } = await openGraph(file, host)
  const document = readable ? readYaml(report) : undefined
  const layers = document && (await readLayers(report, document, host, resolve(host.cwd, file)))
  const { profile } = host
  if (layers === undefined || profile === undefined) return { report, tree: layers?.whole, layers }
  const tree = layers.withProfile(profile)
  if (tree === undefined) reportUnknownProfile(report, profile, layers.profiles)
  return { report, tree, layers }
}
