import type { Manifest, PortType } from '../define/index.ts'
import { fits, type End, type ReadyNode } from './ready-node.ts'

/** An edge whose ends do not fit. */
export interface Misfit {
  readonly from: End
  readonly to: End
  readonly source: ReadyNode
  readonly target: ReadyNode
  readonly given: PortType
  readonly taken: PortType
  readonly builtins: readonly Manifest[]
}

/** What to do about two ports that do not fit. */
export function hintForTypes(misfit: Misfit): string {
  const { from, to, source, target, given, taken, builtins } = misfit
  for (const [name, port] of Object.entries(source.manifest.ports.out)) {
    if (fits(port.type, taken)) return `Use ${from.node}.${name}, which gives ${port.type}.`
  }
  for (const [name, port] of Object.entries(target.manifest.ports.in)) {
    if (fits(given, port.type)) return `Use ${to.node}.${name}, which takes ${port.type}.`
  }
  const example = (role: string): string => {
    const id = builtins.find((one) => one.role === role)?.id
    return id === undefined ? '.' : `, for example ${id}.`
  }
  if (given === 'audio' && fits('transcript', taken)) {
    return `Put a speech-to-text node between them${example('stt')}`
  }
  if (taken === 'audio' && fits(given, 'text')) {
    return `Put a text-to-speech node between them${example('tts')}`
  }
  return `Put a node between them that takes ${given} and gives ${taken}.`
}
