import { brainNode } from './conversation/brain-node.ts'
import { gateNode } from './conversation/gates.ts'
import type { Drivers } from './kernel/supervisor.ts'
import { transportNode } from './kernel/transport-node.ts'

/** How the runtime makes the nodes that are its own affair. */
export const drivers: Drivers = { brain: brainNode, gate: gateNode, transport: transportNode }
