import { dirname, resolve } from 'node:path'
import type { Host } from './host.ts'
import { parseInterpolation, type Interpolation, type Reference } from './interpolate.ts'
import { isFailure, decodeText } from './read-file.ts'
import type { Report } from './report.ts'
import type { VarSpec } from './spec.ts'
import { choice, meantOrAll, nearest } from './suggest.ts'
import type { ScalarTree, Span, Tree } from './tree.ts'
import { plainText } from './shape.ts'

/** A text after interpolation. `references` are empty for a text that has none. */
export interface Resolved {
  /** Undefined when a part of it is missing; that has been reported, or is let pass. */
  readonly text: string | undefined
  readonly references: readonly Reference[]
}

/** Values of `${...}` for one file. */
export interface Values {
  /** The text of a scalar that `collect` has seen. */
  of(scalar: ScalarTree): Resolved
}

/** Largest file that `${file:...}` reads. */
export const largestInclude = 1_000_000

interface Use {
  readonly reference: Reference
  readonly span: Span
  readonly implied: boolean
}

/**
 * Finds every `${...}` in the trees and fetches what they stand for, each once. All that is missing is
 * reported; names of variables in one message.
 */
export async function resolveValues(
  trees: Iterable<Tree>,
  params: ReadonlyMap<string, VarSpec>,
  report: Report,
  host: Host,
  file: string,
): Promise<Values> {
  const parsed = new Map<ScalarTree, Interpolation>()
  const uses: Use[] = []
  for (const tree of trees) collect(tree, parsed, uses, report)
  for (const param of params.values()) {
    if (param.default) collect(param.default, parsed, uses, report)
  }
  const fetched = new Map<string, string | undefined>()
  const context = { report, host, file, params }
  const nameOf = nameIn(context)
  for (const use of uses) {
    const name = nameOf(use.reference, use.span)
    if (use.reference.scheme !== 'param' && !fetched.has(name))
      fetched.set(name, await fetch(use, context))
  }
  const of = (scalar: ScalarTree): Resolved =>
    join(scalar, parsed.get(scalar), (reference) => fetched.get(nameOf(reference, scalar.span)))
  for (const { reference, span } of uses) {
    if (reference.scheme !== 'param' || fetched.has(reference.written)) continue
    fetched.set(reference.written, paramValue(reference, span, context, of))
  }
  reportMissing(report, host, uses, fetched)
  reportUnknownParams(report, host, params)
  return { of }
}

/** What is fetched goes by its name; a file also by the folder of whoever names it. */
const nameIn =
  ({ report, file }: Context) =>
  ({ scheme, written }: Reference, span: Span): string =>
    scheme === 'file' ? `${dirname(report.source.at(span).path ?? file)} ${written}` : written

interface Context {
  readonly report: Report
  readonly host: Host
  readonly file: string
  readonly params: ReadonlyMap<string, VarSpec>
}

function collect(
  tree: Tree,
  parsed: Map<ScalarTree, Interpolation>,
  uses: Use[],
  report: Report,
): void {
  if (tree.kind === 'map') {
    for (const entry of tree.entries) collect(entry.value, parsed, uses, report)
  } else if (tree.kind === 'list') {
    for (const item of tree.items) collect(item, parsed, uses, report)
  } else if (typeof tree.value === 'string' && tree.value.includes('$') && !parsed.has(tree)) {
    const interpolation = parseInterpolation(tree.value)
    parsed.set(tree, interpolation)
    const { source } = report
    for (const { kind, name, written } of interpolation.mistakes) {
      const span = source.find(tree.span, written.slice(0, 30))
      const key = kind === 'name' ? '' : (`/${kind}` as const)
      report.add(`interpolation-source${key}`, span, { written, name })
    }
    let from = 0
    for (const piece of interpolation.pieces) {
      if (typeof piece === 'string') continue
      const span = source.find(tree.span, piece.written, from)
      from = Math.max(from, span.end - tree.span.start)
      uses.push({ reference: piece, span, implied: tree.implied === true })
    }
  }
}

function join(
  scalar: ScalarTree,
  interpolation: Interpolation | undefined,
  fetched: (reference: Reference) => string | undefined,
): Resolved {
  if (interpolation === undefined) return { text: plainText(scalar) ?? '', references: [] }
  let text: string | undefined = interpolation.mistakes.length > 0 ? undefined : ''
  const references: Reference[] = []
  for (const piece of interpolation.pieces) {
    if (typeof piece !== 'string') references.push(piece)
    const value = typeof piece === 'string' ? piece : fetched(piece)
    text = text === undefined || value === undefined ? undefined : text + value
  }
  return { text, references }
}

async function fetch(use: Use, context: Context): Promise<string | undefined> {
  const { reference, span } = use
  const { name, fallback, complaint, scheme } = reference
  const { host, report } = context
  let value: string | undefined
  if (scheme === 'env') value = host.env[name]
  else if (scheme === 'secret') value = await host.secret?.(name)
  else return await includeFile(use, context)
  // An empty variable counts as one that is not set.
  if (value !== undefined && value !== '') return value
  if (fallback !== undefined) return fallback
  if (host.lenient === true) return undefined
  if (complaint !== undefined) report.add('env-missing/said', span, { name, said: complaint })
  else if (scheme === 'secret')
    report.add(host.secret ? 'secret-missing' : 'secret-missing/nowhere', span, { name })
  return undefined
}

async function includeFile(use: Use, context: Context): Promise<string | undefined> {
  const { name, fallback, complaint } = use.reference
  const { host, report, file } = context
  const path = resolve(dirname(report.source.at(use.span).path ?? file), name)
  const read = await host.readText(path, largestInclude)
  const text = isFailure(read) ? undefined : decodeText(read)
  if (text !== undefined) return text
  if (fallback !== undefined) return fallback
  if (host.lenient === true) return undefined
  if (complaint !== undefined) report.add('env-missing/said', use.span, { name, said: complaint })
  else await reportFileMissing(report, host, file, name, use.span)
  return undefined
}

/** Says that a file cannot be read, and which one beside it may be meant. */
export async function reportFileMissing(
  report: Report,
  host: Host,
  file: string,
  name: string,
  span: Span,
): Promise<void> {
  const place = report.source.at(span)
  const path = resolve(dirname(place.path ?? file), name)
  const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : ''
  const wanted = name.slice(folder.length)
  const meant = nearest(wanted, await host.listDirectory(dirname(path)))
  const suggestion = meant === undefined ? '' : `did you mean ${folder}${meant}?`
  report.add('file-missing', span, { path: name, file: place.source.file, suggestion })
}

function paramValue(
  reference: Reference,
  span: Span,
  context: Context,
  of: (scalar: ScalarTree) => Resolved,
): string | undefined {
  const { name, fallback } = reference
  const { host, report, params } = context
  const param = params.get(name)
  if (param === undefined) {
    const meant = nearest(name, params.keys())
    const suggestion = meantOrAll(meant, 'Params here', params.keys())
    report.add('unknown-param', span, { name, suggestion })
    return undefined
  }
  const given = Object.hasOwn(host.params, name) ? host.params[name] : undefined
  if (given !== undefined && given !== '') return given
  if (param.default?.kind === 'scalar') {
    const { value, source } = param.default
    return typeof value === 'string' ? of(param.default).text : source
  }
  if (fallback !== undefined) return fallback
  if (host.lenient !== true) report.add('param-missing', span, { name })
  return undefined
}

/** All variables that are not set, in one message. Keys of providers are missed where calls are to be taken. */
function reportMissing(
  report: Report,
  host: Host,
  uses: readonly Use[],
  fetched: ReadonlyMap<string, string | undefined>,
): void {
  if (host.lenient === true) return
  const missing = uses.filter(
    ({ reference: { scheme, written, complaint }, implied }) =>
      scheme === 'env' &&
      complaint === undefined &&
      fetched.get(written) === undefined &&
      (!implied || host.needKeys === true),
  )
  const isNew = ({ reference: { name }, span }: Use): boolean =>
    report.isNew(`${name} ${report.source.at(span).path ?? ''} ${report.source.lineOf(span)}`)
  const inOrder = missing.filter(isNew).toSorted((one, other) => one.span.start - other.span.start)
  const [first] = inOrder
  if (first === undefined) return
  const byName = Map.groupBy(inOrder, ({ reference }) => reference.name)
  const names = [...byName].map(([name, where]) => {
    const lines = [...new Set(where.map(({ span }) => report.source.nameLine(span, first.span)))]
    const isHere = lines.every((line) => line.startsWith('line '))
    const numbers = lines.map((line) => line.replace('line ', ''))
    return isHere && lines.length > 1
      ? `${name} (lines ${choice(numbers, 'and')})`
      : `${name} (${choice(lines, 'and')})`
  })
  const key = inOrder.every(({ implied }) => implied)
    ? ({ one: 'env-missing/key', more: 'env-missing/keys' } as const)
    : ({ one: 'env-missing/one', more: 'env-missing' } as const)
  const params = { count: byName.size, names: names.join(', ') }
  report.add(byName.size === 1 ? key.one : key.more, first.span, params)
}

function reportUnknownParams(
  report: Report,
  host: Host,
  params: ReadonlyMap<string, VarSpec>,
): void {
  for (const name of Object.keys(host.params)) {
    if (params.has(name)) continue
    const all = meantOrAll(nearest(name, params.keys()), 'Params here', params.keys())
    const suggestion = all === '' ? `Name it in the graph: params: { ${name}: … }` : all
    report.add('unknown-param/set', undefined, { name, suggestion })
  }
  for (const param of params.values()) {
    const given = Object.hasOwn(host.params, param.name) || param.default !== undefined
    if (param.required && !given && host.lenient !== true) {
      report.add('param-missing', param.key, { name: param.name })
    }
  }
}
