import type { ToolManifest } from '../define/index.ts'
import { fillerSchema } from '../define/brain-options.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { fillerOf } from './filler.ts'
import { mcpToolOf } from './mcp-tool.ts'
import { readOptionMap, type OptionScope } from './options.ts'
import { usualTimeouts, type CodeRef, type PlanServer, type PlanTool } from './plan.ts'
import { faultOf, plainOf } from './read-pass.ts'
import type { Resolver } from './resolve-use.ts'
import { textOf, wrongShape } from './shape.ts'
import type { GraphSpec, ToolSpec } from './spec.ts'
import { readDestinations, transferTool } from './transfer-tool.ts'
import type { MapTree, Tree } from './tree.ts'

/** Keys of a tool whose values are checked like options. */
const toolSchema: JsonSchema = {
  type: 'object',
  properties: {
    filler: { anyOf: [{ const: false }, fillerSchema] },
    description: { type: 'string', minLength: 1 },
  },
}

/** Everything at tools in which `${...}` may stand. */
export const toolTrees = ({ tools }: GraphSpec): readonly Tree[] =>
  [...tools.values()].flatMap(({ keys }) =>
    ['filler', 'description', 'to'].flatMap((key) => keys.get(key)?.value ?? []),
  )

/** The tools of a file, each with what it is known to take. Those that could not be found are left out. */
export async function resolveTools(
  spec: GraphSpec,
  resolver: Resolver,
  servers: ReadonlyMap<string, PlanServer | undefined>,
  scope: OptionScope,
): Promise<readonly PlanTool[]> {
  const looking = [...spec.tools.values()].map((tool) =>
    tool.use === undefined
      ? transferOf(tool, scope)
      : toolOf({ ...tool, use: tool.use }, resolver, servers, scope),
  )
  return (await Promise.all(looking)).filter((tool) => tool !== undefined)
}

async function toolOf(
  tool: ToolSpec & { readonly use: NonNullable<ToolSpec['use']> },
  resolver: Resolver,
  servers: ReadonlyMap<string, PlanServer | undefined>,
  scope: OptionScope,
): Promise<PlanTool | undefined> {
  const { id, key, keys, timeoutMs, onInterrupt, set, use } = tool
  const entries = [...keys.values()].filter(({ key: name }) =>
    Object.hasOwn(toolSchema.properties ?? {}, name),
  )
  const map: MapTree = { kind: 'map', span: key, entries }
  const { value } = readOptionMap(scope, `tools.${id}`, toolSchema, map)
  const parameters = readParameters(tool, scope)
  const isMcp = textOf(use).startsWith('mcp:')
  const found: { code: CodeRef; manifest: ToolManifest } | undefined = isMcp
    ? mcpToolOf(scope.report, use, tool, servers)
    : await resolver.tool(tool)
  if (found === undefined) return undefined
  const manifest: ToolManifest = {
    ...found.manifest,
    ...(typeof value['description'] === 'string' && { description: value['description'] }),
    ...(parameters !== undefined && { parameters }),
  }
  const usual = manifest.job ? usualTimeouts.job : usualTimeouts.tool
  const filler = value['filler'] === false ? false : fillerOf(value['filler'])
  const { code } = found
  return { id, code, manifest, timeoutMs: timeoutMs ?? usual, onInterrupt, filler, set }
}

/** `parameters`: a JSON Schema in place of the one that the tool declares. */
function readParameters({ id, keys }: ToolSpec, scope: OptionScope): JsonSchema | undefined {
  const tree = keys.get('parameters')?.value
  if (tree === undefined) return undefined
  const what = `tools.${id}.parameters`
  if (tree.kind !== 'map') {
    wrongShape(scope.report, tree, what, 'a JSON Schema of type object')
    return undefined
  }
  const schema = plainOf(tree) as JsonSchema
  const reason = schema.type === 'object' ? faultOf(schema, scope.validators) : 'type is not object'
  if (reason === undefined) return schema
  const expected = 'a JSON Schema of type object'
  const params = { option: what, expected, shown: 'this', suggestion: reason }
  scope.report.add('bad-value', tree.span, params)
  return undefined
}

async function transferOf(tool: ToolSpec, scope: OptionScope): Promise<PlanTool | undefined> {
  const destinations = readDestinations(tool, scope)
  if (destinations === undefined) return undefined
  const { id, timeoutMs = usualTimeouts.transfer, onInterrupt, set } = tool
  const code = { kind: 'builtin', name: id } as const
  const description = tool.keys.get('description')?.value
  const written = description?.kind === 'scalar' ? scope.values.of(description).text : undefined
  const manifest = transferTool(destinations, written)
  return { id, code, manifest, timeoutMs, onInterrupt, filler: false, set, destinations }
}
