import type {
  Busy,
  Connection,
  DialInit,
  Listener,
  Log,
  Place,
  TransportDefinition,
  Web,
} from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { PlanNode, Program } from '../graph/plan.ts'
import type { Observe, SessionSummary } from '../observe/inspection.ts'
import type { Prices } from '../observe/prices.ts'
import type { Clock } from '../time/clock.ts'
import { inTime } from './deadline.ts'
import { defaultDeadlines, Session, type Deadlines } from './session.ts'
import { createShared, type Shared } from './shared.ts'
import type { Drivers } from './make-node.ts'

/** What calls are run with. */
export interface CallsInit {
  readonly program: Program
  readonly clock: Clock
  readonly drivers: Drivers
  readonly log: Log
  readonly observe?: Observe | undefined
  /** Variables of every call, beside those of its connection. */
  readonly vars?: Readonly<Record<string, unknown>>
  readonly deadlines?: Partial<Deadlines>
  /** Own prices of vendors; the first that has one wins, and the list prices come last. */
  readonly prices?: Prices
  /** HTTP of the process. */
  readonly web: Web
  /** Asks for room for one more call; everybody is let in unless given. */
  readonly admit?: () => Place | Busy
  /** Callers may be shown how answers come about; false unless given. */
  readonly inspect?: boolean
  /** Names the next call; unique in the process. */
  readonly nextId: () => string
}

/** A program that takes calls. */
export interface Calls {
  /** Calls under way, by id. */
  readonly sessions: ReadonlyMap<string, Session>
  /**
   * Opens the transport of the graph.
   * @throws VoxgraphError `no-transport`, `two-transports`, `needs-real-time`, what is wrong with an MCP server, or what the
   * transport throws
   */
  listen(): Promise<Listener>
  /**
   * Calls somebody, by the transport that is open. Resolves when the call is answered; it is a session then.
   * @throws VoxgraphError `cannot-dial`, `dial-failed`, or what the transport throws
   */
  dial(init: DialInit): Promise<void>
  /** Takes one caller. Resolves when the call is over; never rejects. */
  take(connection: Connection, place?: Place): Promise<SessionSummary>
  /** Takes no more calls, ends those under way (they finish what they are saying), frees everything. */
  close(reason: string): Promise<void>
}

/** Makes sessions of one program: one per caller, sharing engines and nothing else. */
export function createCalls(init: CallsInit): Calls {
  const { program, clock, log } = init
  const shared: Shared = createShared(log)
  const sessions = new Map<string, Session>()
  const controller = new AbortController()
  let listener: Listener | undefined

  const take = (connection: Connection, place?: Place): Promise<SessionSummary> =>
    hold(connection, init, shared, sessions).finally(() => place?.leave())

  return {
    sessions,
    take,
    async listen() {
      refuseRealTime(program, clock)
      const { node, definition } = transportOf(program)
      // What is wrong with a server is known before the phone rings.
      await shared.tools(program, clock)
      const { signal } = controller
      const { web, admit = everybody, inspect = false } = init
      const graph = program.plan.name
      const ctx = { options: node.options as never, clock, log, signal, web, graph, inspect, admit }
      listener = await definition.listen(ctx, (connection, place) => void take(connection, place))
      return listener
    },
    async dial(to) {
      const { use } = transportOf(program).node
      const reason = listener === undefined ? 'nothing is open' : `${use} only takes calls`
      if (listener?.dial === undefined) throw new VoxgraphError('cannot-dial', { reason })
      await listener.dial(to)
    },
    async close(reason) {
      try {
        await listener?.close()
      } catch (thrown) {
        // Callers are not left on the line for that.
        log.warn(`the transport was not closed: ${reasonOf(thrown)}`)
      }
      for (const session of sessions.values()) session.end(reason)
      await Promise.all([...sessions.values()].map((session) => session.ended))
      controller.abort()
      await shared.close()
    },
  }
}

/** Holds one call from beginning to end. */
async function hold(
  connection: Connection,
  init: CallsInit,
  shared: Shared,
  sessions: Map<string, Session>,
): Promise<SessionSummary> {
  const { program, clock, log, drivers, deadlines = {}, prices } = init
  const id = init.nextId()
  const vars = { ...init.vars, call: connection.call }
  const connections = new Map([[transportOf(program).node.id, connection]])
  const observe = alsoSeenBy(connection, init.observe)
  const ends = { id, program, clock, shared, drivers, observe, deadlines, connections, vars }
  const session = new Session({ ...ends, prices })
  sessions.set(id, session)
  try {
    await session.start()
  } catch (thrown) {
    log.warn(`call ${id} could not start: ${reasonOf(thrown)}`)
  }
  // Its transport may not have been set up, so nobody else would hang up.
  if (session.state === 'stopping' || session.state === 'stopped')
    await hangUp(connection, init, id)
  const summary = await session.ended
  sessions.delete(id)
  return summary
}

/** Closes a connection within its deadline; whatever it does, the call is over and its place is free. */
async function hangUp(connection: Connection, init: CallsInit, id: string): Promise<void> {
  const { clock, log, deadlines } = init
  const { closeMs } = { ...defaultDeadlines, ...deadlines }
  const close = async (): Promise<void> => connection.close('the call could not start')
  try {
    if (await inTime(clock, closeMs, close())) return
    log.warn(`call ${id} was not hung up within ${closeMs} ms`)
  } catch (thrown) {
    log.warn(`call ${id} was not hung up: ${reasonOf(thrown)}`)
  }
}

const nobodyLeaves: Place = { leave: () => undefined }
const everybody = (): Place => nobodyLeaves

/** What happens in a call is shown to its connection, too, where that wants to see it. */
function alsoSeenBy(connection: Connection, observe: Observe | undefined): Observe | undefined {
  if (connection.see === undefined) return observe
  return (event) => {
    observe?.(event)
    if (event.type === 'frame') connection.see?.(event.frame)
  }
}

/** The transport of a program: the one place where callers come in. */
export function transportOf(program: Program): {
  readonly node: PlanNode
  readonly definition: TransportDefinition
} {
  const { plan, definitions } = program
  const found = plan.nodes.flatMap((node) => {
    const definition = definitions.get(node.id)
    return definition?.kind === 'transport' ? [{ node, definition }] : []
  })
  const [first] = found
  if (first === undefined) throw new VoxgraphError('no-transport', { graph: plan.name })
  if (found.length > 1) {
    const nodes = found.map(({ node }) => node.id).join(', ')
    throw new VoxgraphError('two-transports', { graph: plan.name, count: found.length, nodes })
  }
  return first
}

/** @throws VoxgraphError `needs-real-time`, naming every node that cannot run on virtual time */
function refuseRealTime(program: Program, clock: Clock): void {
  if (clock.kind === 'live') return
  const members = program.plan.nodes.flatMap((node) => [
    { ...node, name: node.id },
    ...node.fallback.map((one, index) => ({ ...one, name: `${node.id}/${index + 1}` })),
  ])
  const cannot = members.filter(({ manifest }) => manifest.realTime)
  if (cannot.length === 0) return
  const nodes = cannot.map(({ name, use }) => `${name} (${use})`).join(', ')
  throw new VoxgraphError('needs-real-time', { nodes })
}
