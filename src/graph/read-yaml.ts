import { Composer, Lexer, Parser, type CST, type Document, type ParsedNode } from 'yaml'
import type { Report } from './report.ts'
import { buildTree } from './build-tree.ts'
import type { Span, Tree } from './tree.ts'

/** How many levels of maps and lists a file may have. */
export const deepest = 64

/** The one document of a file as a tree; undefined (and reported) when it cannot be read. */
export function readYaml(report: Report): Tree | undefined {
  const tokens = readTokens(report)
  if (tokens === undefined) return undefined
  const { text } = report.source
  const composer = new Composer({ uniqueKeys: false, merge: true, prettyErrors: false })
  const documents = [...composer.compose(tokens, true, text.length)]
  const [document, second] = documents
  if (document === undefined) return undefined
  const error = documents.flatMap((one) => one.errors)[0] ?? document.warnings[0]
  if (error !== undefined) {
    const span = { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) }
    reportSyntax(report, document, error.code, error.message, span)
    return undefined
  }
  if (second !== undefined) {
    const start = text.lastIndexOf('---', second.range[0])
    report.add('yaml-documents', { start: Math.max(0, start), end: Math.max(0, start) + 3 })
    return undefined
  }
  const contents = document.contents as ParsedNode | null
  if (contents === null) {
    const span = { start: 0, end: 0 }
    return { kind: 'scalar', span, value: null, source: '', plain: true, comment: undefined }
  }
  return buildTree(contents, report)
}

/** Tokens of the file. Stops early when it goes too deep: the composer would overflow the stack. */
function readTokens(report: Report): CST.Token[] | undefined {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(report.source.text)) {
    const start = parser.offset
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > deepest) {
      report.add('too-deep', { start, end: start + lexeme.length }, { limit: deepest })
      return undefined
    }
  }
  for (const token of parser.end()) tokens.push(token)
  return tokens
}

function reportSyntax(
  report: Report,
  document: Document.Parsed,
  code: string,
  message: string,
  span: Span,
): void {
  const { text } = report.source
  const [first = message] = message.split('\n')
  const reason = first.trim().replace(/[.:]+$/, '')
  const several = document.errors.some((one) => one.code === 'MULTILINE_IMPLICIT_KEY')
  report.add('yaml-syntax', span, { reason, hint: hintFor(code, text, span, several) })
}

function hintFor(code: string, text: string, span: Span, several: boolean): string {
  if (code === 'TAB_AS_INDENT') return 'YAML does not allow tabs here; use spaces.'
  const bare = /^\$\{[^}\n]*\}?/.exec(text.slice(span.start - 1, span.start + 80))
  if (text[span.start] === '{' && bare !== null) return `Put the value in quotes: "${bare[0]}".`
  const before = text.slice(text.lastIndexOf('\n', span.start - 1) + 1, span.start)
  const isVariable = [span.start - 1, span.start].some((at) => text.startsWith('{{', at))
  if (isVariable || /\{\{[^{}]*\}\} *$/.test(before)) return 'Put a text with "{{" in quotes.'
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && several) {
    return 'The next line is indented too far; align it with the other keys.'
  }
  if (code === 'BLOCK_AS_IMPLICIT_KEY') {
    return 'The text contains ": ", which YAML reads as a key; put it in quotes.'
  }
  if (code === 'BAD_SCALAR_START') return 'Put the value in quotes.'
  if (code === 'MISSING_CHAR') return 'Close it where it ends.'
  if (code === 'TAG_RESOLVE_FAILED') return 'A graph has no tags; remove it.'
  return ''
}
