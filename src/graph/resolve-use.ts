import { dirname, resolve } from 'node:path'
import type { Manifest, ToolManifest } from '../define/index.ts'
import type { Validators } from '../schema/compile.ts'
import type { Host } from './host.ts'
import type { ExportManifest, ModuleManifest } from './inspect.ts'
import { reportModule } from './module-errors.ts'
import type { CodeRef } from './plan.ts'
import type { Report } from './report.ts'
import { textOf } from './shape.ts'
import { listNames, meantOfFamily } from './suggest.ts'
import type { ScalarTree, Span } from './tree.ts'
import { reportFileMissing } from './values.ts'

/** What a `use` leads to. */
export interface Found<M> {
  readonly code: CodeRef
  readonly manifest: M
}

/** Finds what `use` names. Every module is looked into once. */
export interface Resolver {
  /** Undefined, and reported, when there is no such processor. */
  node(use: ScalarTree): Promise<Found<Manifest> | undefined>
  memory(use: ScalarTree): Promise<Found<Manifest> | undefined>
  tool(tool: ToolUse): Promise<Found<ToolManifest> | undefined>
}

/** What is to be known of an entry of tools to find its code. */
interface ToolUse {
  readonly use: ScalarTree
}

interface Context {
  readonly report: Report
  readonly host: Host
  /** Absolute path of the graph. */
  readonly file: string
  readonly validators: Validators
  readonly modules: Map<string, Promise<ModuleManifest>>
}

/** What a place of the file wants, how messages call the place, and what makes such a thing. */
const places = {
  processor: { where: 'a node', home: 'nodes', maker: 'defineProcessor' },
  memory: { where: 'the entry memory', home: 'memory', maker: 'defineMemory' },
  tool: { where: 'an entry of tools', home: 'tools', maker: 'defineTool' },
} as const

/** What a place of the file wants. */
export type Wanted = keyof typeof places

/** Makes a resolver for one file. */
export function createResolver(
  report: Report,
  host: Host,
  file: string,
  validators: Validators,
): Resolver {
  const context: Context = { report, host, file, validators, modules: new Map() }
  return {
    node: (use) => resolveManifest(context, use, 'processor'),
    memory: (use) => resolveManifest(context, use, 'memory'),
    tool: (tool) => resolveTool(context, tool),
  }
}

async function resolveManifest(
  context: Context,
  use: ScalarTree,
  wanted: 'processor' | 'memory',
): Promise<Found<Manifest> | undefined> {
  const { report, host } = context
  const text = textOf(use)
  if (/^\.{1,2}\//.test(text)) {
    const found = await resolveExport(context, text, use.span, wanted)
    if (found === undefined) return undefined
    const { manifest, code } = found
    if (manifest.kind === 'tool' || manifest.kind === 'other') return undefined
    const reason = faultOf(manifest, context.validators)
    if (reason === undefined) return { code, manifest }
    report.add('bad-manifest', use.span, { use: text, reason, kind: manifest.kind })
    return undefined
  }
  if (isPackage(context, text, use.span)) return undefined
  const manifest = host.builtins.find((one) => one.id === text)
  if (manifest !== undefined && isWanted(manifest, wanted)) {
    return { code: { kind: 'builtin', name: text }, manifest }
  }
  if (manifest !== undefined) reportKind(report, use.span, text, manifest, wanted)
  else reportUnknown(context, use, wanted)
  return undefined
}

function reportUnknown({ report, host }: Context, use: ScalarTree, wanted: Wanted): void {
  const text = textOf(use)
  const isMemory = wanted === 'memory'
  const names = host.builtins.filter((one) => isWanted(one, wanted)).map((one) => one.id)
  const local = /\.[mc]?[jt]s(#|$)/.test(text) ? `Write ./${text}` : undefined
  const label = isMemory ? 'Built-in memories' : 'Built-in processors'
  const { suggestion, meant } = meantOfFamily(text, label, names)
  const key = isMemory ? 'unknown-processor/memory' : 'unknown-processor'
  report.add(key, use.span, { name: text, suggestion: local ?? suggestion }, meant)
}

async function resolveTool(
  context: Context,
  tool: ToolUse,
): Promise<Found<ToolManifest> | undefined> {
  const { report } = context
  const text = textOf(tool.use)
  const { span } = tool.use
  if (text.startsWith('npm:')) return toolOfPackage(context, text, span)
  if (!/^\.{1,2}\//.test(text)) {
    if (isPackage(context, text, span)) return undefined
    const use = text === '' ? '""' : text
    report.add('not-a-module', span, { use })
    return undefined
  }
  const found = await resolveExport(context, text, span, 'tool')
  if (found === undefined || found.manifest.kind !== 'tool') return undefined
  return soundTool(context, text, span, { ...found, manifest: found.manifest })
}

function soundTool(
  { report, validators }: Context,
  use: string,
  span: Span,
  found: Found<ToolManifest>,
): Found<ToolManifest> | undefined {
  try {
    validators.of(found.manifest.parameters)
    return found
  } catch (error) {
    const reason = `its parameters are not a JSON Schema: ${String(error)}`
    report.add('bad-manifest', span, { use, reason, kind: 'tool' })
    return undefined
  }
}

/** `npm:@acme/tools#find`: looked for as a module in place of the file would, and looked into like a local one. */
async function toolOfPackage(
  context: Context,
  text: string,
  span: Span,
): Promise<Found<ToolManifest> | undefined> {
  const { report, host, file, modules } = context
  const [, path = '', name = 'default'] = /^npm:([^#]+)(?:#(.+))?$/.exec(text) ?? []
  const packageName = /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(?=\/|$)/i.exec(path)?.[0]
  if (packageName === undefined || path.includes('..')) {
    const expected = 'npm:package#export, for example npm:@acme/tools#find'
    report.add('bad-value', span, { option: 'use', expected, shown: `"${text}"`, suggestion: '' })
    return undefined
  }
  const from = report.source.at(span).path ?? file
  const key = `${path} ${from}`
  const looked = modules.get(key) ?? host.inspect(path, from)
  modules.set(key, looked)
  const module = await looked
  if (module.kind === 'failed') {
    const params = { name: packageName, file: report.source.at(span).source.file }
    if (module.why === 'not-found') report.add('plugin-not-installed', span, params)
    else reportModule(report, module, { path, absolute: path, span, kind: 'tool' })
    return undefined
  }
  const manifest = Object.hasOwn(module.exports, name) ? module.exports[name] : undefined
  if (manifest?.kind !== 'tool') {
    reportExport(report, module.exports, { text, path, name, span, kind: 'tool' })
    return undefined
  }
  const code = { kind: 'file', path: module.path ?? path, export: name } as const
  return soundTool(context, text, span, { code, manifest })
}

/** Forms of `use` that only later versions resolve. */
function isPackage({ report }: Context, text: string, span: Span): boolean {
  const hint = 'This version takes built-in names and local modules: use: ./word-mask.ts'
  if (!/^(npm|mcp):|^[\w@-]+\/./.test(text) || /\.[mc]?[jt]s(#|$)/.test(text)) return false
  report.add('not-yet', span, { key: text, hint })
  return true
}

async function resolveExport(
  context: Context,
  text: string,
  span: Span,
  kind: Wanted,
): Promise<{ code: CodeRef; manifest: ExportManifest } | undefined> {
  const { report, host, file, modules } = context
  const hash = text.indexOf('#')
  const path = hash < 0 ? text : text.slice(0, hash)
  const name = hash < 0 ? 'default' : text.slice(hash + 1)
  if (/\.ya?ml$/.test(path)) {
    const hint = 'Write the nodes of that file into this one.'
    report.add('not-yet', span, { key: path, hint })
    return undefined
  }
  if (!/\.m?[jt]s$/.test(path)) {
    report.add('not-a-module', span, { use: path })
    return undefined
  }
  const absolute = resolve(dirname(report.source.at(span).path ?? file), path)
  const looked = modules.get(absolute) ?? lookInto(host, absolute)
  modules.set(absolute, looked)
  const module = await looked
  if (module.kind === 'failed') {
    if (module.why === 'not-found') await reportFileMissing(report, host, file, path, span)
    else reportModule(report, module, { path, absolute, span, kind })
    return undefined
  }
  const manifest = Object.hasOwn(module.exports, name) ? module.exports[name] : undefined
  if (manifest !== undefined && isWanted(manifest, kind)) {
    return { code: { kind: 'file', path: absolute, export: name }, manifest }
  }
  reportExport(report, module.exports, { text, path, name, span, kind })
  return undefined
}

async function lookInto(host: Host, path: string): Promise<ModuleManifest> {
  const names = await host.listDirectory(dirname(path))
  const reason = 'there is no such file'
  if (names.includes(path.slice(dirname(path).length).replace(/^\//, ''))) return host.inspect(path)
  return { kind: 'failed', why: 'not-found', reason, position: undefined }
}

/** Where something belongs; undefined for what belongs nowhere. */
const homeOf = ({ kind }: ExportManifest): Wanted | undefined =>
  kind === 'other' ? undefined : kind === 'tool' || kind === 'memory' ? kind : 'processor'

const isWanted = (manifest: ExportManifest, wanted: Wanted): boolean => homeOf(manifest) === wanted

function reportExport(
  report: Report,
  exports: Readonly<Record<string, ExportManifest>>,
  at: { text: string; path: string; name: string; span: Span; kind: Wanted },
): void {
  const { text: use, path, name, span, kind } = at
  const manifest = Object.hasOwn(exports, name) ? exports[name] : undefined
  if (manifest === undefined) {
    const names = Object.keys(exports).filter((one) => one !== 'default')
    const first = Object.hasOwn(exports, 'default') ? ['default'] : []
    const list = [...first, ...(names.length > 0 ? [listNames(names)] : [])].join(', ')
    const all = list === '' ? 'It exports nothing.' : `It exports: ${list}.`
    const key = name === 'default' ? 'no-such-export/default' : 'no-such-export'
    report.add(key, span, { path, kind, name, exports: all }, undefined)
    return
  }
  reportKind(report, span, use, manifest, kind)
}

function reportKind(
  report: Report,
  span: Span,
  use: string,
  manifest: ExportManifest,
  wanted: Wanted,
): void {
  const { where, maker } = places[wanted]
  const actual = manifest.kind === 'other' ? thing(manifest.type) : `a ${manifest.kind}`
  const home = homeOf(manifest)
  const hint =
    home === undefined
      ? `Export what ${maker} of voxgraph/plugin returns.`
      : `Put it under ${places[home].home}.`
  report.add('wrong-kind', span, { use, actual, where, expected: `a ${wanted}`, hint })
}

const thing = (type: string): string =>
  /^[aeiou]/.test(type) ? `an ordinary ${type}` : `a plain ${type}`

/** What is wrong with a manifest that a local module gave. */
function faultOf(manifest: Manifest, validators: Validators): string | undefined {
  for (const side of ['in', 'out'] as const) {
    const ports = Object.entries(manifest.ports[side])
    const main = ports.filter(([, port]) => port.main).map(([name]) => name)
    if (main.length > 1) return `${main.join(' and ')} cannot both be its main ${side}put`
    const odd = ports.find(([name, port]) => typeof port.type !== 'string' || name === '')
    if (odd !== undefined) return `the port "${odd[0]}" has no type`
  }
  try {
    validators.of(manifest.options)
    return undefined
  } catch (error) {
    return `its options are not a JSON Schema: ${error instanceof Error ? error.message : String(error)}`
  }
}
