import type { Manifest } from '../define/index.ts'
import type { FoundNodes } from './find-nodes.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { entryOf, type Entry, type MapTree, type ScalarTree } from './tree.ts'

/** Options of a vendor's processor that say where its service is, and who asks. */
const ofService: readonly string[] = ['api_key', 'endpoint']

/**
 * The graph with a reference in every option that comes from the environment and is not given: `api_key:
 * ${env:DEEPGRAM_API_KEY}`, as if it stood at `use`.
 *
 * @param emulated vendors of which nothing is wanted that says where their services are
 */
export function addEnvOptions(
  spec: GraphSpec,
  { nodes, members }: FoundNodes,
  emulated: readonly string[] = [],
): GraphSpec {
  const filled = (node: NodeSpec, manifest: Manifest | undefined): NodeSpec =>
    emulated.includes(manifest?.vendor ?? '') ? withoutService(node) : withEnv(node, manifest)
  const added = [...spec.nodes].map(([id, node]): [string, NodeSpec] => {
    const fallback = node.fallback.map((member) =>
      filled(member, member.use && members.get(member.use)?.manifest),
    )
    return [id, { ...filled(node, nodes.get(id)?.manifest), fallback }]
  })
  return { ...spec, nodes: new Map(added) }
}

function withoutService(node: NodeSpec): NodeSpec {
  if (node.with === undefined) return node
  const entries = node.with.entries.filter(({ key }) => !ofService.includes(key))
  return { ...node, with: { ...node.with, entries } }
}

function withEnv(node: NodeSpec, manifest: Manifest | undefined): NodeSpec {
  const { use, strays } = node
  if (manifest === undefined || use === undefined || node.withBroken) return node
  const written: MapTree = node.with ?? { kind: 'map', span: use.span, entries: [] }
  const missing = Object.entries(manifest.options.properties ?? {}).flatMap(
    ([name, option]): Entry[] => {
      const variable = option['x-env']
      // What stands in the wrong place has been given, and is told of there.
      const isGiven = entryOf(written, name) !== undefined || strays.some(({ key }) => key === name)
      if (variable === undefined || isGiven) return []
      // What has a default need not be in the environment.
      const fallback = typeof option.default === 'string' ? `:-${option.default}` : ''
      const value = impliedReference(`${variable}${fallback}`, use)
      return [{ key: name, keySpan: use.span, value }]
    },
  )
  if (missing.length === 0) return node
  return { ...node, with: { ...written, entries: [...written.entries, ...missing] } }
}

const impliedReference = (variable: string, { span }: ScalarTree): ScalarTree => ({
  kind: 'scalar',
  span,
  value: `\${env:${variable}}`,
  source: '',
  plain: false,
  comment: undefined,
  implied: true,
})
