import { tap } from 'rxjs'
import type {
  Context,
  Handlers,
  NodeDefinition,
  Ports,
  StreamFunction,
  ToolDefinition,
} from '../../define/index.ts'
import type { Frame } from '../../frames/index.ts'
import type { Program } from '../../graph/plan.ts'
import type { Drivers } from '../../kernel/make-node.ts'
import type { Clock } from '../../time/clock.ts'
import { breakable, breakableTool, forEver, reasonFor } from './breakable.ts'
import type { Failure, PortRef } from './scenario.ts'

/** What a case wants to see and to break. */
export interface InstrumentInit {
  readonly clock: Clock
  /** Inputs whose frames are shown, in the moment in which their node gets them. */
  readonly ports: readonly PortRef[]
  /** Nodes and tools that are to fail at some time. */
  readonly failing: readonly string[]
  readonly onFrame: (port: PortRef, frame: Frame) => void
}

/** A program with ears at its inputs and sand in its gears. */
export interface Instruments {
  readonly program: Program
  readonly drivers: Drivers
  /** From now on this fails. */
  fail(failure: Failure): void
}

type Handler = (frame: Frame, ctx: Context) => unknown
type Made = Readonly<Record<string, unknown>>

/** Instruments a program. Nodes that no test asks about are left alone. */
export function instrument(program: Program, drivers: Drivers, init: InstrumentInit): Instruments {
  const { ports, failing, clock } = init
  const faults = createFaults()
  const watchIn = (node: string, made: unknown, fails: boolean): unknown => {
    const watched = ports.filter((port) => port.node === node)
    const isPlain = watched.length === 0 && !(fails && failing.includes(node))
    if (isPlain) return made
    const faultOf = fails ? () => faults.next(node) : () => undefined
    return watch(made, { ...init, node, watched, faultOf, program })
  }
  const definitions = new Map(
    [...program.definitions].map(([id, definition]): [string, NodeDefinition] => {
      const isPlain = !failing.includes(id) && !ports.some(({ node }) => node === id)
      if (definition.kind === 'transport' || isPlain) return [id, definition]
      const setup = async (ctx: never): Promise<unknown> => {
        const refused = faults.next(id, true)
        if (refused !== undefined) throw new Error(reasonFor(refused))
        const made: unknown = await definition.setup(ctx)
        if (definition.kind === 'processor') return watchIn(id, made, true)
        return breakable(definition.kind, made, () => faults.next(id), clock)
      }
      return [id, { ...definition, setup } as NodeDefinition]
    }),
  )
  const breakableTools = (
    tools: Program['tools'],
    mayFail = (_: string) => true,
  ): Program['tools'] =>
    new Map(
      [...tools].map(([id, tool]): [string, ToolDefinition] =>
        failing.includes(id) && mayFail(id)
          ? [id, breakableTool(tool, () => faults.next(id))]
          : [id, tool],
      ),
    )
  const tools = breakableTools(program.tools)
  return {
    program: { ...program, definitions, tools },
    drivers: {
      ...drivers,
      // A provider fails when it is asked, not when the runtime listens.
      brain: async (host, setup) => {
        // Tools of servers are known only now.
        const all = breakableTools(setup.tools, (id) => !program.tools.has(id))
        return watchIn(host.node, await drivers.brain(host, { ...setup, tools: all }), false)
      },
      stt: async (host, setup) => watchIn(host.node, await drivers.stt(host, setup), false),
      tts: async (host, setup) => watchIn(host.node, await drivers.tts(host, setup), false),
      transport: (host, ...line) =>
        watchIn(host.node, drivers.transport(host, ...line), true) as Handlers<Ports, Ports>,
    },
    fail: (failure) => faults.set(failure),
  }
}

/** What is broken, by node or tool. */
function createFaults(): {
  set(failure: Failure): void
  /** What is wrong with the next piece of work, or with the next set-up; counted. */
  next(id: string, isSetup?: boolean): Failure | undefined
} {
  const broken = new Map<string, { failure: Failure; left: number }>()
  return {
    set(failure) {
      broken.set(failure.node ?? failure.tool ?? '', { failure, left: failure.times })
    },
    next(id, isSetup = false) {
      const one = broken.get(id)
      if (one === undefined || one.left < 1) return undefined
      if (isSetup !== (one.failure.with === 'refuse')) return undefined
      one.left--
      return one.failure
    },
  }
}

interface Watch extends InstrumentInit {
  readonly node: string
  readonly watched: readonly PortRef[]
  readonly program: Program
  readonly faultOf: () => Failure | undefined
}

function watch(made: unknown, init: Watch): unknown {
  if (typeof made === 'function') return watchStream(made as StreamFunction, init)
  const { node, watched, program, onFrame, faultOf, clock } = init
  const handlers = (made ?? {}) as Made
  const bound: Record<string, unknown> = {}
  for (const name of new Set([...portsOf(program, node), 'signal', 'close'])) {
    const handler = handlers[name]
    const own = typeof handler === 'function' ? (handler.bind(handlers) as Handler) : undefined
    const isWatched = watched.some(({ port }) => port === name)
    if (name === 'signal' || name === 'close') bound[name] = own
    else if (own !== undefined || isWatched) {
      bound[name] = (frame: Frame, ctx: Context): unknown => {
        if (isWatched) onFrame({ node, port: name }, frame)
        const act = (): unknown => (own === undefined ? frame : own(frame, ctx))
        const fault = faultOf()
        return fault === undefined ? act() : failingly(fault, clock, ctx.signal, act)
      }
    }
  }
  return bound
}

/** A stream has no ports, so the type of a frame tells; and it can only break, not be late. */
function watchStream(stream: StreamFunction, init: Watch): StreamFunction {
  const { watched, program, onFrame, faultOf } = init
  const look = (frame: Frame): void => {
    const port = watched.find((one) => typesAt(program, one.node, one.port).includes(frame.type))
    if (port !== undefined) onFrame(port, frame)
    const fault = faultOf()
    if (fault !== undefined) throw new Error(reasonFor(fault))
  }
  return (frames) => stream(frames.pipe(tap(look)))
}

const portsOf = ({ plan }: Program, id: string): readonly string[] =>
  Object.keys(plan.nodes.find((node) => node.id === id)?.manifest.ports.in ?? {})

/** Types of frames that come to an input: a transcript is a text. */
function typesAt({ plan }: Program, id: string, port: string): readonly string[] {
  const node = plan.nodes.find((one) => one.id === id)
  const type = node?.manifest.ports.in[port]?.type
  return type === 'text' ? ['text', 'transcript'] : type === undefined ? [] : [type]
}

/** What a handler gives that fails on purpose. */
function failingly(
  failure: Failure,
  clock: Clock,
  signal: AbortSignal,
  act: () => unknown,
): unknown {
  if (failure.with === 'timeout') return forEver(signal)
  if (failure.with === 'slow') return clock.sleep(failure.delayMs, signal).then(act)
  throw new Error(reasonFor(failure))
}
