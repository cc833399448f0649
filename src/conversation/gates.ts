import { drop, to, type Handlers, type Out, type Ports } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import type { Plan } from '../graph/plan.ts'
import { gateIds } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { Kept } from '../kernel/make-node.ts'
import { typedPort } from '../kernel/logic.ts'
import { memoryOf, write } from './brain-node.ts'
import type { Floor } from './floor.ts'

/**
 * A gate of the agents. The one before them gives what the caller says to whoever has the floor, and to
 * nobody else; the one behind them lets pass what that agent says, and drops what any other may still give.
 */
export function gateNode(host: Host, plan: Plan, kept: Kept): Handlers<Ports, Ports> {
  const { floor } = memoryOf(kept, plan)
  if (floor === undefined) throw new Error('there are no agents')
  const node = plan.nodes.find(({ id }) => id === host.node)
  const ports = node?.manifest.ports ?? { in: {}, out: {} }
  return host.node === gateIds.in ? entrance(floor, ports) : exit(host, floor, ports)
}

type GatePorts = Plan['nodes'][number]['manifest']['ports']

function entrance(floor: Floor, { in: inputs }: GatePorts): Handlers<Ports, Ports> {
  const handlers: Record<string, (frame: Frame) => Out | undefined> = {}
  const hearing = (): string => floor.ears.hearing(floor.holder)
  for (const [port, { type }] of Object.entries(inputs)) {
    if (type === 'audio') floor.ears.areOwn = true
    handlers[port] = (frame) => to(type === 'dtmf' ? `${floor.holder}.dtmf` : hearing(), frame)
  }
  handlers[typedPort] = (frame) => {
    if (frame.type === 'transcript') floor.deliver((seat) => write(seat, frame))
    return undefined
  }
  return { ...handlers, audience: hearing } as Handlers<Ports, Ports>
}

function exit(host: Host, floor: Floor, { in: inputs }: GatePorts): Handlers<Ports, Ports> {
  const handlers: Record<string, (frame: Frame) => Out | typeof drop> = {}
  for (const agent of Object.keys(inputs)) {
    handlers[agent] = (frame) => {
      if (agent === floor.holder || floor.isGivenUp) return frame
      host.metric('refused', 1, 'count')
      return drop
    }
  }
  if (host.node === gateIds.out) floor.open(host)
  return handlers as Handlers<Ports, Ports>
}
