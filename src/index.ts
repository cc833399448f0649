/** Load, check and run graphs from code. */
import { convert } from './audio/convert.ts'
import { drivers } from './drivers.ts'
import { GraphError } from './errors/graph-error.ts'
import { check, type CheckResult } from './graph/check.ts'
import { createHost, type Host, type HostOptions } from './graph/host.ts'
import { load } from './graph/load.ts'
import type { Plan, Program } from './graph/plan.ts'
import { createCalls, type Calls, type CallsInit } from './kernel/calls.ts'
import { callIds } from './server/call-ids.ts'
import { createWeb } from './server/own-web.ts'

export type { Connection, Listener, Log } from './define/index.ts'
export { renderDiagnostics, type Diagnostic } from './errors/diagnostics.ts'
export { GraphError } from './errors/graph-error.ts'
export { VoxgraphError } from './errors/index.ts'
export { Session, type Deadlines, type SessionState } from './kernel/session.ts'
export {
  verifyProviders,
  type Provider,
  type Verified,
  type VerifyOptions,
} from './providers/verify-providers.ts'
export {
  budgetViolations,
  watchBudgets,
  type BudgetViolation,
  type OverBudget,
} from './observe/budgets.ts'
export type { CallCost, CostLine, CostStage } from './observe/cost.ts'
export { listPrices, type Price, type Prices, type PriceTable } from './observe/prices.ts'
export type { NodeEdges, TurnEdges, TurnParts, TurnRecord } from './observe/turn-record.ts'
export type {
  Inspection,
  Observe,
  SessionFigures,
  SessionSummary,
  Spent,
} from './observe/inspection.ts'
export type { Drained, DrainOptions } from './server/drain.ts'
export {
  serveGraphs,
  type Server,
  type ServeOptions,
  type ServedGraph,
} from './server/serve-graphs.ts'
export { readTls, type Tls } from './server/tls.ts'
export type { Clock } from './time/clock.ts'
export { createLiveClock } from './time/live-clock.ts'
export { createVirtualClock, type VirtualClock } from './time/virtual-clock.ts'
export { check, createHost }
export type { Calls, CheckResult, Host, HostOptions, Plan, Program }

/**
 * Checks a graph file and loads the code of its nodes. Keys that providers take from the environment must be
 * there, unless `needKeys` is false.
 * @throws GraphError with everything that is wrong with the file
 * @throws VoxgraphError when code that was checked cannot be loaded
 */
export async function loadGraph(file: string, options: HostOptions = {}): Promise<Program> {
  const { plan, diagnostics } = await check(file, await createHost({ needKeys: true, ...options }))
  if (plan === undefined) throw new GraphError(diagnostics)
  return loadPlan(plan)
}

/**
 * Loads the code of a plan: what its nodes name, and the converters that the loader put in.
 * @throws VoxgraphError when code that was checked cannot be loaded
 */
export async function loadPlan(plan: Plan): Promise<Program> {
  const program = await load(plan)
  const converters = plan.nodes.filter((node) => node.code.kind === 'convert')
  const definitions = new Map(program.definitions)
  for (const { id } of converters) definitions.set(id, convert)
  return { ...program, definitions }
}

/** What `runProgram` takes beside the program; see `CallsInit`. */
export type RunOptions = Omit<CallsInit, 'program' | 'drivers' | 'nextId' | 'web'> & {
  /** HTTP of the process; each transport opens a listener of its own unless given. */
  readonly web?: CallsInit['web']
  /** Names the next call; the date, the time and a number unless given. */
  readonly nextId?: () => string
}

/** Makes a loaded program ready to take calls. Nothing is opened before `listen()`. */
export function runProgram(program: Program, options: RunOptions): Calls {
  const nextId = options.nextId ?? callIds(options.clock)
  const web = options.web ?? createWeb(options.log)
  return createCalls({ ...options, program, drivers, nextId, web })
}
