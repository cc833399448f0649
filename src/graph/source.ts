import type { Position, Range } from '../errors/diagnostics.ts'
import type { Span } from './tree.ts'

/** The text of a file, with lines and columns. */
export interface Source {
  /** As the user named it. */
  readonly file: string
  readonly text: string
  range(span: Span): Range
  lineOf(span: Span): number
  /** The line where a span begins, with all hidden spans masked. */
  excerpt(span: Span): string
  /** Masks a span in every excerpt, because it is a secret. */
  hide(span: Span): void
  /** True for a span that was masked, as a whole or in part. */
  isHidden(span: Span): boolean
  /** Where the text `part` stands inside `span`, at or after its offset `from`; else the span. */
  find(span: Span, part: string, from?: number): Span
}

/** Makes positions available for a text. */
export function createSource(file: string, text: string): Source {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const hidden: Span[] = []
  // Many problems may stand in one long line.
  const excerpts = new Map<number, string>()
  const position = (offset: number): Position => {
    const line = lineAt(starts, offset)
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1, offset }
  }
  return {
    file,
    text,
    range: (span) => ({ start: position(span.start), end: position(span.end) }),
    lineOf: (span) => position(span.start).line,
    hide(span) {
      hidden.push(span)
      excerpts.clear()
    },
    isHidden: ({ start, end }) => hidden.some((one) => one.start < end && one.end > start),
    excerpt(span) {
      const line = lineAt(starts, span.start)
      const known = excerpts.get(line)
      if (known !== undefined) return known
      const start = starts[line] ?? 0
      const end = starts[line + 1] ?? text.length
      const shown = printable(maskKeys(mask(text.slice(start, end), start, hidden)).trimEnd())
      excerpts.set(line, shown)
      return shown
    },
    find(span, part, from = 0) {
      const start = text.indexOf(part, span.start + from)
      const end = start + part.length
      return start < 0 || end > span.end ? span : { start, end }
    },
  }
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function mask(line: string, start: number, hidden: readonly Span[]): string {
  let masked = line
  for (const span of hidden) {
    const from = Math.max(0, span.start - start)
    const to = Math.min(line.length, span.end - start)
    if (to > from) masked = masked.slice(0, from) + '*'.repeat(to - from) + masked.slice(to)
  }
  return masked
}

/** What stands behind a key that names a secret is masked even before any schema is known. */
function maskKeys(line: string): string {
  const secret =
    /((?<!\$\{)(?:api_?key|secret|token|passw(?:or)?d)["']?\s*:\s*)(["']?)([^\s"'{}[\],$]{6,})/giu
  return line.replaceAll(secret, (_, key: string, open: string, value: string) => {
    return key + open + '*'.repeat(value.length)
  })
}

/** The text without what a terminal would obey. */
export const printable = (text: string): string =>
  text.replaceAll('\t', ' ').replace(/[\p{Cc}\p{Bidi_C}\u2028\u2029]/gu, '·')
