import type { Log } from '../define/index.ts'
import { renderDiagnostics } from '../errors/diagnostics.ts'
import { check } from '../graph/check.ts'
import { createHost, type HostOptions } from '../graph/host.ts'
import type { Plan, Program } from '../graph/plan.ts'
import { loadPlan } from '../index.ts'
import type { Terminal } from './command.ts'
import { paintFor } from './paint.ts'

/** Checks a graph and prints what is found. Undefined when it cannot run. */
export async function planGraph(
  file: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<Plan | undefined> {
  const host = await createHost({ cwd: terminal.cwd, ...options })
  const { diagnostics, plan } = await check(file, host)
  if (diagnostics.length > 0) {
    terminal.err.write(renderDiagnostics(diagnostics, { stream: terminal.err }))
  }
  return plan
}

/** Checks a graph, prints what is found and loads its code. Undefined when it cannot run. */
export async function openProgram(
  file: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<Program | undefined> {
  const plan = await planGraph(file, terminal, { needKeys: true, ...options })
  return plan && loadPlan(plan)
}

/** A log whose warnings go to the terminal. */
export function createTerminalLog(terminal: Terminal): Log {
  const paint = paintFor(terminal.err)
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) => void terminal.err.write(`${paint('yellow', 'warning')} ${message}\n`),
  }
}
