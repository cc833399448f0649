import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { isDefinition, manifestOf, toolManifestOf } from '../define/index.ts'
import type { ExportManifest, InspectOrder, ModuleManifest } from './inspect.ts'

/** Runs in a worker of its own: imports one module and says what it exports. */
async function inspect(path: string): Promise<ModuleManifest> {
  let module: Readonly<Record<string, unknown>>
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module
  } catch (error) {
    return failure(error, path)
  }
  const exports: Record<string, ExportManifest> = {}
  try {
    // JSON leaves only what is static; what is not says so here and not somewhere else.
    for (const [name, value] of Object.entries(module)) exports[name] = exportOf(value)
    return { kind: 'module', exports: JSON.parse(JSON.stringify(exports)) as typeof exports }
  } catch (error) {
    return { kind: 'failed', why: 'manifest', reason: String(error), position: undefined }
  }
}

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

const { path } = workerData as InspectOrder
// Not awaited at the top: a module that never finishes shall end the worker without a warning.
void inspect(path).then((answer) => parentPort?.postMessage(answer))
