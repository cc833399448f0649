import type { HandoffTarget, PlanHandoff } from '../graph/plan-agents.ts'
import { floorStep, initialFloor, type FloorCommand } from './handover.ts'
import type { FloorEvent, FloorState } from './handover.ts'

/** A hand-off as a plan has it, for tests. */
export const handoffTo = (target: HandoffTarget): PlanHandoff => {
  const name = target.kind === 'agent' ? target.agent : target.kind
  return {
    ...{ name, tool: `transfer_to_${name}`, target, when: '', carry: 'transcript' },
    ...{ pass: { type: 'object' }, say: undefined, onlyIf: {}, set: {}, max: 5, timeoutMs: 3000 },
  }
}

/** Somebody asks to give the call away. */
export const ask = (target: HandoffTarget): FloorEvent => ({
  ...{ type: 'ask', handoff: handoffTo(target), callId: 'c', pass: {} },
})
/** To an agent. */
export const askFor = (agent: string): FloorEvent => ask({ kind: 'agent', agent })
const back = ask({ kind: 'back' })
const leave = ask({ kind: 'end' })

/** Something about the hand-off of that number. */
export const about = (id: number, type: 'said' | 'ready' | 'alive' | 'failed'): FloorEvent =>
  type === 'failed' ? { type, id, reason: 'x' } : { type, id }
/** An agent broke down. */
export const lost = (agent: string): FloorEvent => ({ type: 'lost', agent, reason: 'x' })

/** What comes of events, one after the other. */
export function floorAfter(
  events: readonly FloorEvent[],
  from = initialFloor('a'),
): readonly [FloorState, readonly FloorCommand[]] {
  let state = from
  const commands: FloorCommand[] = []
  for (const event of events) {
    const [next, more] = floorStep(state, event)
    state = next
    commands.push(...more)
  }
  return [state, commands]
}

/** A command in a few words. */
export function briefly(command: FloorCommand): string {
  if (command.type === 'rescue') return `rescue ${command.from} > ${command.to}`
  const { from, to, id } = command.handover
  const end = command.type !== 'return' ? '' : command.hasMoved ? ', had moved' : ', had not'
  return `${command.type} ${id} ${from} > ${to ?? 'nobody here'}${end}`
}

/** Who has the floor, how it came there, what is under way. */
export function floorIn({ holder, path, current }: FloorState): string {
  const way = [...path, holder.toUpperCase()].join(' ')
  if (current === undefined) return way
  const { to = 'nobody here', phase, isReady } = current
  return `${way}, ${phase} > ${to}${isReady && phase === 'saying' ? ', ready' : ''}`
}

const moved = (id: number, agent: string): readonly FloorEvent[] => [
  ...[askFor(agent), about(id, 'ready'), about(id, 'said'), about(id, 'alive')],
]
const [said, ready] = [about(1, 'said'), about(1, 'ready')]

/** Every situation that the floor of `a`, `b` and `c` can be in, and how it comes about. */
export const floors: Readonly<Record<string, readonly FloorEvent[]>> = {
  'nothing has happened': [],
  'a says goodbye, b is not ready': [askFor('b')],
  'a says goodbye, b is ready': [askFor('b'), ready],
  'a is done, b is not ready': [askFor('b'), said],
  'b has the floor, and is not alive yet': [askFor('b'), ready, said],
  'a says goodbye to the caller': [leave],
  'a is done, and the call is about to end': [leave, said],
  'b has the floor from a': moved(1, 'b'),
  'b says goodbye, c is not ready': [...moved(1, 'b'), askFor('c')],
  'b is done, c is not ready': [...moved(1, 'b'), askFor('c'), about(2, 'said')],
  'c has the floor from b, and is not alive yet': [
    ...moved(1, 'b'),
    ...[askFor('c'), about(2, 'ready'), about(2, 'said')],
  ],
  'b is done, and goes back to a, which is not ready': [...moved(1, 'b'), back, about(2, 'said')],
  'a has the floor back, and is not alive yet': [
    ...moved(1, 'b'),
    ...[back, about(2, 'ready'), about(2, 'said')],
  ],
  'b is done, and the call is about to end': [...moved(1, 'b'), leave, about(2, 'said')],
  'c has the floor from b, which has it from a': [...moved(1, 'b'), ...moved(2, 'c')],
}

/** What can happen; `current` is the number of the hand-off under way, or 9. */
export const floorEvents: Readonly<Record<string, (current: number) => FloorEvent>> = {
  'asks for b': () => askFor('b'),
  'asks for c': () => askFor('c'),
  'asks to go back': () => back,
  'asks for the end': () => leave,
  said: (current) => about(current, 'said'),
  ready: (current) => about(current, 'ready'),
  alive: (current) => about(current, 'alive'),
  failed: (current) => about(current, 'failed'),
  'failed, one that is over': () => about(0, 'failed'),
  'a is lost': () => lost('a'),
  'b is lost': () => lost('b'),
  'c is lost': () => lost('c'),
}
