import { checkName } from './names.ts'
import { graphKeys } from './read-graph.ts'
import type { Report } from './report.ts'
import { expectMap, readKeys, type KeySet } from './shape.ts'
import { listNames, meantOrAll, nearest } from './suggest.ts'
import { entryOf, isEmpty, type MapTree } from './tree.ts'

/** Keys of a profile: it changes what the graph is, not which files it is made of. */
export const profileKeys: KeySet = {
  ...graphKeys,
  owner: 'a profile',
  keys: graphKeys.keys.filter((key) => !['version', 'extends', 'profiles'].includes(key)),
}

/** How many profiles a graph may have: each of them is checked as a graph of its own. */
export const mostProfiles = 50

/** What is laid over the graph, by the name of the profile: what the lowest file says of it first. */
export type Profiles = ReadonlyMap<string, readonly MapTree[]>

const example = 'For example: profiles: { dev: { nodes: { phone: websocket } } }'

/** Reads the profiles of a graph and of its bases, lowest first; `null` in one of them removes what is below. */
export function readProfiles(report: Report, maps: readonly MapTree[]): Profiles {
  const profiles = new Map<string, readonly MapTree[]>()
  for (const map of maps) {
    const value = entryOf(map, 'profiles')?.value
    if (value === undefined) continue
    if (isEmpty(value) && profiles.size > 0) {
      profiles.clear()
      continue
    }
    const written = expectMap(report, value, 'profiles', 'a map from names to changes', example)
    for (const item of written?.entries ?? []) {
      const { key: name, keySpan } = item
      if (name.startsWith('x-')) continue
      const below = profiles.get(name)
      if (below !== undefined && isEmpty(item.value)) {
        profiles.delete(name)
        continue
      }
      if (below === undefined && profiles.size >= mostProfiles) {
        report.add('too-many-profiles', keySpan, { limit: mostProfiles })
        return profiles
      }
      checkName(report, name, keySpan)
      const hint = `Write what changes, ${name}: { nodes: { phone: twilio } }, or ${name}: {} for nothing.`
      const over = expectMap(report, item.value, `profiles.${name}`, 'a map of changes', hint)
      profiles.set(name, [...(below ?? []), ...(over ? [knownKeys(report, over)] : [])])
    }
  }
  return profiles
}

/** What does not belong there has been reported, and would be again as a key of the graph. */
function knownKeys(report: Report, map: MapTree): MapTree {
  const keys = readKeys(report, map, profileKeys)
  return { ...map, entries: [...keys.values()] }
}

/** Reports a profile that the graph does not have. */
export function reportUnknownProfile(report: Report, name: string, profiles: Profiles): void {
  if (profiles.size === 0) {
    report.add('unknown-profile/none', undefined, { name })
    return
  }
  const meant = nearest(name, profiles.keys())
  const suggestion = meantOrAll(meant, 'Profiles here', profiles.keys())
  const names = listNames(profiles.keys())
  report.add('unknown-profile', undefined, { name, suggestion, names })
}
