import type { Manifest, PortManifest } from '../define/index.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import { stringify } from 'yaml'

/** Usual names of nodes by role, as the examples of the documentation have them. */
const names: Readonly<Record<string, string>> = {
  transport: 'phone',
  detector: 'vad',
  stt: 'stt',
  llm: 'llm',
  brain: 'llm',
  tts: 'tts',
}

/** A piece of a graph with a node that uses it, with the options that must be given or are typical. */
export function exampleOf(manifest: Manifest, use: string): string {
  const id = names[manifest.role] ?? nameOf(use)
  const options = exampleOptions(manifest.options)
  if (manifest.kind === 'memory') {
    const own = Object.keys(options).length === 0 ? {} : { with: options }
    const memory = { use, ...own, keep: ['caller_name'] }
    return stringify({ vars: { caller_name: 'string' }, memory }, { lineWidth: 90 }).trimEnd()
  }
  const node = Object.keys(options).length === 0 ? use : { use, with: options }
  const graph = { nodes: { [id]: node }, flow: flowOf(id, manifest) }
  return stringify(graph, { lineWidth: 90 }).trimEnd()
}

/** `./word-mask.ts` is a `word_mask`, `./parts.ts#wordMask` too. */
export function nameOf(use: string): string {
  const [path = '', name] = use.split('#')
  const last = name ?? path.replace(/^.*\/|\.[mc]?[jt]s$/g, '')
  const words = last.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase()
  return words.replace(/\W+/g, '_')
}

function exampleOptions(schema: JsonSchema): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(schema.properties ?? {})) {
    const isOptional = option.default !== undefined || option['x-env'] !== undefined
    const isRequired = schema.required?.includes(name) === true && !isOptional
    if (isRequired || option.examples !== undefined) options[name] = exampleValue(option, name)
  }
  return options
}

function exampleValue(schema: JsonSchema, name: string): unknown {
  if (schema.examples !== undefined) return schema.examples[0]
  if (schema.writeOnly === true) return `\${env:${name.toUpperCase()}}`
  if (schema.default !== undefined) return schema.default
  if (schema.const !== undefined) return schema.const
  if (schema.enum !== undefined) return schema.enum[0]
  const either = schema.oneOf ?? schema.anyOf
  if (either?.[0] !== undefined) return exampleValue(either[0], name)
  if (schema['x-duration'] === true) return '500ms'
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  if (type === 'array') return schema.items === undefined ? [] : [exampleValue(schema.items, name)]
  if (type === 'object') return exampleOptions(schema)
  if (type === 'number' || type === 'integer') return schema.minimum ?? 1
  return type === 'boolean' ? true : '…'
}

/** Where it stands in a chain. */
function flowOf(id: string, { kind, ports }: Manifest): string {
  const [input, output] = [mainOf(ports.in), mainOf(ports.out)]
  if (kind === 'transport') return `${id} -> … -> ${id}`
  const inputs = Object.keys(ports.in)
  const port = input === undefined && inputs[0] !== undefined ? `.${inputs[0]}` : ''
  const before = inputs.length === 0 ? '' : '… -> '
  return `${before}${id}${port}${output === undefined ? '' : ' -> …'}`
}

const mainOf = (ports: Readonly<Record<string, PortManifest>>): PortManifest | undefined =>
  Object.values(ports).find((port) => port.main)
