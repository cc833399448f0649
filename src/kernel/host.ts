import type { Handled, Log, Out, TransferInit } from '../define/index.ts'
import type { Frame, TranscriptFrame, UsageInit } from '../frames/index.ts'
import type { CallVars } from './call-vars.ts'
import type { Lent } from './lent-voices.ts'
import type { Clock } from '../time/clock.ts'

/** Work that a node began on its own. */
export interface Work {
  readonly signal: AbortSignal
  /** Number of the response it has begun; 0 before. */
  readonly response: number
}

/** The nodes of agents: they are set up when their agent may be needed. */
export interface AgentNodes {
  /**
   * Sets up whatever of an agent's nodes is not ready yet. Asked again while that is under way, it waits for
   * the same.
   * @throws VoxgraphError `setup-failed` or `setup-timeout`; none of the nodes is at work then
   */
  wake(agent: string): Promise<void>
  /** Closes an agent's nodes. What they have not taken in goes back to where the agents branch off. */
  sleep(agent: string): void
  /** An agent cannot go on, though none of its nodes has just failed: as if one had, too often. */
  giveUp(agent: string, thrown: unknown): void
  /**
   * `handler` is told of an agent that cannot go on, because a node of it failed too often. It gives true
   * when the call can go on without.
   */
  whenLost(handler: (agent: string, thrown: unknown) => boolean): void
}

/**
 * What the runtime's own nodes (a transport, a brain with its conversation) get. Authors get less: they
 * cannot begin work that no frame asked for.
 */
export interface Host {
  /** Id of the call. */
  readonly session: string
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** Aborted when the session is over or the node is restarted. */
  readonly signal: AbortSignal
  readonly vars: CallVars
  metric(name: string, value: number, unit?: string): void
  /** Reports what a vendor will charge for. */
  usage(used: UsageInit): void
  /** Emits from outside any handler; `cause` is what led to it. Delivered before it returns. */
  emit(out: Out, cause?: Frame): void
  /**
   * Runs work beside the handlers: it holds no mailbox. Its signal aborts when its response is cut, or the
   * session is over: the one that it begins, or `response`, which another has begun.
   */
  spawn(
    work: (task: Work) => Exclude<Handled, undefined | void>,
    cause?: Frame,
    response?: number,
  ): void
  /** True for the number of a response that has been cut. */
  isCut(response: number): boolean
  /** Counts a frame of a cut response that was about to be played; there must be none. */
  countStale(): void
  /** The session does not come to rest before `busy` says so. */
  keepAwake(busy: () => Promise<void> | undefined): void
  /** True once the session is to end: nothing new should be begun. */
  isEnding(): boolean
  /** Calls `action` once, when the session is to end. */
  whenEnding(action: () => void): void
  /**
   * `leaveOff` is called when the call has cost as much as it may. It gives true when it sees to it that the
   * call ends, once the bot has said what it has to say. Called at once where that is past.
   */
  whenOverspent(leaveOff: () => boolean): void
  /** Ends the session: what is under way comes out first. */
  end(reason: string): void
  /** The agents of the graph, as far as they are nodes. */
  readonly agents: AgentNodes
  /**
   * Gives the call to somebody outside, by the transport's own means. Rejects when that does not work; the
   * call then goes on.
   */
  transfer(destination: string, init: Omit<TransferInit, 'speak'>): Promise<void>
  /** Lends the voice of a node to whoever has to be told something beside the caller. */
  lendVoice(voice: Lent): void
  /**
   * Presses a key for the far end, by whatever transport can: it goes there past the nodes between, behind
   * what is already on its way. Throws when none can.
   */
  press(digit: string): void
  /**
   * Leads what the caller has typed past the nodes between to whoever has the floor; it waits while that one is
   * being replaced. Nobody's in a graph without a brain.
   */
  write(words: TranscriptFrame): void
  /** Fails the node, as if a handler had thrown. */
  fail(thrown: unknown): void
}
