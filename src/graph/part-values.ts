import type { JsonSchema } from '../schema/json-schema.ts'
import { agentTrees } from './assemble.ts'
import type { Host } from './host.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import type { PartUse } from './parts.ts'
import { memoryOptions } from './read-memory.ts'
import { textOf } from './shape.ts'
import { toolTrees } from './resolve-tools.ts'
import type { SourceEntry } from './sources.ts'
import type { GraphSpec } from './spec.ts'
import { nearest } from './suggest.ts'
import type { Entry, MapTree, Span, Tree } from './tree.ts'
import { resolveValues, type Values } from './values.ts'

/**
 * Values of `${...}` in the graph and in its parts: a part has params of its own, and files are looked for
 * next to it. What the parts are given is checked on the way.
 */
export async function resolveAllValues(
  spec: GraphSpec,
  scope: Omit<OptionScope, 'values'>,
  host: Host,
): Promise<Values> {
  const { report, file } = scope
  const { source } = report
  // What bases wrote has the params of the graph.
  const ownerOf = (span: Span): SourceEntry => {
    const entry = source.at(span)
    return entry.under ?? entry
  }
  const trees = Map.groupBy(valueTrees(spec), (tree) => ownerOf(tree.span))
  const graph = source.at({ start: 0, end: 0 })
  const resolved = new Map<SourceEntry, Values>()
  const of: Values['of'] = (scalar) =>
    resolved.get(ownerOf(scalar.span))?.of(scalar) ?? { text: textOf(scalar), references: [] }
  const first = await resolveValues(trees.get(graph) ?? [], spec.params, report, host, file)
  resolved.set(graph, first)
  for (const use of spec.parts) {
    const params = giveParams(use, { ...scope, values: { of } })
    const own = trees.get(use.source) ?? []
    // What is not given has been said where the part is used.
    const isMissing = [...use.params.values()].some(
      ({ name, default: usual }) => usual === undefined && !Object.hasOwn(params, name),
    )
    const optional = [...use.params].map(
      ([name, param]) => [name, { ...param, required: false }] as const,
    )
    const inside: Host = { ...host, params, lenient: isMissing || host.lenient === true }
    const path = use.source.path ?? file
    resolved.set(use.source, await resolveValues(own, new Map(optional), report, inside, path))
  }
  return { of }
}

/** Checks what a part is given against its params; gives the texts. */
function giveParams(
  { node, params, source }: PartUse,
  scope: OptionScope,
): Readonly<Record<string, string>> {
  const use = node.use === undefined ? node.id : textOf(node.use)
  const span = node.use?.span ?? node.key
  const tree: MapTree = node.with ?? { kind: 'map', span, entries: [] }
  const properties = Object.fromEntries([...params].map(([name, { schema }]) => [name, schema]))
  const written = [...tree.entries.map(({ key }) => key), ...node.strays.map(({ key }) => key)]
  for (const { name, default: usual } of params.values()) {
    const isMeant = (key: string): boolean =>
      key === name || (!params.has(key) && nearest(key, params.keys()) === name)
    if (usual !== undefined || written.some(isMeant)) continue
    const see = `params in ${source.source.file}`
    scope.report.add('missing-option', span, { use, name, see })
  }
  const schema: JsonSchema = { type: 'object', additionalProperties: false, properties }
  if (!node.withBroken) readOptionMap(scope, use, schema, { ...tree, span })
  const given = tree.entries.flatMap(({ key, value }: Entry): [string, string][] => {
    const text = value.kind === 'scalar' ? scope.values.of(value).text : undefined
    return text === undefined || !params.has(key) ? [] : [[key, text]]
  })
  return Object.fromEntries(given)
}

/** Everything in which `${...}` may stand. */
function valueTrees(spec: GraphSpec): Tree[] {
  const trees: (Tree | undefined)[] = []
  const nodes = [...spec.nodes.values(), ...spec.parts.map(({ node }) => node)]
  // An option of a brain in a part may stand in another file than the others.
  for (const node of nodes.flatMap((one) => [one, ...one.fallback])) {
    const entries = [...(node.with?.entries ?? []), ...node.limits]
    trees.push(...entries.map(({ value }) => value))
  }
  for (const variable of spec.vars.values()) trees.push(variable.default)
  trees.push(spec.turns?.value)
  trees.push(spec.budgets?.value, memoryOptions(spec.memory), ...agentTrees(spec))
  trees.push(spec.mcp?.value, ...toolTrees(spec))
  return trees.filter((tree) => tree !== undefined)
}
