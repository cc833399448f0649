import {
  interrupt,
  toolResult,
  turn,
  type Frame,
  type PlayoutFrame,
  type ToolOutcome,
} from '../frames/index.ts'
import type { PlanEnter, PlanHandoff } from '../graph/plan-agents.ts'
import type { Host } from '../kernel/host.ts'
import type { Cancel } from '../time/clock.ts'
import { Answer } from './answer.ts'
import type { Floor } from './floor.ts'
import type { Leave, Seat } from './seat.ts'
import type { ConversationRecord } from './record.ts'
import { initialScheduler, schedule, type Job, type SchedulerEvent } from './scheduler.ts'
import { Speaker } from './speaker.ts'
import { endCall } from './builtin-tools.ts'
import type { Destination } from './destinations.ts'
import { Outside } from './outside.ts'
import { Tools, type ToolCall } from './tools.ts'
import type { ConversationInit } from './conversation-init.ts'
import { nextTurnTick } from './turn-clock.ts'
import {
  handedOn,
  initialTurns,
  type TurnCommand,
  type TurnEvent,
  type TurnFact,
} from './turn-state.ts'
import { tellInference } from './tell-inference.ts'
import { textOfKeys } from './turn-end.ts'
import { takeTurn } from './turns.ts'
import { Untold } from './untold.ts'

/**
 * What goes on between a caller and a brain. The reducers decide: `takeTurn` who has the floor, `schedule`
 * what the model is asked, `toolStep` which tools run. This carries it out.
 */
export class Conversation implements Seat {
  readonly host: Host
  readonly record: ConversationRecord
  /** Who speaks: the agent, or the brain. */
  readonly name: string
  readonly #floor: Floor | undefined
  readonly #init: ConversationInit
  readonly #speaker: Speaker
  readonly #tools: Tools
  readonly #waiting: { readonly event: TurnEvent; readonly cause: Frame | undefined }[] = []
  #turns = initialTurns
  #schedule = initialScheduler
  #answer: Answer | undefined
  /** What it has to do when it says something for the first time since it has had the floor. */
  #enter: PlanEnter | undefined
  /** Response with which it takes its leave. */
  #farewell = -1
  readonly #outside: Outside
  readonly #untold: Untold
  #isTaking = false
  /** Another has taken its place, or the call is over: what still comes is for nobody. */
  #isClosed = false
  #dueAt: number | undefined
  #cancelTimer: Cancel | undefined

  constructor(init: ConversationInit) {
    const { host, setup } = init
    this.#init = init
    this.host = host
    this.record = init.record
    this.name = init.agent?.id ?? host.node
    this.#floor = init.memory.floor
    this.#untold = new Untold(host, init.memory, init.record)
    this.#tools = new Tools(host, setup, init, {
      settled: (call, outcome, isNews) => this.#settled(call, outcome, isNews),
      working: (running) => this.on({ type: 'tools', running }),
      handOver: (call, request) => this.#handOver(call, request),
      transfer: (call, to) => this.#transfer(call, to),
      escort: (call, to, signal) =>
        this.#outside.escort(call, to, signal, this.#turns.floor?.response ?? 0),
    })
    this.#speaker = new Speaker(init, this.#tools, {
      responding: ({ response, reason }, limits) =>
        this.on({ type: 'responding', response, reason, thresholds: limits }),
      finished: ({ response }) => {
        // There was nothing to say: whoever has the floor listens.
        this.#floor?.alive(this.name)
        this.on({ type: 'finished', response })
      },
      over: ({ id }) => this.#scheduled({ type: 'over', id }),
      asked: (answer) => {
        tellInference(host, this.name, answer, 'started')
        this.on({ type: 'asked' })
      },
      answered: (answer, outcome) => tellInference(host, this.name, answer, 'ended', outcome),
    })
    this.#outside = new Outside(this, this.name, init.memory)
    host.whenEnding(() => {
      this.#outside.end()
      if (!this.#holds) return
      // First: when nothing is left to wait for, the call is over before the other returns.
      this.#floor?.end()
      this.on({ type: 'ending' })
    })
    this.#floor?.sit(this.name, this)
    host.whenOverspent(() => {
      this.on({ type: 'overspent', say: setup.plan.costBudget?.say })
      return this.#holds && !this.#isClosed
    })
  }

  /** It is this one that the caller speaks with. */
  get #holds(): boolean {
    return this.#floor === undefined || this.#floor.holder === this.name
  }

  get unanswered(): number {
    return this.#turns.turn?.finals.length ?? 0
  }

  /** The call begins; or the brain was replaced in the middle of it, and goes on where the last one broke off. */
  begin(cause: Frame): void {
    const { memory, agent } = this.#init
    if (!this.#holds) return
    if (!memory.hasBegun) {
      memory.hasBegun = true
      this.#floor?.begin()
      this.#enter = agent?.enter
      return this.on({ type: 'start', waits: agent?.enter.kind === 'wait' }, cause)
    }
    // What the other was saying is over, and nobody is held on its account.
    this.host.emit(interrupt({ reason: 'the brain was replaced' }), cause)
    // It comes too late to begin anything.
    if (this.host.isEnding()) return this.on({ type: 'ending' }, cause)
    const last = this.record.messages(this.host.isCut).at(-1)
    this.on({ type: 'resumed', isOwed: last !== undefined && last.role !== 'assistant' }, cause)
  }

  /** Something happened; `cause` is the frame that told of it. */
  on(fact: TurnFact, cause?: Frame): void {
    if (!this.#holds || this.#isClosed) return
    this.#waiting.push({ event: { ...fact, at: this.host.clock.now() } as TurnEvent, cause })
    // What is done about one event may bring the next: they are taken one after the other.
    if (this.#isTaking) return
    this.#isTaking = true
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        const [after, commands] = takeTurn(this.#init.policy, this.#turns, next.event)
        this.#turns = after
        for (const command of commands) this.#carryOut(command, next.cause)
        this.#tellFloor(next.event)
        this.#outside.hears(this.#turns.floor?.response)
      }
    } finally {
      this.#isTaking = false
    }
    this.#setTimer()
  }

  /** What the floor waits for: that the caller has heard the last of this agent, or anything at all. */
  #tellFloor({ type, ...event }: TurnEvent): void {
    if (type === 'speech' && this.#turns.voiceSince === undefined) this.#floor?.ears.reset()
    if (type !== 'finished' && type !== 'sounding') return
    const { response } = event as Extract<TurnEvent, { readonly type: 'sounding' }>
    this.#untold.sounds(response)
    if (type === 'sounding') return this.#floor?.alive(this.name)
    this.#untold.tell()
    if (response !== this.#farewell) return
    if (!this.#outside.said()) this.#floor?.said()
  }

  take({ turns, rest }: Leave, enter: PlanEnter): void {
    this.#turns = turns
    this.#enter = enter
    this.on({ type: 'seated', speaks: enter.kind !== 'wait' })
    this.#tools.report()
    if (this.record.hasNews) this.on({ type: 'results' })
    for (const { event, cause } of rest) this.on(event, cause)
  }

  leave(): Leave {
    this.#outside.hears(undefined)
    this.#cancelTimer?.()
    this.#dueAt = undefined
    this.#abort('cut')
    this.#schedule = { ...this.#schedule, current: undefined }
    return { turns: handedOn(this.#turns), rest: this.#waiting.splice(0) }
  }

  stay(): void {
    this.on({ type: 'seated', speaks: false })
  }

  settle(callId: string, outcome: ToolOutcome): void {
    this.#tools.on({ type: 'done', callId, outcome })
  }

  summarise(signal: AbortSignal): Promise<string | undefined> {
    return this.#speaker.summarise(signal)
  }

  /** The model gives the call away: from here on it begins nothing new, and cannot be interrupted. */
  #handOver({ callId, arguments: pass }: ToolCall, handoff: PlanHandoff): string | undefined {
    const answer = this.#answer
    if (answer === undefined || this.#floor === undefined) return 'There is no call to hand over.'
    const outside = handoff.target.kind === 'transfer' ? this.#outside.refusal : undefined
    const refusal = outside ?? this.#floor.ask(this.name, { handoff, callId, pass })
    if (refusal !== undefined) return refusal
    this.#takeLeave(answer, handoff.say ?? '')
    return undefined
  }

  /** The model gives the call to somebody outside; as long as that one rings nothing is asked. */
  #transfer(call: ToolCall, to: Destination): string | undefined {
    const answer = this.#answer
    if (answer === undefined) return 'There is no call to give away.'
    const isGoing = this.#turns.isHandingOver && 'The call is being given away already.'
    const refusal = isGoing || this.#outside.refusal
    if (refusal !== undefined) return refusal
    this.#outside.depart(call, to)
    this.#takeLeave(answer, to.say ?? '')
    return undefined
  }

  #takeLeave(answer: Answer, words: string): void {
    const { response, reason } = answer
    this.#farewell = response
    this.#tools.on({ type: 'cut', through: response, because: 'The call was handed over.' })
    this.on({ type: 'responding', response, reason, thresholds: undefined })
    this.on({ type: 'handing-over' })
    answer.sayFarewell(words)
  }

  /** The transport says what the caller has heard. */
  heard(fact: PlayoutFrame): void {
    for (const record of this.#init.memory.records) record.heard(fact)
    const { state, span, of: response } = fact
    if (state === 'stopped' && span === 0) {
      const isOwn = this.#turns.floor?.response === response
      this.on({ type: 'finished', response }, fact)
      // It had something to say, and nothing of it has come out.
      if (isOwn) this.#floor?.silent(this.name)
    }
    const text = state === 'started' ? this.record.textOf(span) : ''
    if (state === 'started') this.on({ type: 'sounding', response, text }, fact)
    this.#speaker.heard(fact)
  }

  wasCut(through: number, cause?: Frame): void {
    this.#speaker.cut()
    this.#tools.on({ type: 'cut', through })
    const { response = 0 } = this.#answer ?? {}
    if (response !== 0 && response <= through) this.#scheduled({ type: 'cut' })
    const { floor } = this.#turns
    if (floor !== undefined && floor.response <= through) {
      this.#floor?.alive(this.name)
      this.on({ type: 'finished', response: floor.response }, cause)
    }
  }

  close(): void {
    if (!this.host.isEnding()) this.#keepKeys()
    this.#isClosed = true
    this.#cancelTimer?.()
    this.#answer?.abort('the call is over')
    this.#outside.close()
    if (!this.host.isEnding()) this.#tools.breakOff()
    this.#floor?.rise(this)
  }

  /** Keys that are being pressed are known here only; words that are not final come again. */
  #keepKeys(): void {
    const { keys } = this.#turns
    if (keys === undefined || !this.#holds) return
    this.#carryOut({ type: 'heard', text: textOfKeys(keys) }, undefined)
  }

  #carryOut(command: TurnCommand, cause: Frame | undefined): void {
    const { record } = this.#speaker
    const { version } = record
    switch (command.type) {
      case 'turn':
        return this.host.emit(turn({ state: command.state, text: command.text }), cause)
      case 'heard':
        this.#untold.tell()
        this.#init.memory.tell({ role: 'user', text: command.text })
        return this.#floor?.hears(command.text) === true ? undefined : record.user(command.text)
      case 'amend':
        return this.#amend(command)
      case 'suspect':
        this.#tools.on({ type: 'hold' })
        return this.#interrupt('suspect', command, cause)
      case 'reject':
        this.#interrupt('reject', command, cause)
        return this.#tools.on({ type: 'release' })
      case 'confirm':
        this.#interrupt('confirm', command, cause)
        return this.wasCut(command.response)
      case 'infer':
      case 'say': {
        const words = command.type === 'say' ? { sentence: command.text } : {}
        return this.#scheduled({ type: 'want', reason: command.reason, version, ...words }, cause)
      }
      case 'speculate':
        return this.#scheduled({ type: 'guess', version }, cause, command.interim)
      case 'discard':
        return this.#scheduled({ type: 'discard' }, cause)
      case 'end':
        return this.host.end(command.reason)
    }
  }

  /** Words that were put on record with somebody else are news to an agent that was not told of them. */
  #amend({ was, text }: Extract<TurnCommand, { readonly type: 'amend' }>): void {
    if (this.#floor?.amends(was, text) === true || this.record.amend(was, text)) return
    this.record.user(text)
    const { records } = this.#init.memory
    for (const record of records) if (record !== this.record && record.amend(was, text)) return
  }

  #interrupt(
    phase: 'suspect' | 'confirm' | 'reject',
    { response: through, reason }: { readonly response: number; readonly reason: string },
    cause: Frame | undefined,
  ): void {
    this.host.emit(interrupt({ phase, through, reason }), cause)
  }

  #scheduled(event: SchedulerEvent, cause?: Frame, provisional = ''): void {
    const [next, commands] = schedule(this.#schedule, event)
    this.#schedule = next
    for (const command of commands) {
      if (command.type === 'begin') this.#begin(this.#answerTo(command.job, provisional), cause)
      else if (command.type === 'promote') this.#promote()
      else this.#abort(command.outcome)
    }
    if (event.type === 'over' && this.#answer?.id === event.id) this.#answer = undefined
  }

  /** What an agent says on entering goes before its first answer. */
  #answerTo(job: Job, provisional: string): Answer {
    const enter = this.#enter
    if (job.sentence === undefined && !job.isGuess) this.#enter = undefined
    return new Answer(job, provisional, enter)
  }

  #begin(answer: Answer, cause: Frame | undefined): void {
    this.#answer = answer
    this.host.spawn((work) => this.#speaker.speak(answer, work), cause)
  }

  #promote(): void {
    const answer = this.#answer
    answer?.promote()
    this.#enter = undefined
    if (answer !== undefined) tellInference(this.host, this.name, answer, 'promoted')
  }

  #abort(outcome: 'superseded' | 'discarded' | 'cut'): void {
    const answer = this.#answer
    if (answer === undefined) return
    this.#answer = undefined
    tellInference(this.host, this.name, answer, 'ended', outcome)
    answer.abort(outcome)
    // Somebody took its place before it was heard: nothing of it may come out any more.
    if (outcome === 'superseded' && answer.response > 0) {
      this.#speaker.cut()
      this.#interrupt('confirm', { response: answer.response, reason: 'superseded' }, undefined)
    }
  }

  #settled(call: ToolCall, outcome: ToolOutcome, isNews: boolean): void {
    const { callId, name } = call
    for (const record of this.#init.memory.records) record.settle(callId, outcome)
    this.host.emit(toolResult({ callId, name, result: outcome }))
    const ends = name === endCall.name && outcome.status === 'ok'
    if (ends && this.#answer !== undefined) this.#answer.hasToEnd = true
    if (!isNews) return
    if (this.#holds) this.on({ type: 'results' })
    else this.#floor?.deliver((seat) => seat.record.knows(callId) && seat.on({ type: 'results' }))
  }

  #setTimer(): void {
    if (!this.#holds) return
    const dueAt = nextTurnTick(this.#init.policy, this.#turns)
    if (dueAt === this.#dueAt) return
    this.#cancelTimer?.()
    this.#dueAt = dueAt
    if (dueAt === undefined) return
    const { clock } = this.host
    this.#cancelTimer = clock.after(Math.max(0, dueAt - clock.now()), () => {
      this.#dueAt = undefined
      this.on({ type: 'tick' })
    })
  }
}
