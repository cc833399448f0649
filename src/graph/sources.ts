import type { Range } from '../errors/diagnostics.ts'
import { createSource, type Source } from './source.ts'
import type { Span } from './tree.ts'

/** Where a part is used: a file as the user named it, and a place in it. */
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
}

/**
 * The texts of a graph and of the parts that it uses, one behind the other: a span says by itself in which
 * of them it lies. A part that is used twice is there twice.
 */
export interface Sources extends Source {
  /** Adds the text of a part that is used at `used`; spans in it count from `start` of what is returned. */
  add(part: {
    readonly file: string
    readonly path: string
    readonly text: string
    readonly used: Span
  }): SourceEntry
  /** The text that a span lies in. */
  at(span: Span): SourceEntry
}

/** The graph itself, ready to have parts added. */
export function createSources(graph: Source): Sources {
  let text = graph.text
  const entries: SourceEntry[] = [{ start: 0, source: graph, path: undefined, usedIn: [] }]
  const at = (span: Span): SourceEntry => {
    let found = entries[0]
    // There are few parts, and most of what is looked up lies in the last of them.
    for (let index = entries.length - 1; index >= 0; index--) {
      found = entries[index]
      if (found !== undefined && found.start <= span.start) break
    }
    return found ?? { start: 0, source: graph, path: undefined, usedIn: [] }
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
    add({ file, path, text: added, used }) {
      const outer = at(used)
      const place = { file: outer.source.file, range: outer.source.range(local(used, outer)) }
      const entry: SourceEntry = {
        start: text.length + 1,
        source: createSource(file, added),
        path,
        usedIn: [place, ...outer.usedIn],
      }
      text += `\n${added}`
      entries.push(entry)
      return entry
    },
    range: (span) => ask(span, (source, inside) => source.range(inside)),
    lineOf: (span) => ask(span, (source, inside) => source.lineOf(inside)),
    excerpt: (span) => ask(span, (source, inside) => source.excerpt(inside)),
    hide: (span) => ask(span, (source, inside) => source.hide(inside)),
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
