import type { Report } from './report.ts'
import type { ReadyNode, Wire } from './ready-node.ts'

/** A node, or one half of a transport: what goes in at one end comes out of the other. */
interface Vertex {
  readonly node: string
  readonly next: { readonly vertex: Vertex; readonly wire: Wire | undefined }[]
  waits: number
}

/**
 * Ids of the nodes, sources first: every edge but `~>` leads from an earlier node to a later one, where
 * a transport counts by its source half. `more` are pairs that no edge joins and that stand in order all
 * the same. Undefined, and reported, when edges form a loop.
 */
export function orderNodes(
  report: Report,
  nodes: ReadonlyMap<string, ReadyNode>,
  wires: readonly Wire[],
  more: readonly (readonly [before: string, after: string])[] = [],
): readonly string[] | undefined {
  const vertices = new Map<string, Vertex>()
  const vertexOf = (node: string, half: string): Vertex => {
    const isSplit = nodes.get(node)?.manifest.kind === 'transport'
    const key = isSplit ? `${node} ${half}` : node
    const known = vertices.get(key) ?? { node, next: [], waits: 0 }
    vertices.set(key, known)
    return known
  }
  for (const [id, { manifest }] of nodes) {
    if (manifest.kind === 'transport') vertexOf(id, 'source')
  }
  for (const id of nodes.keys()) vertexOf(id, 'source')
  for (const wire of wires) {
    if (wire.feedback) continue
    const vertex = vertexOf(wire.to.node, 'sink')
    vertex.waits++
    vertexOf(wire.from.node, 'source').next.push({ vertex, wire })
  }
  for (const [before, after] of more) {
    const vertex = vertexOf(after, 'sink')
    vertex.waits++
    vertexOf(before, 'source').next.push({ vertex, wire: undefined })
  }
  const left = new Set(vertices.values())
  const ready = [...left].filter((vertex) => vertex.waits === 0)
  const order = new Set<string>()
  for (const vertex of ready) {
    left.delete(vertex)
    order.add(vertex.node)
    for (const { vertex: after } of vertex.next) if (--after.waits === 0) ready.push(after)
  }
  if (left.size === 0) return [...order]
  reportLoops(report, left)
  return undefined
}

/** Reports loops until every vertex that is left has been seen once. */
function reportLoops(report: Report, left: ReadonlySet<Vertex>): void {
  const seen = new Set<Vertex>()
  for (const start of left) {
    const cycle = seen.has(start) ? undefined : findCycle(start, left, seen)
    if (cycle !== undefined) reportLoop(report, cycle)
  }
}

/** Follows edges from `start` until one leads back to where it has been; all that is passed is seen. */
function findCycle(
  start: Vertex,
  left: ReadonlySet<Vertex>,
  seen: Set<Vertex>,
): readonly Wire[] | undefined {
  const path: { vertex: Vertex; at: number }[] = [{ vertex: start, at: 0 }]
  const trail: Wire[] = []
  const onPath = new Map<Vertex, number>([[start, 0]])
  seen.add(start)
  let found: readonly Wire[] | undefined
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const step = top.vertex.next[top.at++]
    if (step === undefined) {
      onPath.delete(top.vertex)
      path.pop()
      trail.pop()
      continue
    }
    const { vertex, wire } = step
    if (wire === undefined) continue
    const depth = onPath.get(vertex)
    if (depth !== undefined) found ??= [...trail.slice(depth), wire]
    if (seen.has(vertex) || !left.has(vertex)) continue
    seen.add(vertex)
    onPath.set(vertex, path.length)
    path.push({ vertex, at: 0 })
    trail.push(wire)
  }
  return found
}

/** The edge that stands last in the file is taken for the one that closes the loop. */
function reportLoop(report: Report, cycle: readonly Wire[]): void {
  const closing = cycle.reduce((last, wire) =>
    wire.toSpan.start > last.toSpan.start ? wire : last,
  )
  const at = cycle.indexOf(closing) + 1
  const turned = [...cycle.slice(at), ...cycle.slice(0, at)]
  const path = [...turned.map((wire) => wire.from.node), closing.to.node].join(' -> ')
  report.add('loop', closing.toSpan, { path })
}
