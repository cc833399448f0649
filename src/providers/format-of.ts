import type { SpeechFormat } from '../define/index.ts'
import type { Plan } from '../graph/plan.ts'

/** The form of a node's sound on one side: as the graph has settled it, else the best of its own. */
export function formatOf({ edges, nodes }: Plan, id: string, side: 'in' | 'out'): SpeechFormat {
  const edge = edges.find(
    ({ from, to, format }) => (side === 'in' ? to : from).node === id && format !== undefined,
  )
  if (edge?.format !== undefined) return edge.format
  const ports = nodes.find((node) => node.id === id)?.manifest.ports[side]
  const { sampleRate, encoding } = ports?.['audio']?.formats?.[0] ?? {}
  return {
    sampleRate: typeof sampleRate === 'number' ? sampleRate : 16_000,
    encoding: encoding === 'mulaw' ? 'mulaw' : 'pcm',
  }
}
