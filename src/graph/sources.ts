import type { Range } from '../errors/diagnostics.ts'
import { createSource, type Source } from './source.ts'
import type { Span } from './tree.ts'

/** Where a part or a base is used: a file as the user named it, and a place in it. */
export interface UsePlace {
  readonly file: string
  readonly range: Range
}

/** A text and what it belongs to. */
export interface SourceEntry {
  /** Offset of its first character among all texts. */
  readonly start: number
  readonly source: Source
  /** Absolute path; undefined for the graph itself. */
  readonly path: string | undefined
  /** Innermost first; none for the graph itself. */
  readonly usedIn: readonly UsePlace[]
  /** Of a base: the text that it is laid under, whose params count in it. */
  readonly under: SourceEntry | undefined
}

/** Another text, and where it is named. */
export interface AddedSource {
  readonly file: string
  readonly path: string
  readonly text: string
  readonly used: Span
  /** It is laid under the text that names it. */
  readonly isBase?: boolean
}

/**
 * The texts of a graph, of its bases and of the parts that it uses, one behind the other: a span says by itself in which
 * of them it lies. A part that is used twice is there twice.
 */
export interface Sources extends Source {
  /** Adds a text; spans in it count from `start` of what is returned. */
  add(added: AddedSource): SourceEntry
  /** The text that a span lies in. */
  at(span: Span): SourceEntry
  /** `line 8`, and of another text than `from` is in `base.yaml:8`. */
  nameLine(span: Span, from: Span): string
}

/** The graph itself, ready to have parts added. */
export function createSources(graph: Source): Sources {
  let text = graph.text
  const nowhere = { path: undefined, usedIn: [], under: undefined }
  const first: SourceEntry = { start: 0, source: graph, ...nowhere }
  const entries: SourceEntry[] = [first]
  const at = (span: Span): SourceEntry => {
    let found = first
    // There are few parts, and most of what is looked up lies in the last of them.
    for (let index = entries.length - 1; index >= 0; index--) {
      found = entries[index] ?? first
      if (found.start <= span.start) break
    }
    return found
  }
  const local = (span: Span, { start }: SourceEntry): Span => shifted(span, -start)
  const ask = <T>(span: Span, question: (source: Source, inside: Span) => T): T => {
    const entry = at(span)
    return question(entry.source, local(span, entry))
  }
  return {
    file: graph.file,
    get text() {
      return text
    },
    at,
    add({ file, path, text: added, used, isBase = false }) {
      const outer = at(used)
      const place = { file: outer.source.file, range: outer.source.range(local(used, outer)) }
      const entry: SourceEntry = {
        start: text.length + 1,
        source: createSource(file, added),
        path,
        usedIn: [place, ...outer.usedIn],
        under: isBase ? (outer.under ?? outer) : undefined,
      }
      text += `\n${added}`
      entries.push(entry)
      return entry
    },
    nameLine(span, from) {
      const entry = at(span)
      const line = entry.source.lineOf(local(span, entry))
      const { file } = entry.source
      return file === at(from).source.file ? `line ${line}` : `${file}:${line}`
    },
    range: (span) => ask(span, (source, inside) => source.range(inside)),
    lineOf: (span) => ask(span, (source, inside) => source.lineOf(inside)),
    excerpt: (span) => ask(span, (source, inside) => source.excerpt(inside)),
    hide: (span) => ask(span, (source, inside) => source.hide(inside)),
    isHidden: (span) => ask(span, (source, inside) => source.isHidden(inside)),
    find(span, part, from) {
      const entry = at(span)
      return shifted(entry.source.find(local(span, entry), part, from), entry.start)
    },
  }
}

/** The same span as seen from another beginning. */
export const shifted = ({ start, end }: Span, by: number): Span => ({
  start: start + by,
  end: end + by,
})
