import { handoff as handoffFrame, interrupt, message, type Json } from '../frames/index.ts'
import { to } from '../define/index.ts'
import { reasonOf } from '../errors/index.ts'
import type { Carry, PlanAgent, PlanAgents, PlanEnter, PlanHandoff } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { Cancel } from '../time/clock.ts'
import { Briefing } from './briefing.ts'
import { carried, carryBetween, carryName, unansweredIn } from './carry.ts'
import { Ears } from './ears.ts'
import { floorStep, initialFloor, useKey } from './handover.ts'
import type { FloorCommand, FloorEvent, Handover } from './handover.ts'
import type { Seat } from './seat.ts'
import { Seats } from './seats.ts'
import { nobodyTook, ring } from './transfer.ts'

/** The last words of an agent are waited for so long, in ms: longer than any sentence takes. */
const longestFarewellMs = 30_000

/** What an agent asks for when it wants to give the call away. */
export interface HandoffRequest {
  readonly handoff: PlanHandoff
  readonly callId: string
  readonly pass: { readonly [key: string]: Json }
}

/**
 * Who of the agents has the floor, and how it moves: `floorStep` decides, this carries it out. There is one
 * for each call; it outlives the conversations that come to sit down in it.
 */
export class Floor {
  readonly #agents: ReadonlyMap<string, PlanAgent>
  readonly #seats = new Seats()
  /** Agents that have had the floor, and spoken or listened. */
  readonly #visited = new Set<string>()
  /** Whose recogniser hears the caller. */
  readonly ears = new Ears()
  /** What the caller has said since the old agent was done. */
  #heard: string[] = []
  /** The gate behind the agents: it is there when none of them is. */
  #gate: Host | undefined
  /** What the next agent will be told. */
  #briefing: Briefing | undefined
  /** Agents that broke down, until they are set up anew. */
  readonly #broken = new Set<string>()
  /** Nobody is left: whatever voice there is says that the call is over. */
  isGivenUp = false
  /** In the hand-off under way the next agent has taken over from the old one. */
  #hasTaken = false
  /** Lets go of somebody outside who is to get the call. */
  #letGo: ((reason: string) => void) | undefined
  #timers: Cancel[] = []
  #state: ReturnType<typeof initialFloor>

  constructor({ agents, start }: PlanAgents) {
    this.#agents = new Map(agents.map((agent) => [agent.id, agent]))
    this.#state = initialFloor(start)
    this.#visited.add(start)
  }

  /** The one agent whose frames reach the caller. */
  get holder(): string {
    return this.#state.holder
  }

  /** Whom `back` leads to; undefined for whoever answered the call. */
  get giver(): string | undefined {
    return this.#state.path.at(-1)
  }

  /** Times that an agent has used a hand-off. */
  usesOf(agent: string, handoff: PlanHandoff): number {
    return this.#state.uses[useKey(agent, handoff)] ?? 0
  }

  /** An agent's conversation is there, for the first time or again. */
  sit(agent: string, seat: Seat): void {
    const isReplaced = this.#seats.has(agent) && this.#state.current?.from === agent
    this.#seats.take(agent, seat)
    this.#broken.delete(agent)
    seat.host.agents.whenLost((lost, thrown) => this.#lost(lost, thrown))
    if (agent !== this.holder) return
    if (isReplaced) this.#about({ type: 'failed', reason: 'whoever asked for it was replaced' })
    this.#seats.flush(seat)
  }

  /** An agent's conversation is closed. */
  rise(seat: Seat): void {
    if (!this.#seats.close(seat)) return
    this.#stopTimers()
    this.ears.reset()
  }

  /** The call has begun: whoever the first agent may hand over to is made ready. */
  begin(): void {
    this.#warm(this.holder)
  }

  /** Gives something to whoever has the floor; waits while that one is being replaced. */
  deliver(what: (seat: Seat) => unknown): void {
    this.#seats.deliver(this.holder, what)
  }

  /** Takes what the caller says while the floor is on its way. @returns false when it is not */
  hears(text: string): boolean {
    const { current } = this.#state
    if (current === undefined || current.phase === 'entering' || this.#isEnding) return false
    this.#heard.push(text)
    return true
  }

  /** What was heard on the way is better known now. @returns false when it was not heard there */
  amends(was: string, text: string): boolean {
    const index = this.#heard.lastIndexOf(was)
    if (index < 0) return false
    this.#heard[index] = text
    return true
  }

  /** Begins a hand-off. @returns why not, where it cannot be */
  ask(agent: string, request: HandoffRequest): string | undefined {
    // Whoever hands over at once has begun, too.
    this.alive(agent)
    const refusal = this.#refusal(agent, request.handoff)
    if (refusal !== undefined) return refusal
    this.#dispatch({ type: 'ask', ...request })
    return undefined
  }

  /** Counts a hand-off that does not move the floor: the agent goes on. @returns why it cannot be */
  use(agent: string, handoff: PlanHandoff): string | undefined {
    const refusal = this.#refusal(agent, handoff)
    if (refusal === undefined) this.#dispatch({ type: 'use', handoff })
    return refusal
  }

  #refusal(agent: string, handoff: PlanHandoff): string | undefined {
    if (agent !== this.holder) return 'The call is with somebody else.'
    if (this.#state.current !== undefined) return 'The call is being handed over already.'
    if (this.usesOf(agent, handoff) >= handoff.max) {
      return `It may be used ${handoff.max} times in a call, and has been.`
    }
    if (handoff.target.kind === 'back' && this.giver === undefined)
      return 'There is nobody to go back to.'
    return undefined
  }

  /** An agent in the background has something to say to the application. */
  post(agent: string, text: string): void {
    const note = message({ name: 'note', data: { agent, text }, lane: 'bot' })
    this.#gate?.emit(to('message', note))
  }

  /** The gate behind the agents is there. */
  open(gate: Host): void {
    this.#gate = gate
  }

  /** The caller has heard the last of the agent that hands over. */
  said(): void {
    this.#about({ type: 'said' })
  }

  /** Whoever has got the floor speaks, or listens. */
  alive(agent: string): void {
    const { current } = this.#state
    const isNew = current?.phase === 'entering' && current.to === agent
    if (isNew) this.#about({ type: 'alive' })
  }

  /** Whoever has got the floor has said something that made no sound. */
  silent(agent: string): void {
    const { current } = this.#state
    const isNew = current?.phase === 'entering' && current.to === agent
    if (isNew) this.#about({ type: 'failed', reason: 'it made no sound' })
  }

  /** The call is to end: what was heard on the way is put on record, and nobody gets the floor any more. */
  end(): void {
    this.#stopTimers()
    this.#letGo?.('the call is over')
    this.deliver((seat) => this.#putOnRecord(seat))
  }

  get #isEnding(): boolean {
    return this.#seats.of(this.holder).host.isEnding()
  }

  #about(event: { type: 'said' | 'alive' } | { type: 'failed'; reason: string }): void {
    const { current } = this.#state
    if (current !== undefined) this.#dispatch({ ...event, id: current.id })
  }

  #dispatch(event: FloorEvent): void {
    if (this.#isEnding && event.type !== 'alive') return
    const [next, commands] = floorStep(this.#state, event)
    this.#state = next
    for (const command of commands) this.#carryOut(command)
  }

  #carryOut(command: FloorCommand): void {
    switch (command.type) {
      case 'prepare':
        return this.#prepare(command.handover)
      case 'watch':
        return this.#watch(command.handover)
      case 'move':
        return this.#move(command.handover)
      case 'leave':
        return this.#leave(command.handover)
      case 'done':
        return this.#done(command.handover)
      case 'return':
        return this.#return(command)
      case 'rescue':
        return this.#rescue(command)
    }
  }

  #prepare(handover: Handover): void {
    const { id, from, to, handoff, pass } = handover
    const seat = this.#seats.of(from)
    const { host } = seat
    const context = carryName(handoff)
    const init = { from, to: to ?? handoff.name, pass, context, reason: handoff.when }
    host.emit(handoffFrame({ state: 'started', ...init }))
    this.#setTimer(host, longestFarewellMs, () => {
      host.emit(interrupt({ reason: 'the last words took too long' }))
      this.#dispatch({ type: 'said', id })
    })
    this.#hasTaken = false
    if (to === undefined) return
    const briefing = new Briefing(seat, handover)
    this.#briefing = briefing
    Promise.all([host.agents.wake(to), briefing.ready]).then(
      () => this.#dispatch({ type: 'ready', id }),
      (thrown: unknown) => this.#dispatch({ type: 'failed', id, reason: reasonOf(thrown) }),
    )
  }

  #watch({ id, from, handoff }: Handover): void {
    const { host } = this.#seats.of(from)
    const { timeoutMs } = handoff
    this.#stopTimers()
    // Half of the time is for what the next agent is told; the rest it needs to begin.
    this.#setTimer(host, timeoutMs / 2, () => this.#briefing?.hurry())
    this.#setTimer(host, timeoutMs, () => {
      this.#dispatch({ type: 'failed', id, reason: `nothing came of it within ${timeoutMs} ms` })
    })
  }

  #move(handover: Handover): void {
    const { id, from, to = '', handoff, pass } = handover
    const [old, next] = [this.#seats.of(from), this.#seats.open(to)]
    if (next === undefined) {
      return this.#dispatch({ type: 'failed', id, reason: 'it is being replaced' })
    }
    this.#briefing?.give(next, this.#usedUp(to))
    this.#putOnRecord(next)
    const context = carryName(handoff)
    next.host.emit(handoffFrame({ state: 'done', from, to, pass, context, reason: handoff.when }))
    const enter = this.#visited.has(to) ? reply : (this.#agents.get(to)?.enter ?? reply)
    this.#hasTaken = true
    const leave = old.leave()
    this.ears.left(from, leave.turns.voiceSince !== undefined, old.host.clock)
    next.take(leave, enter)
    this.#seats.flush(next)
    if (enter.kind === 'wait' || leave.turns.turn !== undefined) this.alive(to)
    if (this.#broken.has(from)) next.host.agents.sleep(from)
    this.#warm(to)
  }

  #leave({ id, from, handoff, pass }: Handover): void {
    // Whoever hands over may have broken down since.
    const host = this.#gate ?? this.#seats.of(from).host
    const { target, name } = handoff
    if (target.kind !== 'transfer') {
      this.#dispatch({ type: 'alive', id })
      return host.end(`${from} ended the call`)
    }
    const { destination } = target
    this.#letGo = ring(host, {
      ...{ destination, timeoutMs: handoff.timeoutMs },
      taken: (taker) => {
        // Whoever takes it late has the caller all the same.
        if (this.#state.current?.id === id) {
          host.emit(handoffFrame({ state: 'done', from, to: name, pass, reason: handoff.when }))
          this.#dispatch({ type: 'alive', id })
        }
        host.end(`transferred to ${taker}`)
      },
      failed: (reason) => this.#dispatch({ type: 'failed', id, reason }),
    })
  }

  #done({ from, to, callId }: Handover): void {
    this.#stopTimers()
    if (to !== undefined) this.#visited.add(to)
    this.#seats.get(from)?.settle(callId, { status: 'ok', value: null })
  }

  #return(command: Extract<FloorCommand, { readonly type: 'return' }>): void {
    const { handover, reason } = command
    const { from, to, handoff, callId, pass } = handover
    this.#stopTimers()
    const old = this.#seats.of(from)
    const target = to ?? handoff.name
    this.#letGo?.(reason)
    old.host.log.warn(`${target} did not take the call: ${reason}`)
    const next = to === undefined ? undefined : this.#seats.get(to)
    if (this.#hasTaken && next !== undefined) this.#takeBack(next, old, { kind: 'wait' })
    else {
      this.#putOnRecord(old)
      old.stay()
    }
    if (to !== undefined) old.host.agents.sleep(to)
    const init = { from, to: target, pass, context: carryName(handoff), reason }
    this.#gate?.emit(handoffFrame({ state: 'returned', ...init }))
    old.settle(callId, { status: 'error', message: nobodyTook(target) })
    // One that is only being replaced goes on when it is there.
    if (this.#broken.has(from)) old.host.agents.giveUp(from, new Error(`${from} broke down`))
  }

  #rescue({ from, to, reason }: Extract<FloorCommand, { readonly type: 'rescue' }>): void {
    const [lost, heir] = [this.#seats.of(from), this.#seats.of(to)]
    const { host } = heir
    host.log.warn(`${from} broke down: ${reason}`)
    const note = { role: 'handoff', from, pass: {}, failure: `${from} broke down.` } as const
    heir.record.note({ ...note, unavailable: this.#usedUp(to) })
    this.#takeBack(lost, heir, reply, carryBetween(this.#agents.get(from), to))
    this.#gate?.emit(handoffFrame({ state: 'returned', from: to, to: from, reason }))
    if (!this.#seats.isClosed(heir)) return
    // It goes on where it finds the call, once it is there.
    host.agents.wake(to).catch((thrown: unknown) => host.agents.giveUp(to, thrown))
  }

  /** Whoever had the floor is cut; what was said meanwhile is known to whoever gets it. */
  #takeBack(from: Seat, to: Seat, enter: PlanEnter, carry: Carry = 'transcript'): void {
    const { record, host } = from
    const { isCut } = host
    const unanswered = unansweredIn(record, isCut)
    to.record.adopt(carried(record, { carry, unanswered, callId: '', isCut }))
    this.#gate?.emit(interrupt({ reason: 'the floor goes back' }))
    this.ears.reset()
    to.take(from.leave(), enter)
    this.#seats.flush(to)
  }

  /** Hand-offs of an agent that it may not use any more. */
  #usedUp(agent: string): readonly string[] {
    const handoffs = this.#agents.get(agent)?.handoffs ?? []
    const used = handoffs.filter((one) => this.usesOf(agent, one) >= one.max)
    return used.map(({ tool }) => tool)
  }

  #putOnRecord(seat: Seat): void {
    for (const text of this.#heard) seat.record.user(text)
    this.#heard = []
  }

  /** @returns whether the call can go on without that agent */
  #lost(agent: string, thrown: unknown): boolean {
    const seat = this.#seats.get(agent)
    const { current } = this.#state
    this.#broken.add(agent)
    // Its last words are over: they are not heard in the middle of somebody else's.
    const isSaying = current?.from === agent && current.phase === 'saying'
    if (isSaying) this.#gate?.emit(interrupt({ reason: `${agent} broke down` }))
    this.#dispatch({ type: 'lost', agent, reason: reasonOf(thrown) })
    // It hears the caller until somebody else has the floor.
    if (agent === this.holder) {
      this.isGivenUp = this.#state.current === undefined
      return !this.isGivenUp
    }
    this.ears.lose(agent)
    seat?.host.agents.sleep(agent)
    return true
  }

  /** Sets up whoever an agent may hand over to, before it does. What fails is tried again when it is needed. */
  #warm(agent: string): void {
    const host = this.#seats.get(agent)?.host
    for (const { target } of this.#agents.get(agent)?.handoffs ?? []) {
      if (host === undefined || target.kind !== 'agent') continue
      host.agents.wake(target.agent).catch((thrown: unknown) => {
        host.log.warn(`${target.agent} is not ready: ${reasonOf(thrown)}`)
      })
    }
  }

  #setTimer(host: Host, delayMs: number, action: () => void): void {
    this.#timers.push(host.clock.after(delayMs, action))
  }

  #stopTimers(): void {
    for (const cancel of this.#timers.splice(0)) cancel()
  }
}

const reply: PlanEnter = { kind: 'reply' }
