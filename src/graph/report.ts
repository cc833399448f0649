import type { Diagnostic } from '../errors/diagnostics.ts'
import {
  graphErrors,
  graphVariants,
  graphWarnings,
  type GraphErrorCode,
  type GraphErrorKey,
} from '../errors/graph-errors.ts'
import { fill, type ErrorParams } from '../errors/voxgraph-error.ts'
import { printable, type Source } from './source.ts'
import { createSources, type SourceEntry, type Sources } from './sources.ts'
import type { Span } from './tree.ts'

/** Collects what is wrong with one file, with its bases and with the parts that it uses. */
export interface Report {
  readonly source: Sources
  /**
   * Adds a problem. `span` is what the caret stands under; without one it is about the whole file.
   * `fix` is the text that would mend it there.
   */
  add(key: GraphErrorKey, span: Span | undefined, params?: ErrorParams, fix?: string): void
  /** True the first time that an error is known by this name; afterwards it counts, and is not to be told again. */
  isNew(name: string): boolean
  readonly hasErrors: boolean
  /** In the order in which they stand in the file. */
  diagnostics(): readonly Diagnostic[]
  /**
   * The same report for what is checked of a profile: what has been told is not told again, and what is only
   * wrong there says so. Its `hasErrors` is about the profile alone.
   */
  inProfile(name: string): Report
}

/** Nobody mends more at once; a file that is all wrong shall not fill the memory. */
const mostProblems = 1000

/** Begins a report about a file. */
export function createReport(graph: Source): Report {
  return viewOf({ source: createSources(graph), found: [], seen: new Map() }, undefined)
}

/** What the views of a report share. */
interface Findings {
  readonly source: Sources
  readonly found: { made: () => Diagnostic; start: number }[]
  /** Profiles in which a thing was found, by what it is; undefined: in the graph without any. */
  readonly seen: Map<string, string[] | undefined>
}

function viewOf(findings: Findings, profile: string | undefined): Report {
  const { source, found, seen } = findings
  let hasErrors = false
  const isNew = (id: string): boolean => {
    const profiles = seen.get(id)
    if (profile !== undefined && profiles?.includes(profile) === false) profiles.push(profile)
    if (seen.has(id)) return false
    seen.set(id, profile === undefined ? undefined : [profile])
    return true
  }
  return {
    source,
    isNew(name) {
      hasErrors = true
      return isNew(name)
    },
    inProfile: (name) => viewOf(findings, name),
    add(key, span, params = {}, fix) {
      const code = codeOf(key)
      const severity = graphWarnings.includes(code) ? 'warning' : 'error'
      hasErrors ||= severity === 'error'
      if (found.length >= mostProblems) return
      const message = textOf(key, 'message', params)
      const place = span && source.at(span)
      const id = idOf(code, message, span, place)
      if (!isNew(id)) return
      const help = textOf(key, 'help', params)
      const range = span && source.range(span)
      const { file } = place?.source ?? source
      const usedIn = place?.usedIn ?? []
      // Excerpts are cut at the end, when all secrets are known.
      const made = (): Diagnostic => ({
        code,
        severity,
        message,
        help,
        file,
        range,
        excerpt: span === undefined ? '' : source.excerpt(span),
        fix,
        ...(usedIn.length > 0 && { usedIn }),
        ...profilesOf(seen.get(id)),
      })
      found.push({ made, start: span?.start ?? Infinity })
    },
    get hasErrors() {
      return hasErrors
    },
    diagnostics: () =>
      found
        .toSorted((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0))
        .map((one) => one.made()),
  }
}

const profilesOf = (profiles: readonly string[] | undefined): Pick<Diagnostic, 'profiles'> =>
  profiles === undefined ? {} : { profiles }

/**
 * What stands in one place is told once, however many agents share it and however often a part is used: names
 * of nodes differ only by what is in front.
 */
function idOf(
  code: string,
  message: string,
  span: Span | undefined,
  place: SourceEntry | undefined,
): string {
  if (span === undefined || place === undefined) return `${code} ${message}`
  const inside = message.replaceAll(/\b(?:[a-z0-9_]+\/)+/g, '')
  return `${code} ${place.path ?? ''}:${span.start - place.start} ${inside}`
}

const codeOf = (key: GraphErrorKey): GraphErrorCode => (key.split('/')[0] ?? key) as GraphErrorCode

function textOf(key: GraphErrorKey, part: 'message' | 'help', params: ErrorParams): string {
  const entry = key in graphVariants ? graphVariants[key as keyof typeof graphVariants] : undefined
  const template = (entry ?? graphErrors[codeOf(key)])[part]
  return printable(fill(template, params)).trim()
}
