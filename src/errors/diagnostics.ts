import { styleText } from 'node:util'

/** A place in a text. Lines and columns begin at 1; columns and offsets count UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
  readonly offset: number
}

/** A piece of a text; the end is not part of it. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

/** One thing that is wrong with a file. Holds no secret. */
export interface Diagnostic {
  readonly code: string
  /** `note`: nothing is wrong, it was asked for. */
  readonly severity: 'error' | 'warning' | 'note'
  readonly message: string
  /** What to do about it, or empty. */
  readonly help: string
  /** The file as it was named by the user. */
  readonly file: string
  /** Undefined when it is about the file as a whole. */
  readonly range: Range | undefined
  /** The line of the file where the range begins, secrets masked; empty without a range. */
  readonly excerpt: string
  /** Text that would mend it when it stands in place of the range. */
  readonly fix: string | undefined
  /** For a part of a graph, or a base: where it is used, innermost first. */
  readonly usedIn?: readonly { readonly file: string; readonly range: Range }[]
  /** For what is only wrong with these profiles. */
  readonly profiles?: readonly string[]
}

/** How many problems are printed before the rest is only counted. */
export const printedProblems = 30

/** How diagnostics are printed for people. */
export interface RenderOptions {
  /** Where it will be printed. Colours are used when it takes them (`NO_COLOR` is obeyed). */
  readonly stream?: NodeJS.WritableStream
}

type Style = Parameters<typeof styleText>[0]

/** For people: place, message, the line with a caret below it, and what to do. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  options: RenderOptions = {},
): string {
  const { stream } = options
  const paint = (style: Style, text: string): string =>
    stream === undefined ? text : styleText(style, text, { stream })
  const blocks = diagnostics.slice(0, printedProblems).map((one) => renderOne(one, paint))
  const rest = diagnostics.length - printedProblems
  if (rest > 0) blocks.push(`and ${rest} more ${rest === 1 ? 'problem' : 'problems'}\n`)
  return blocks.join('\n')
}

function renderOne(one: Diagnostic, paint: (style: Style, text: string) => string): string {
  const colour = one.severity === 'error' ? 'red' : 'yellow'
  const place =
    one.range === undefined
      ? one.file
      : `${one.file}:${one.range.start.line}:${one.range.start.column}`
  const lines = [`${paint('bold', place)} ${paint(colour, one.severity)} ${one.code}`]
  lines.push(...one.message.split('\n').map((line) => `  ${line}`))
  if (one.range !== undefined) {
    const { text, pad, width } = frameLine(one.excerpt, one.range)
    lines.push(`${paint('dim', `${String(one.range.start.line).padStart(5)} |`)} ${text}`.trimEnd())
    lines.push(`${paint('dim', '      |')} ${' '.repeat(pad)}${paint(colour, '^'.repeat(width))}`)
  }
  lines.push(...(one.usedIn ?? []).map((place) => `  ${usedAt(place)}`))
  if (one.profiles !== undefined) lines.push(`  ${inProfiles(one.profiles)}`)
  if (one.help !== '') {
    lines.push(...`help: ${one.help}`.split('\n').map((line) => `  ${line}`))
  }
  return `${lines.join('\n')}\n`
}

/** `used in bot.yaml:12`. */
const usedAt = ({ file, range }: NonNullable<Diagnostic['usedIn']>[number]): string =>
  `used in ${file}:${range.start.line}`

/** `in the profile phone`, `in the profiles phone, daily`. */
const inProfiles = (names: readonly string[]): string =>
  `in the ${names.length === 1 ? 'profile' : 'profiles'} ${names.join(', ')}`

const widest = 120

/** The line as it is shown, and where the caret stands; a long line is cut around it. */
function frameLine(line: string, range: Range): { text: string; pad: number; width: number } {
  const from = range.start.column - 1
  const to = range.end.line === range.start.line ? range.end.column - 1 : line.length
  const left = from > widest - 40 ? from - 30 : 0
  const right = Math.min(line.length, left + widest)
  const before = left > 0 ? '…' : ''
  const after = right < line.length ? '…' : ''
  return {
    text: before + line.slice(left, right) + after,
    pad: before.length + glyphs(line.slice(left, from)),
    width: Math.max(1, glyphs(line.slice(from, Math.min(to, right)).trimEnd())),
  }
}

const glyphs = (text: string): number => [...text].length

/**
 * For programs: an array of objects with code, severity, message, help, file, range and fix; and with usedIn
 * (file and range, innermost first) for what is wrong with a part, and with profiles for what is only wrong there.
 */
export function renderJson(diagnostics: readonly Diagnostic[]): string {
  const plain = diagnostics.map(({ excerpt: _, range, fix, ...rest }) => ({
    ...rest,
    range: range ?? null,
    fix: fix === undefined || range === undefined ? null : { range, text: fix },
  }))
  return `${JSON.stringify(plain, null, 2)}\n`
}

/** For GitHub Actions: one workflow command a line. */
export function renderGithub(diagnostics: readonly Diagnostic[]): string {
  return diagnostics.map((one) => `${githubCommand(one)}\n`).join('')
}

function githubCommand(one: Diagnostic): string {
  const data = (text: string): string =>
    text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
  const property = (text: string): string =>
    data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  const properties = [`file=${property(one.file)}`]
  if (one.range !== undefined) {
    const { start, end } = one.range
    properties.push(`line=${start.line}`, `endLine=${end.line}`)
    if (start.line === end.line) properties.push(`col=${start.column}`, `endColumn=${end.column}`)
  }
  properties.push(`title=${property(one.code)}`)
  const places = (one.usedIn ?? []).map(usedAt)
  const help = one.help === '' ? [] : [`help: ${one.help}`]
  const profiles = one.profiles === undefined ? [] : [inProfiles(one.profiles)]
  const text = [one.message, ...places, ...profiles, ...help].join('\n')
  const command = one.severity === 'note' ? 'notice' : one.severity
  return `::${command} ${properties.join(',')}::${data(text)}`
}
