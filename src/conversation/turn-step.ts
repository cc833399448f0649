import type { TurnPolicy } from './turn-policy.ts'
import { newTurn, type OpenTurn, type TurnCommand, type TurnState } from './turn-state.ts'
import { textOf } from './turn-end.ts'

/** One step of the turn-taking reducer: the state on its way, what came of it, and what all rules need. */
export class TurnStep {
  readonly commands: TurnCommand[] = []
  state: TurnState
  protected readonly policy: TurnPolicy

  constructor(policy: TurnPolicy, state: TurnState) {
    this.policy = policy
    this.state = state
  }

  protected change(changes: Partial<TurnState>): void {
    this.state = { ...this.state, ...changes }
  }

  protected turn(changes: Partial<OpenTurn>): void {
    const { turn } = this.state
    if (turn !== undefined) this.change({ turn: { ...turn, ...changes } })
  }

  protected do(command: TurnCommand): void {
    this.commands.push(command)
  }

  /** The caller has begun something: a turn is open, and nobody is idle. */
  protected open(endedAt?: number): void {
    this.change({ idle: undefined })
    if (this.state.turn !== undefined) return
    this.change({ turn: { ...newTurn(this.state.now), endedAt } })
    this.do({ type: 'turn', state: 'started', text: '' })
  }

  protected infer(reason: 'start' | 'turn' | 'tool-result' | 'handoff'): void {
    const { isEnding, isHandingOver, overspent } = this.state
    if (isEnding || isHandingOver || overspent !== undefined) return this.discard()
    this.change({ isAsking: true, guess: undefined, mayEnter: false })
    this.do({ type: 'infer', reason })
  }

  protected discard(): void {
    if (this.state.guess === undefined) return
    this.change({ guess: undefined, isAsking: false })
    this.do({ type: 'discard' })
  }

  /** The caller goes on: what was guessed from the words so far is worth nothing. */
  protected resume(): void {
    if (this.state.guess === undefined) return
    const { turn } = this.state
    this.discard()
    this.do({ type: 'turn', state: 'resumed', text: turn === undefined ? '' : textOf(turn) })
  }

  protected confirm(reason: string): void {
    const { floor, now, playing } = this.state
    if (floor === undefined) return
    this.change({ floor: undefined, suspicion: undefined, hasSpoken: true })
    this.change({ playing: { ...playing, until: now } })
    this.do({ type: 'confirm', response: floor.response, reason })
  }

  protected end(reason: string): void {
    this.change({ isEnding: true })
    this.do({ type: 'end', reason })
  }
}
