import { resolve } from 'node:path'
import type { Diagnostic } from '../errors/diagnostics.ts'
import { createValidators, type Validators } from '../schema/compile.ts'
import { checkAgents } from './agent-rules.ts'
import { checkBuiltinTools } from './builtin-tools.ts'
import { assemble, nodeIds } from './assemble.ts'
import { buildPlan } from './build-plan.ts'
import { checkCalled, type CalledTool } from './called-tools.ts'
import { remarkDoubleConversions, resolveFormats } from './convert.ts'
import { addEnvOptions } from './env-options.ts'
import { checkFallbacks } from './fallback-rules.ts'
import { findNodes } from './find-nodes.ts'
import { addFloor, floorOrder, sideChains } from './floor.ts'
import type { Host } from './host.ts'
import { leadAgents } from './lead-agents.ts'
import { readDefault, type OptionScope } from './options.ts'
import { orderNodes } from './order.ts'
import { resolveAllValues } from './part-values.ts'
import { placesOf, type Place } from './places.ts'
import type { Plan, PlanVar } from './plan.ts'
import { checkOverrides } from './override.ts'
import { openMerged } from './open-merged.ts'
import { readBudgets } from './read-budgets.ts'
import { readGraph } from './read-graph.ts'
import { readMemory } from './read-memory.ts'
import { readServers, serversUsed } from './read-servers.ts'
import { readTurns } from './read-turns.ts'
import { lookForFiles, readyNodes } from './ready-nodes.ts'
import type { Report } from './report.ts'
import type { Sources } from './sources.ts'
import { resolveAgents } from './resolve-agents.ts'
import { resolveTools } from './resolve-tools.ts'
import { createResolver } from './resolve-use.ts'
import { applyRules } from './rules.ts'
import type { GraphSpec, NodeSpec } from './spec.ts'
import { treeOf, type Tree } from './tree.ts'
import { drawWires } from './wires.ts'

/** What checking a file gives. */
export interface CheckResult {
  /** Everything that was found, in the order of the file. */
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined when there is an error among the diagnostics. */
  readonly plan: Plan | undefined
  /** Where the processors are named: by id of the node, and by `tts/1` for what takes its place. */
  readonly places: ReadonlyMap<string, Place>
}

/** What checking a file with all its profiles gives: the rest is about the graph without any. */
export interface CheckedProfiles extends CheckResult {
  /** By name, in the order of the file; undefined for one with an error. */
  readonly profiles: ReadonlyMap<string, Plan | undefined>
}

/**
 * Checks a graph file and plans what it describes. Runs no processor; local modules are looked into by
 * `host.inspect`. Does not throw for anything that a file may contain.
 *
 * @param file path of the file, relative to `host.cwd`; messages name it as it is given here
 */
export async function check(file: string, host: Host): Promise<CheckResult> {
  const { report, tree } = await openMerged(file, host)
  const found = tree && (await checkTree(tree, report, host, file, createValidators()))
  return { diagnostics: report.diagnostics(), ...(found ?? nothing) }
}

/**
 * The same for a file and every one of its profiles. What is wrong with the graph is told once; what is only wrong with a
 * profile names it. Each module is looked into once.
 */
export async function checkProfiles(file: string, host: Host): Promise<CheckedProfiles> {
  const { report, tree, layers } = await openMerged(file, host)
  const looked = new Map<string, ReturnType<Host['inspect']>>()
  const inspect: Host['inspect'] = (path, from) => {
    const key = `${path} ${from ?? ''}`
    const module = looked.get(key) ?? host.inspect(path, from)
    looked.set(key, module)
    return module
  }
  const shared = { ...host, inspect }
  const validators = createValidators()
  const found = tree && (await checkTree(tree, report, shared, file, validators))
  const profiles = new Map<string, Plan | undefined>()
  for (const name of layers?.profiles.keys() ?? []) {
    const over = layers?.withProfile(name)
    if (over === undefined) continue
    const { plan } = await checkTree(over, report.inProfile(name), shared, file, validators)
    profiles.set(name, plan)
  }
  return { diagnostics: report.diagnostics(), ...(found ?? nothing), profiles }
}

/** A graph as it is when all its files are laid over each other, and what is wrong with it. */
export interface ResolvedGraph {
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined when the files cannot be laid over each other. */
  readonly tree: Tree | undefined
  /** Knows where its values were written, and which of them are secrets. */
  readonly source: Sources
}

/** Lays the files of a graph over each other, and checks what comes of it. */
export async function resolveGraph(file: string, host: Host): Promise<ResolvedGraph> {
  const { report, tree } = await openMerged(file, host)
  if (tree !== undefined) await checkTree(tree, report, host, file, createValidators())
  return { diagnostics: report.diagnostics(), tree, source: report.source }
}

const nothing = { plan: undefined, places: new Map<string, Place>() }

async function checkTree(
  tree: Tree,
  report: Report,
  host: Host,
  file: string,
  validators: Validators,
): Promise<Pick<CheckResult, 'plan' | 'places'>> {
  const written = readGraph(report, tree, host.use ?? {})
  const path = resolve(host.cwd, file)
  const spec = written && (await assemble(written, report, host, path))
  if (spec !== undefined) checkOverrides(report, host.use ?? {}, nodeIds(spec))
  const plan = spec && (await checkSpec(spec, report, host, path, validators))
  const places = spec === undefined ? new Map<string, Place>() : placesOf(report, spec)
  return { plan: report.hasErrors ? undefined : plan, places }
}

async function checkSpec(
  assembled: GraphSpec,
  report: Report,
  host: Host,
  file: string,
  validators: Validators,
): Promise<Plan | undefined> {
  const resolver = createResolver(report, host, file, validators)
  const found = await findNodes(assembled, resolver)
  const led = leadAgents(report, assembled, found.nodes)
  const { brains } = led
  const spec = addEnvOptions(led.spec, found, host.emulated)
  const usedVars = new Set<string>()
  const usedTools = new Set<string>()
  const calledTools: CalledTool[] = []
  const known = { report, validators, spec, file, usedVars, usedTools, calledTools }
  const values = await resolveAllValues(spec, known, host)
  const scope: OptionScope = { ...known, values }
  const servers = readServers(spec.mcp, serversUsed(spec.tools.values()), scope)
  const tools = await resolveTools(spec, resolver, servers, scope)
  const nodes = addFloor(report, spec, await readyNodes(spec, found, scope, host))
  const agents = spec.agents && resolveAgents(spec.agents, brains, scope)
  const vars = readVariables(spec, scope, host)
  const turns = readTurns(spec.turns, scope)
  const { budgets, costBudget } = readBudgets(spec.budgets, nodes, scope)
  const { memory, inputPaths } = await readMemory(spec.memory, resolver, scope)
  await lookForFiles(inputPaths, scope, host)
  const chains = [...spec.chains, ...sideChains(spec, brains, nodes)]
  const wiring = drawWires(report, chains, {
    ready: nodes,
    specs: spec.nodes,
    builtins: host.builtins,
    complete: spec.hasNodes,
  })
  checkCalled(report, spec, calledTools)
  checkBuiltinTools(report, spec, nodes)
  if (spec.agents !== undefined) checkAgents(report, spec, spec.agents, brains, agents)
  checkFallbacks(report, nodes, { wires: wiring.wires, builtins: host.builtins })
  applyRules({ report, spec, nodes, wiring, usedVars, usedTools })
  const order = orderNodes(report, nodes, wiring.wires, floorOrder(nodes, wiring.wires))
  if (order === undefined) return undefined
  const sound = resolveFormats(report, order, nodes, wiring.wires)
  remarkDoubleConversions(report, sound, nodes)
  const { name } = spec
  return buildPlan({
    name,
    file,
    order,
    nodes,
    sound,
    tools,
    servers: [...servers.values()].filter((server) => server !== undefined),
    agents,
    vars,
    turns,
    budgets,
    costBudget,
    memory,
  })
}

function readVariables(
  spec: GraphSpec,
  scope: OptionScope,
  host: Host,
): Readonly<Record<string, PlanVar>> {
  for (const param of spec.params.values()) {
    const given = Object.hasOwn(host.params, param.name) ? host.params[param.name] : undefined
    if (param.default !== undefined) readDefault(param, param.default, scope)
    if (given !== undefined) readDefault(param, treeFromText(given, param.key), scope)
  }
  const vars = [...spec.vars.values()].map((variable): [string, PlanVar] => {
    const value = variable.default && readDefault(variable, variable.default, scope)
    return [variable.name, { type: variable.type, schema: variable.schema, default: value }]
  })
  return Object.fromEntries(vars)
}

/** A value from the command line, typed as YAML would. */
function treeFromText(text: string, span: NodeSpec['key']): Tree {
  const isNumber = /^-?\d+(\.\d+)?$/.test(text)
  const isWord = text === 'true' || text === 'false'
  const tree = treeOf(isNumber ? Number(text) : isWord ? text === 'true' : text, span)
  return tree.kind === 'scalar' ? { ...tree, source: text } : tree
}
