import type { Report } from './report.ts'
import type { ReadyNode } from './ready-node.ts'
import { textOf } from './shape.ts'
import { transferHint } from './read-tools.ts'
import type { GraphSpec } from './spec.ts'
import { entryOf } from './tree.ts'

/** Built-in tools that need something of the graph: `transfer_call` destinations, `press_keys` a line for them. */
export function checkBuiltinTools(
  report: Report,
  spec: GraphSpec,
  nodes: ReadonlyMap<string, ReadyNode>,
): void {
  for (const node of nodes.values()) {
    if (node.manifest.role !== 'brain') continue
    const list = node.spec.with && entryOf(node.spec.with, 'tools')?.value
    for (const item of list?.kind === 'list' ? list.items : []) {
      const name = item.kind === 'scalar' ? textOf(item) : ''
      if (name === 'transfer_call' && !spec.tools.has(name)) {
        report.add('missing-key', item.span, { owner: name, key: 'to', hint: transferHint })
      }
      const deaf = [...nodes.values()].find(({ manifest }) => !sendsKeys(manifest))
      if (name === 'press_keys' && deaf !== undefined) {
        report.add('no-keys', item.span, { phone: deaf.spec.id, use: deaf.use })
      }
    }
  }
}

/** True for a transport that takes keys to the far end, and for everything that is none. */
const sendsKeys = ({ kind, ports }: ReadyNode['manifest']): boolean =>
  kind !== 'transport' || Object.values(ports.in).some(({ type }) => type === 'dtmf')
