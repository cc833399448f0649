import type { Connection, Log } from '../define/index.ts'
import type { Frame } from '../frames/index.ts'
import { drivers } from '../drivers.ts'
import type { Program } from '../graph/plan.ts'
import { Session, type Deadlines } from '../kernel/session.ts'
import { createShared, type Shared } from '../kernel/shared.ts'
import type { Drivers } from '../kernel/make-node.ts'
import type { Inspection, LogRecord, Observe, SessionSummary } from '../observe/inspection.ts'
import type { Prices } from '../observe/prices.ts'
import { createVirtualClock, type VirtualClock } from '../time/virtual-clock.ts'
import { programOf, type ProgramInit } from './program.ts'

/** What `testSession` takes beside the program. */
export interface TestSessionInit {
  readonly clock?: VirtualClock
  readonly vars?: Readonly<Record<string, unknown>>
  readonly connections?: Readonly<Record<string, Connection>>
  readonly deadlines?: Partial<Deadlines>
  /** Engines that several sessions share; whoever made them closes them. */
  readonly shared?: Shared
  /** In place of the runtime's own, to look into brains and transports. */
  readonly drivers?: Drivers
  /** Sees every inspection event. */
  readonly observe?: Observe
  /** Own prices of vendors, before the list prices. */
  readonly prices?: Prices
}

/** A session on virtual time, with all that it lets one see. */
export interface TestSession {
  readonly session: Session
  readonly clock: VirtualClock
  /** Every frame emitted so far, in order. */
  readonly frames: readonly Frame[]
  readonly logs: readonly LogRecord[]
  /** Starts it and waits until nothing is left to do at this instant. */
  start(): Promise<void>
  /** Ends it and runs until it has stopped. */
  end(reason?: string): Promise<SessionSummary>
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/** Makes a session of a program (or of one made in code) on a virtual clock. */
export function testSession(made: Program | ProgramInit, init: TestSessionInit = {}): TestSession {
  const clock = init.clock ?? createVirtualClock()
  const frames: Frame[] = []
  const logs: LogRecord[] = []
  const observe = (event: Inspection): void => {
    if (event.type === 'frame') frames.push(event.frame)
    if (event.type === 'log') logs.push(event.record)
    init.observe?.(event)
  }
  const session = new Session({
    id: 'test',
    program: 'plan' in made ? made : programOf(made),
    clock,
    shared: init.shared ?? createShared(silent),
    drivers: init.drivers ?? drivers,
    connections: new Map(Object.entries(init.connections ?? {})),
    observe,
    prices: init.prices,
    ...(init.vars && { vars: init.vars }),
    ...(init.deadlines && { deadlines: init.deadlines }),
  })
  return {
    session,
    clock,
    frames,
    logs,
    async start() {
      // A failed start is told by `session.ended`.
      session.start().catch(() => undefined)
      await clock.advance(0)
    },
    async end(reason = 'the test is over') {
      session.end(reason)
      let isOver = false
      void session.ended.then(() => (isOver = true))
      await clock.settle({ isDone: () => isOver })
      return session.ended
    },
  }
}
