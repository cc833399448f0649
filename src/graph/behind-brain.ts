import type { ReadyNode, Wire } from './ready-node.ts'

/** True when what comes to a node is what a brain says, and not what a caller does. */
export function isBehindBrain(
  id: string,
  wires: readonly Wire[],
  nodes: ReadonlyMap<string, ReadyNode>,
): boolean {
  const before = new Set([id])
  // A set grows while it is walked.
  for (const here of before) {
    for (const { from, to } of wires) {
      const { kind, role } = nodes.get(from.node)?.manifest ?? {}
      if (to.node !== here || kind === 'transport') continue
      if (role === 'brain' || role === 'llm') return true
      before.add(from.node)
    }
  }
  return false
}
