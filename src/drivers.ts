import { brainNode } from './conversation/brain-node.ts'
import { gateNode } from './conversation/gates.ts'
import { sttNode } from './providers/stt-node.ts'
import { ttsNode } from './providers/tts-node.ts'
import type { Drivers } from './kernel/make-node.ts'
import { transportNode } from './kernel/transport-node.ts'

/** How the runtime makes the nodes that are its own affair. */
export const drivers: Drivers = {
  brain: brainNode,
  gate: gateNode,
  stt: sttNode,
  tts: ttsNode,
  transport: transportNode,
}
