import { convert } from '../../audio/convert.ts'
import {
  defineProcessor,
  defineTransport,
  type NodeDefinition,
  type PortManifest,
  type ProcessorDefinition,
} from '../../define/index.ts'
import type { Frame } from '../../frames/index.ts'
import { load } from '../../graph/load.ts'
import type { AudioFormat, Plan, PlanNode, Program } from '../../graph/plan.ts'
import type { JsonSchema } from '../../schema/json-schema.ts'
import { createEars, type Ears } from './ears.ts'
import type { Modality } from './scenario.ts'
import { silentVoice } from './silent-voice.ts'

/** A graph with stand-ins for whatever a test cannot have: engines, accounts and files. */
export interface Stage {
  readonly program: Program
  readonly ears: Ears
  /** Node of the transport; undefined when the graph has none. */
  readonly phone: PlanNode | undefined
  /** What the transport gives as the voice of the caller. */
  readonly callerFormat: AudioFormat
}

const usualFormat: AudioFormat = { sampleRate: 16_000, channels: 1, encoding: 'pcm' }

/**
 * Loads the code of a plan, converters too, but not that of nodes for which a stand-in is on stage in every case.
 * @throws VoxgraphError when code cannot be loaded
 */
export async function loadProgram(plan: Plan, modalities: readonly Modality[]): Promise<Program> {
  const nodes = plan.nodes.filter((node) => !modalities.every((one) => isReplaced(node, one)))
  // A test leaves nothing behind, and its callers are known to nobody.
  const forgetful = { ...plan, memory: undefined }
  const program = await load({ ...forgetful, nodes })
  const definitions = new Map(program.definitions)
  for (const { id, code } of plan.nodes) if (code.kind === 'convert') definitions.set(id, convert)
  return { ...program, plan: forgetful, definitions }
}

/** True for a node that a case does without: engines where words are enough, and what writes files. */
function isReplaced({ manifest }: PlanNode, modality: Modality): boolean {
  const { kind, role, options } = manifest
  if (kind === 'transport' || (role === 'sink' && writesFiles(options))) return true
  return modality === 'text' && (role === 'detector' || role === 'stt' || role === 'tts')
}

/**
 * Sets a program up for one case. With modality `text`, stand-ins take the place of detectors, recognisers
 * and voices; in any case nothing is written to files. `line` takes what the transport is to bring.
 */
export function setStage(
  program: Program,
  modality: Modality,
  line: (frame: Frame) => void,
): Stage {
  const { plan } = program
  const ears = createEars(plan, line)
  const standIns = new Map<string, NodeDefinition>(modality === 'text' ? ears.definitions : [])
  for (const node of plan.nodes) {
    const { kind, role } = node.manifest
    if (!isReplaced(node, modality) || standIns.has(node.id)) continue
    const standIn =
      kind === 'transport' ? transport(node) : role === 'tts' ? voiceFor(plan, node) : drain(node)
    standIns.set(node.id, standIn)
  }
  const nodes = plan.nodes.map((node) =>
    standIns.has(node.id)
      ? { ...node, options: {}, templates: [], manifest: { ...node.manifest, realTime: false } }
      : node,
  )
  const definitions = new Map([...program.definitions, ...standIns])
  const phone = nodes.find(({ manifest }) => manifest.kind === 'transport')
  const sound = plan.edges.find(({ from, type }) => from.node === phone?.id && type === 'audio')
  return {
    program: { ...program, plan: { ...plan, nodes }, definitions },
    ears,
    phone,
    callerFormat: sound?.format ?? usualFormat,
  }
}

/** Nodes of a stage that need real time: they talk to somebody. */
export const nodesThatNeedMocks = ({ program }: Stage): readonly PlanNode[] =>
  program.plan.nodes.filter(({ manifest }) => manifest.realTime && manifest.kind !== 'transport')

/** A transport that nobody opens: the line of the test is at its end. */
const transport = ({ id, manifest }: PlanNode): NodeDefinition =>
  defineTransport({
    id,
    summary: 'The line of a test.',
    ports: manifest.ports,
    listen: () => Promise.reject(new Error('a test opens no lines')),
  })

function voiceFor({ edges }: Plan, node: PlanNode): ProcessorDefinition {
  const out = edges.find(({ from, type }) => from.node === node.id && type === 'audio')
  return silentVoice(node, out?.format ?? usualFormat)
}

const writesFiles = ({ properties = {} }: JsonSchema): boolean =>
  Object.values(properties).some((option) => option['x-output-path'] === true)

/** A sink that keeps nothing. */
function drain({ id, manifest }: PlanNode): ProcessorDefinition {
  const ports: Readonly<Record<string, PortManifest>> = manifest.ports.in
  return defineProcessor({
    id,
    summary: 'Keeps nothing.',
    role: 'sink',
    ports: { in: ports },
    setup: () =>
      Object.fromEntries(Object.keys(ports).map((port) => [port, () => undefined] as const)),
  })
}
