import type { Frame } from '../frames/index.ts'
import type { PlanAgents } from '../graph/plan-agents.ts'

/** How long each agent of a call has had the floor. */
export interface FloorLog {
  /** Looks at the next frame that was emitted. */
  see(frame: Frame): void
  /** Ms by agent until a time on the session clock, in the order in which they first had it. */
  shares(at: number): ReadonlyMap<string, number>
}

/** Follows the floor of one call; keeps a number for each agent. */
export function createFloorLog({ start, agents }: PlanAgents): FloorLog {
  const shares = new Map<string, number>()
  /** Nobody has it before the call begins, and when it went to somebody outside. */
  let holder: string | undefined
  let since = 0

  function give(to: string, at: number): void {
    settle(at)
    holder = agents.some(({ id }) => id === to) ? to : undefined
    if (holder !== undefined && !shares.has(holder)) shares.set(holder, 0)
  }
  function settle(at: number): void {
    if (holder !== undefined)
      shares.set(holder, (shares.get(holder) ?? 0) + Math.max(0, at - since))
    since = at
  }

  return {
    see(frame) {
      if (frame.type === 'start') give(start, frame.at)
      else if (frame.type !== 'handoff' || frame.state === 'started') return
      else give(frame.state === 'done' ? frame.to : frame.from, frame.at)
    },
    shares(at) {
      settle(at)
      return new Map(shares)
    },
  }
}
