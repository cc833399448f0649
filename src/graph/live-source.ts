import { endName, type ReadyNode, type Wire } from './ready-node.ts'

/** The node outside which the frames of a wire come from, if they pass unchanged from there. */
export function liveSource(
  wire: Wire,
  wires: readonly Wire[],
  nodes: ReadonlyMap<string, ReadyNode>,
): string | undefined {
  const seen = new Set<string>()
  let here: Wire | undefined = wire
  while (here !== undefined && !seen.has(endName(here.from))) {
    const { from, type }: Wire = here
    seen.add(endName(from))
    const node = nodes.get(from.node)
    if (node?.manifest.ports.out[from.port]?.live === true) return from.node
    here = wires.find((one) => one.to.node === from.node && one.type === type && !one.feedback)
  }
  return undefined
}
