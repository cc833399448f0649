import { audioKind } from './audio.ts'
import { responseKind, textKind } from './bot.ts'
import { cancelKind, endKind, errorKind, handoffKind, interruptKind, startKind } from './control.ts'
import { correctionKind } from './correction.ts'
import type { AnyFrameKind } from './frame.ts'
import { messageKind } from './message.ts'
import { playoutKind } from './playout.ts'
import { inferenceKind, metricKind } from './telemetry.ts'
import { toolCallKind, toolResultKind } from './tool.ts'
import { usageKind } from './usage.ts'
import { dtmfKind, speechKind, transcriptKind, turnKind } from './user.ts'

/** Frame kinds by type: those of the runtime and those that plugins of one graph add. */
export type Catalogue = ReadonlyMap<string, AnyFrameKind>

/** The kinds that every session knows. */
export const coreKinds: readonly AnyFrameKind[] = Object.freeze([
  audioKind,
  transcriptKind,
  speechKind,
  turnKind,
  dtmfKind,
  responseKind,
  textKind,
  toolCallKind,
  toolResultKind,
  playoutKind,
  interruptKind,
  startKind,
  endKind,
  cancelKind,
  handoffKind,
  correctionKind,
  errorKind,
  metricKind,
  inferenceKind,
  usageKind,
  messageKind,
])

/**
 * The catalogue of one graph.
 * @throws Error when two kinds share a type and are not the same kind
 */
export function createCatalogue(added: Iterable<AnyFrameKind> = []): Catalogue {
  const catalogue = new Map<string, AnyFrameKind>(coreKinds.map((kind) => [kind.type, kind]))
  for (const kind of added) {
    const known = catalogue.get(kind.type)
    if (known !== undefined && known !== kind) {
      throw new Error(`two plugins define a frame of type "${kind.type}"`)
    }
    catalogue.set(kind.type, kind)
  }
  return catalogue
}
