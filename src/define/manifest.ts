import type { JsonSchema } from '../schema/json-schema.ts'
import type { BrainDefinition } from './brain.ts'
import type { MemoryDefinition } from './memory.ts'
import type { Ports, PortSpec } from './ports.ts'
import type { ProcessorDefinition, Role } from './processor.ts'
import type { SttDefinition } from './stt.ts'
import type { ToolDefinition } from './tool.ts'
import type { TransportDefinition } from './transport.ts'
import type { TtsDefinition } from './tts.ts'

/** What a node of a graph can be. */
export type NodeDefinition =
  | ProcessorDefinition
  | TransportDefinition
  | BrainDefinition
  | SttDefinition
  | TtsDefinition
/** What a module can export for a graph. */
export type Definition = NodeDefinition | MemoryDefinition | ToolDefinition

/** A port in its long form, nothing left out. */
export interface PortManifest extends PortSpec<string & PortSpec['type']> {
  readonly main: boolean
  readonly many: boolean
  readonly required: boolean
  readonly live: boolean
}

/** Everything about a processor that can be said without running it: static JSON. A memory has no ports. */
export interface Manifest {
  readonly kind: NodeDefinition['kind'] | 'memory'
  readonly id: string
  readonly summary: string
  readonly role: Role
  readonly ports: {
    readonly in: { readonly [port: string]: PortManifest }
    readonly out: { readonly [port: string]: PortManifest }
  }
  readonly options: JsonSchema
  readonly safety: boolean
  readonly realTime: boolean
  /** Of a recogniser: ms within which its final transcripts come. */
  readonly finalWithinMs?: number
  /** Of a transport: the far end brings back what is played. */
  readonly echoes?: true
  /** Whose service it works with: `deepgram`. */
  readonly vendor?: string
}

/** A tool without its code. */
export interface ToolManifest {
  readonly kind: 'tool'
  readonly description: string
  readonly parameters: JsonSchema
  /** The model does not wait for it. */
  readonly job?: boolean
}

/**
 * True for what `defineProcessor`, `defineBrain`, `defineStt`, `defineTts`, `defineTransport`, `defineMemory` or `defineTool` returned.
 * Looks at the shape, not at identity, so that it holds for another copy of the package too.
 */
export function isDefinition(value: unknown): value is Definition {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  const { kind } = value
  if (kind === 'tool') return 'run' in value && 'parameters' in value
  if (kind === 'memory') return 'open' in value && 'options' in value
  if (kind === 'transport') return 'listen' in value && 'ports' in value
  return nodeKinds.some((one) => one === kind) && 'setup' in value && 'ports' in value
}

/** Kinds of definitions that are set up for each call. */
const nodeKinds = ['processor', 'brain', 'stt', 'tts']

/** The manifest of a tool. */
export const toolManifestOf = ({ description, parameters, job }: ToolDefinition): ToolManifest => ({
  kind: 'tool',
  description,
  parameters,
  ...(job && { job }),
})

/** The manifest of a definition: the same JSON whenever it is made. */
export function manifestOf(definition: NodeDefinition | MemoryDefinition): Manifest {
  const live = definition.kind === 'transport'
  return {
    kind: definition.kind,
    id: definition.id,
    summary: definition.summary,
    role: definition.role,
    ports: {
      in: portManifests(definition.ports.in, false),
      out: portManifests(definition.ports.out, live),
    },
    options: definition.options,
    safety: definition.safety,
    realTime: definition.realTime,
    ...('finalWithinMs' in definition &&
      definition.finalWithinMs !== undefined && { finalWithinMs: definition.finalWithinMs }),
    ...(definition.kind === 'transport' && definition.echoes && { echoes: true as const }),
    ...('vendor' in definition && definition.vendor !== undefined && { vendor: definition.vendor }),
  }
}

function portManifests(ports: Ports, live: boolean): { [port: string]: PortManifest } {
  const names = Object.keys(ports)
  const manifests: { [port: string]: PortManifest } = {}
  for (const [name, port] of Object.entries(ports)) {
    const spec: PortSpec = typeof port === 'object' ? port : { type: port }
    const main = spec.main ?? names.length === 1
    manifests[name] = {
      ...spec,
      main,
      many: spec.many ?? false,
      required: spec.required ?? main,
      live: spec.live ?? live,
    }
  }
  return manifests
}
