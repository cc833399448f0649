import type { Json } from '../frames/index.ts'
import type { PlanHandoff } from '../graph/plan-agents.ts'

/** A hand-off under way. */
export interface Handover {
  readonly id: number
  readonly from: string
  /** The next agent; undefined for the end of the call and for somebody outside the graph. */
  readonly to: string | undefined
  readonly handoff: PlanHandoff
  readonly callId: string
  readonly pass: { readonly [key: string]: Json }
  /**
   * `saying`: the caller hears the last of the old agent. `starting`: that is over, the next one is not
   * ready. `entering`: the floor is the next one's, which neither speaks nor listens yet.
   */
  readonly phase: 'saying' | 'starting' | 'entering'
  readonly isReady: boolean
}

/** Who has the floor. There is one holder at any instant. */
export interface FloorState {
  readonly holder: string
  /** Agents that gave the floor away to get here, oldest first; the last is whom `back` leads to. */
  readonly path: readonly string[]
  /** Times that each hand-off was used, by `<agent>/<name>`. */
  readonly uses: Readonly<Record<string, number>>
  readonly current: Handover | undefined
  readonly count: number
}

/** What happens to the floor. All but `ask`, `use` and `lost` are about one hand-off and are nothing when it is over. */
export type FloorEvent =
  | ({ readonly type: 'ask' } & Pick<Handover, 'handoff' | 'callId' | 'pass'>)
  /** The holder uses a hand-off that does not move the floor. */
  | { readonly type: 'use'; readonly handoff: PlanHandoff }
  /** The caller has heard the last of the old agent. */
  | { readonly type: 'said'; readonly id: number }
  /** The next agent is set up, and all that it is to be told is there. */
  | { readonly type: 'ready'; readonly id: number }
  /** It speaks, or listens. */
  | { readonly type: 'alive'; readonly id: number }
  /** It cannot start, or took too long. */
  | { readonly type: 'failed'; readonly id: number; readonly reason: string }
  /** An agent broke down for good. */
  | { readonly type: 'lost'; readonly agent: string; readonly reason: string }

/** What is to be done about it, in this order. */
export type FloorCommand =
  /** Set the next agent up, and collect what it is to be told, while the old one still speaks. */
  | { readonly type: 'prepare'; readonly handover: Handover }
  /** Fail it when it is still under way after its deadline. */
  | { readonly type: 'watch'; readonly handover: Handover }
  /** The floor is the next agent's. */
  | { readonly type: 'move'; readonly handover: Handover }
  | { readonly type: 'leave'; readonly handover: Handover }
  | { readonly type: 'done'; readonly handover: Handover }
  /** The old agent keeps the floor, or has it again: `hasMoved`. */
  | {
      readonly type: 'return'
      readonly handover: Handover
      readonly hasMoved: boolean
      readonly reason: string
    }
  /** The holder broke down outside any hand-off: whoever it had the floor from has it again. */
  | { readonly type: 'rescue'; readonly from: string; readonly to: string; readonly reason: string }

/** Before anything has happened. */
export const initialFloor = (start: string): FloorState => ({
  holder: start,
  path: [],
  uses: {},
  current: undefined,
  count: 0,
})

/** Longest way back that is remembered, in agents. */
const longestPath = 32

type Step = readonly [FloorState, readonly FloorCommand[]]

/**
 * The hand-off as one transaction: asked for, said, moved, done; or the floor goes back. Pure. Whoever
 * drives it refuses what the agent may not ask for before it comes here.
 */
export function floorStep(state: FloorState, event: FloorEvent): Step {
  const { current } = state
  if (event.type === 'ask') return ask(state, event)
  if (event.type === 'use') return [used(state, event.handoff), []]
  if (event.type === 'lost') return lost(state, event.agent, event.reason)
  if (current?.id !== event.id) return [state, []]
  switch (event.type) {
    case 'said':
      return current.phase === 'saying' ? said(state, current) : [state, []]
    case 'ready': {
      const ready = { ...current, isReady: true }
      const next = { ...state, current: ready }
      return ready.phase === 'starting' ? move(next, ready) : [next, []]
    }
    case 'alive':
      if (current.phase !== 'entering') return [state, []]
      return [{ ...state, current: undefined }, [{ type: 'done', handover: current }]]
    case 'failed':
      return goBack(state, current, event.reason)
  }
}

function ask(state: FloorState, asked: Extract<FloorEvent, { readonly type: 'ask' }>): Step {
  if (state.current !== undefined) return [state, []]
  const { handoff, callId, pass } = asked
  const { holder: from } = state
  const { target } = handoff
  const to =
    target.kind === 'agent' ? target.agent : target.kind === 'back' ? state.path.at(-1) : undefined
  const id = state.count + 1
  const handover: Handover = {
    ...{ id, from, to, handoff, callId, pass },
    phase: 'saying',
    isReady: to === undefined,
  }
  const next = {
    ...used(state, handoff),
    count: id,
    current: handover,
  }
  return [next, [{ type: 'prepare', handover }]]
}

function used(state: FloorState, handoff: PlanHandoff): FloorState {
  const { holder, uses } = state
  const key = useKey(holder, handoff)
  return { ...state, uses: { ...uses, [key]: (uses[key] ?? 0) + 1 } }
}

function said(state: FloorState, current: Handover): Step {
  const handover: Handover = { ...current, phase: 'starting' }
  const next = { ...state, current: handover }
  const watch: FloorCommand = { type: 'watch', handover }
  if (!handover.isReady) return [next, [watch]]
  const [moved, commands] = move(next, handover)
  return [moved, [watch, ...commands]]
}

function move(state: FloorState, current: Handover): Step {
  const handover: Handover = { ...current, phase: 'entering' }
  const { to, from } = handover
  if (to === undefined) return [{ ...state, current: handover }, [{ type: 'leave', handover }]]
  const { path } = state
  const isBack = path.at(-1) === to
  const way = isBack ? path.slice(0, -1) : [...path, from].slice(-longestPath)
  const next = { ...state, current: handover, holder: to, path: way }
  return [next, [{ type: 'move', handover }]]
}

function goBack(state: FloorState, handover: Handover, reason: string): Step {
  const { from, to, phase } = handover
  const hasMoved = phase === 'entering' && to !== undefined
  const { path } = state
  // It was on the way back, or one step further.
  const way = !hasMoved ? path : path.at(-1) === from ? path.slice(0, -1) : [...path, to]
  const next = { ...state, current: undefined, holder: from, path: way }
  return [next, [{ type: 'return', handover, hasMoved, reason }]]
}

function lost(state: FloorState, agent: string, reason: string): Step {
  const { current, holder, path } = state
  if (current !== undefined && current.to === agent) return goBack(state, current, reason)
  // It was about to go anyway: its last words are lost, the hand-off is not.
  if (current?.from === agent)
    return current.phase === 'saying' ? said(state, current) : [state, []]
  if (holder !== agent) return [state, []]
  const to = path.at(-1)
  if (to === undefined) return [state, []]
  const next = { ...state, holder: to, path: path.slice(0, -1) }
  return [next, [{ type: 'rescue', from: agent, to, reason }]]
}

/** Where the uses of a hand-off are counted. */
export const useKey = (agent: string, { name }: PlanHandoff): string => `${agent}/${name}`
