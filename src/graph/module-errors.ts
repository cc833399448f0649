import { dirname, relative } from 'node:path'
import type { ModuleManifest } from './inspect.ts'
import type { Report } from './report.ts'
import type { Span } from './tree.ts'

/** Where a module is named. */
export interface ModulePlace {
  /** As written. */
  readonly path: string
  readonly absolute: string
  readonly span: Span
  readonly kind: string
}

/** Says why a local module could not be looked into, at the place that names it. */
export function reportModule(
  report: Report,
  failure: Extract<ModuleManifest, { kind: 'failed' }>,
  place: ModulePlace,
): void {
  const { path, span, kind } = place
  const reason = shorten(failure.reason, place)
  const position = failure.position === undefined ? path : shorten(failure.position, place)
  if (failure.why === 'syntax') {
    const language = /\.m?ts$/.test(path) ? 'TypeScript' : 'JavaScript'
    report.add('module-syntax', span, { path, language, reason, position })
  } else if (failure.why === 'timeout') {
    report.add('module-timeout', span, { path, seconds: failure.reason })
  } else if (failure.why === 'manifest') {
    report.add('bad-manifest', span, { use: path, reason, kind })
  } else {
    const hint = remedyFor(failure.reason, failure.position === undefined ? undefined : position)
    report.add('module-failed', span, { path, reason: sentence(reason), hint })
  }
}

/** Absolute paths next to the module are shown as the file wrote it. */
function shorten(text: string, { path, absolute }: ModulePlace): string {
  const folder = dirname(absolute)
  const written = path.slice(0, path.lastIndexOf('/'))
  return text
    .replaceAll('file://', '')
    .replaceAll(`${folder}/`, `${written}/`)
    .replaceAll(`${dirname(folder)}/`, `${relative(folder, dirname(folder))}/`)
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`)

/** What to do when a module cannot be loaded, as far as its error tells. */
export function remedyFor(reason: string, position?: string): string {
  const missing = /Cannot find package '([^']+)'/.exec(reason)?.[1]
  if (missing !== undefined) return `Run: npm install ${missing}`
  if (/Cannot find module/.test(reason)) return 'Correct the path of that import.'
  return position === undefined ? 'Import the module by itself to see more.' : `See ${position}.`
}
