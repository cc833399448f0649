import type { AudioFormatSpec, Manifest, PortManifest, ToolManifest } from '../define/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { exampleOf, nameOf } from './describe-example.ts'
import type { Paint } from './paint.ts'

/** A processor or a transport for people: ports, options, an example. */
export function describeNode(manifest: Manifest, use: string, paint: Paint): string {
  const { kind, role, summary, options, ports } = manifest
  const what = kind === role ? kind : `${kind}, ${role}`
  const notes = [
    ...(manifest.safety ? ['It may not be bypassed when it fails.'] : []),
    ...(manifest.realTime ? ['It runs in real time only.'] : []),
  ]
  const lines = [
    `${paint('bold', use)}  ${paint('dim', what)}`,
    summary,
    ...notes,
    ...section('inputs', portRows(ports.in, 'in'), paint),
    ...section('outputs', portRows(ports.out, 'out'), paint),
    ...section('options', optionRows(options), paint),
    ...example(exampleOf(manifest, use), paint),
  ]
  return `${lines.join('\n')}\n`
}

/** A tool for people: what it is for, its arguments, an example. */
export function describeTool(manifest: ToolManifest, use: string, paint: Paint): string {
  const lines = [
    `${paint('bold', use)}  ${paint('dim', 'tool')}`,
    manifest.description,
    ...section('arguments', optionRows(manifest.parameters), paint),
    ...example(`tools:\n  ${nameOf(use)}: ${use}`, paint),
  ]
  return `${lines.join('\n')}\n`
}

/** Cells of a table: name, kind, remark. */
type Row = readonly [name: string, kind: string, remark: string]

function section(title: string, rows: readonly Row[], paint: Paint): string[] {
  if (rows.length === 0) return []
  const wide = (cell: 0 | 1): number => Math.max(...rows.map((row) => row[cell].length)) + 2
  const [names, kinds] = [wide(0), Math.min(wide(1), 34)]
  const lines = rows.map(([name, kind, remark]) => {
    const gap = ' '.repeat(names - name.length)
    return `  ${paint('cyan', name)}${gap}${paint('dim', kind.padEnd(kinds))}${kind.length >= kinds ? '  ' : ''}${remark}`.trimEnd()
  })
  return ['', title, ...lines]
}

const example = (yaml: string, paint: Paint): string[] => [
  '',
  'example',
  ...yaml.split('\n').map((line) => `  ${paint('dim', line)}`.trimEnd()),
]

function portRows(ports: Manifest['ports']['in'], side: 'in' | 'out'): Row[] {
  return Object.entries(ports).map(([name, port]) => {
    const remarks = [
      ...(port.main ? ['main'] : []),
      ...(side === 'in' && port.required ? ['required'] : []),
      ...(side === 'in' && port.many ? ['several chains may end here'] : []),
      ...(side === 'out' && port.live ? ['live'] : []),
      ...formatsOf(port),
      ...(port.description === undefined ? [] : [port.description]),
    ]
    return [name, port.type, remarks.join('; ')]
  })
}

const formatsOf = ({ formats }: PortManifest): string[] =>
  formats === undefined || formats.length === 0 ? [] : [formats.map(formatOf).join(' or ')]

function formatOf({ sampleRate, channels, encoding }: AudioFormatSpec): string {
  const say = (value: unknown): string =>
    typeof value === 'object' && value !== null && 'option' in value
      ? `<${String(value.option)}>`
      : String(value)
  const parts = [
    ...(sampleRate === undefined ? ['any rate'] : [`${say(sampleRate)} Hz`]),
    say(encoding ?? 'pcm'),
    ...(channels === undefined || channels === 1 ? [] : [`${channels} channels`]),
  ]
  return parts.join(' ')
}

function optionRows(schema: JsonSchema, prefix = ''): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]): Row[] => {
    const fromEnv = option['x-env']
    const isOptional = option.default !== undefined || fromEnv !== undefined
    const required = schema.required?.includes(name) === true && !isOptional
    const remarks = [
      ...(required ? ['Required.'] : []),
      ...(option.description === undefined ? [] : [option.description]),
      ...(option.default === undefined ? [] : [`Default: ${defaultText(option)}.`]),
      ...(fromEnv === undefined || option.description?.includes(fromEnv) === true
        ? []
        : [`From the environment: ${fromEnv}.`]),
      ...(option.writeOnly === true ? ['Secret.'] : []),
    ]
    const row: Row = [`${prefix}${name}`, kindText(option), remarks.join(' ')]
    const items = option.items === undefined ? [] : optionRows(option.items, `${prefix}${name}[].`)
    return [row, ...optionRows(option, `${prefix}${name}.`), ...items]
  })
}

/** Durations are shown as they are written in a graph. */
const defaultText = (option: JsonSchema): string =>
  option['x-duration'] === true && typeof option.default === 'number'
    ? `${option.default}ms`
    : valueText(option.default)

const valueText = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"'.]+$/.test(value) ? value : JSON.stringify(value)

/** What a value must be, in few words. */
function kindText(schema: JsonSchema): string {
  if (schema['x-duration'] === true) return 'duration'
  if (schema.const !== undefined) return valueText(schema.const)
  if (schema.enum !== undefined) return schema.enum.map(valueText).join(' | ')
  const either = schema.oneOf ?? schema.anyOf
  if (either !== undefined) return [...new Set(either.map(kindText))].join(' | ')
  const { type = 'anything', items, minimum, maximum } = schema
  const kinds = typeof type === 'string' ? [type] : type
  const names = kinds.map((kind) => {
    if (kind === 'array') return items === undefined ? 'list' : `list of ${kindText(items)}`
    return kind === 'object' ? 'map' : kind
  })
  if (minimum === undefined && maximum === undefined) return names.join(' | ')
  if (maximum === undefined) return `${names.join(' | ')} from ${minimum}`
  return `${names.join(' | ')} ${minimum === undefined ? 'up' : `${minimum}`} to ${maximum}`
}
