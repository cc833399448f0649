import type { Manifest } from '../define/index.ts'
import type { Found, Resolver } from './resolve-use.ts'
import type { GraphSpec } from './spec.ts'
import type { ScalarTree } from './tree.ts'

/** What the nodes of a file are made of. */
export interface FoundNodes {
  /** By node id. */
  readonly nodes: ReadonlyMap<string, Found<Manifest>>
  /** What may take their places, by its `use`. */
  readonly members: ReadonlyMap<ScalarTree, Found<Manifest>>
}

/** Finds the processors of all nodes and of what may take their places; reports those that are not there. */
export async function findNodes(spec: GraphSpec, resolver: Resolver): Promise<FoundNodes> {
  const nodes = new Map<string, Found<Manifest>>()
  const members = new Map<ScalarTree, Found<Manifest>>()
  const looking = [...spec.nodes.values()].flatMap(({ id, use, fallback }) => [
    lookFor(use, resolver, (found) => nodes.set(id, found)),
    ...fallback.map((member) =>
      lookFor(member.use, resolver, (found, written) => members.set(written, found)),
    ),
  ])
  await Promise.all(looking)
  return { nodes, members }
}

async function lookFor(
  use: ScalarTree | undefined,
  resolver: Resolver,
  keep: (found: Found<Manifest>, use: ScalarTree) => void,
): Promise<void> {
  const found = use && (await resolver.node(use))
  if (found !== undefined && use !== undefined) keep(found, use)
}
