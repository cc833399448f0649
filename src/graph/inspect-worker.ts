import { readFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { isDefinition, manifestOf, toolManifestOf } from '../define/index.ts'
import type { ExportManifest, InspectOrder, ModuleManifest } from './inspect.ts'

/** Runs in a worker of its own: imports one module and says what it exports. */
async function inspect({ path: asked, from }: InspectOrder): Promise<ModuleManifest> {
  let module: Readonly<Record<string, unknown>>
  let path = asked
  const found = from === undefined ? undefined : findPackages(from)
  try {
    const url = found === undefined ? pathToFileURL(path).href : `${packageScheme}${path}`
    module = (await import(url)) as typeof module
    path = found?.() ?? path
  } catch (error) {
    // Of a package that is there and imports another that is not, a place is known.
    const isMissing = from !== undefined && found?.() === undefined && isNotFound(error)
    if (isMissing) return { kind: 'failed', why: 'not-found', reason: '', position: undefined }
    return failure(error, found?.() ?? path)
  }
  const exports: Record<string, ExportManifest> = {}
  try {
    // JSON leaves only what is static; what is not says so here and not somewhere else.
    for (const [name, value] of Object.entries(module)) exports[name] = exportOf(value)
    const manifests = JSON.parse(JSON.stringify(exports)) as typeof exports
    return { kind: 'module', exports: manifests, ...(from !== undefined && { path }) }
  } catch (error) {
    return { kind: 'failed', why: 'manifest', reason: String(error), position: undefined }
  }
}

const packageScheme = 'voxgraph-package:'

/**
 * From now on a package is looked for as a module in place of the graph would: with the algorithm of Node itself.
 * @returns what tells where it was found
 */
function findPackages(from: string): () => string | undefined {
  let found: string | undefined
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith(packageScheme)) return next(specifier, context)
      const name = specifier.slice(packageScheme.length)
      const resolved = next(name, { ...context, parentURL: pathToFileURL(from).href })
      found = fileURLToPath(resolved.url)
      return resolved
    },
  })
  return () => found
}

const isNotFound = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'

function exportOf(value: unknown): ExportManifest {
  if (!isDefinition(value)) return { kind: 'other', type: typeof value }
  if (value.kind !== 'tool') return manifestOf(value)
  return toolManifestOf(value)
}

function failure(error: unknown, path: string): ModuleManifest {
  if (!(error instanceof Error)) {
    return { kind: 'failed', why: 'threw', reason: String(error), position: undefined }
  }
  const [reason = error.name] = error.message.split('\n')
  if (error instanceof SyntaxError) {
    const position = positionOf(error.stack ?? '') ?? parsedPosition(path)
    return { kind: 'failed', why: 'syntax', reason: reason.replace(/[.]$/, ''), position }
  }
  const at = /\(?(?:file:\/\/)?(\/[^\s()]+:\d+:\d+)\)?/.exec(error.stack ?? '')?.[1]
  const position = at?.startsWith(path) === true ? at : undefined
  return { kind: 'failed', why: 'threw', reason, position }
}

/** V8 and the type stripper put `file:line`, the line and a caret above the message. */
function positionOf(stack: string): string | undefined {
  const lines = stack.split('\n')
  const place = /^(?:file:\/\/)?(\/.*):(\d+)$/.exec(lines[0] ?? '')
  const caret = lines.find((line) => /^\s*\^+\s*$/.test(line))
  if (place === null) return undefined
  const column = caret === undefined ? '' : `:${caret.indexOf('^') + 1}`
  return `${place[1]}:${place[2]}${column}`
}

/** A plain script says no position when it does not parse; the type stripper, asked again, does. */
function parsedPosition(path: string): string | undefined {
  try {
    stripTypeScriptTypes(readFileSync(path, 'utf8'), { sourceUrl: path })
  } catch (error) {
    return error instanceof Error ? positionOf(error.stack ?? '') : undefined
  }
  return undefined
}

// Not awaited at the top: a module that never finishes shall end the worker without a warning.
void inspect(workerData as InspectOrder).then((answer) => parentPort?.postMessage(answer))
