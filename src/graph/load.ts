import { pathToFileURL } from 'node:url'
import {
  isDefinition,
  type Definition,
  type MemoryDefinition,
  type NodeDefinition,
  type ToolDefinition,
} from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import { doorOf } from './builtins.ts'
import { remedyFor } from './module-errors.ts'
import type { CodeRef, Plan, PlanMember, Program } from './plan.ts'

/** Imports a module; the default is the `import` of the platform. */
export type Import = (specifier: string) => Promise<Readonly<Record<string, unknown>>>

/**
 * Imports the code of a plan: built-ins by their doors in this package, local modules by path, each
 * once. Converters, the floor and built-in tools have no definition: the runtime brings them. Nor have tools of
 * servers, which nobody has asked yet.
 *
 * @throws VoxgraphError when a module cannot be imported or is not what was checked; `cause` is the original
 */
export async function load(plan: Plan, importModule: Import = platformImport): Promise<Program> {
  const modules = new Map<string, Promise<Readonly<Record<string, unknown>>>>()
  const once: Import = (specifier) => {
    const known = modules.get(specifier) ?? importModule(specifier)
    modules.set(specifier, known)
    return known
  }
  const definitions = new Map<string, NodeDefinition>()
  const tools = new Map<string, ToolDefinition>()
  const fallbacks = new Map<string, readonly NodeDefinition[]>()
  const nodes = plan.nodes.map(async (node) => {
    const { id, code, fallback } = node
    if (code.kind === 'convert' || code.kind === 'floor') return
    const openNode = (member: PlanMember): Promise<NodeDefinition> => nodeOf(member, once)
    definitions.set(id, await openNode(node))
    if (fallback.length > 0) fallbacks.set(id, await Promise.all(fallback.map(openNode)))
  })
  const functions = plan.tools.map(async ({ id, code }) => {
    // The runtime has them, or a server that is asked when the program starts.
    if (code.kind === 'builtin' || code.kind === 'mcp') return
    const use = code.kind === 'file' ? code.path : id
    const definition = await open(use, code, '', once)
    if (definition.kind !== 'tool')
      throw mismatch(use, 'a processor', 'an entry of tools', 'a tool')
    tools.set(id, definition)
  })
  const [memory] = await Promise.all([loadMemory(plan, once), ...nodes, ...functions])
  return {
    plan,
    definitions: inOrder(plan.nodes, definitions),
    fallbacks,
    tools: inOrder(plan.tools, tools),
    memory,
  }
}

/**
 * Imports the code of a plan's memory and of nothing else; undefined when it has none.
 * @throws VoxgraphError like `load`
 */
export async function loadMemory(
  { memory }: Plan,
  importModule: Import = platformImport,
): Promise<MemoryDefinition | undefined> {
  if (memory === undefined) return undefined
  const { use, code, manifest } = memory
  const definition = await open(use, code, doorOf(manifest), importModule)
  if (definition.kind === 'memory') return definition
  throw mismatch(use, `a ${definition.kind}`, 'the entry memory', 'a memory')
}

async function nodeOf({ use, code, manifest }: PlanMember, once: Import): Promise<NodeDefinition> {
  const door = code.kind === 'builtin' ? doorOf(manifest) : ''
  const definition = await open(use, code, door, once)
  if (definition.kind !== 'tool' && definition.kind !== 'memory') return definition
  throw mismatch(use, `a ${definition.kind}`, 'a node', 'a processor')
}

async function open(use: string, code: CodeRef, door: string, once: Import): Promise<Definition> {
  const specifier = code.kind === 'file' ? pathToFileURL(code.path).href : door
  let module: Readonly<Record<string, unknown>>
  try {
    module = await once(specifier)
  } catch (error) {
    const reason = reasonOf(error)
    const params = { name: use, path: use, reason, hint: remedyFor(reason) }
    const key = code.kind === 'file' ? 'module-failed' : 'builtin-failed'
    throw new VoxgraphError(key, params, { cause: error })
  }
  const name = code.kind === 'file' ? code.export : 'default'
  const value = Object.hasOwn(module, name) ? module[name] : undefined
  if (isDefinition(value)) return value
  const exports = `It exports: ${Object.keys(module).join(', ') || 'nothing'}.`
  throw new VoxgraphError('no-such-export', { path: use, kind: 'definition', name, exports })
}

const mismatch = (use: string, actual: string, where: string, expected: string): VoxgraphError =>
  new VoxgraphError('wrong-kind', { use, actual, where, expected, hint: '' })

const inOrder = <T>(
  ids: readonly { readonly id: string }[],
  found: ReadonlyMap<string, T>,
): ReadonlyMap<string, T> => {
  const ordered = new Map<string, T>()
  for (const { id } of ids) {
    const one = found.get(id)
    if (one !== undefined) ordered.set(id, one)
  }
  return ordered
}

const platformImport: Import = async (specifier) =>
  (await import(specifier)) as Readonly<Record<string, unknown>>
