import type { Log } from '../define/index.ts'
import { renderDiagnostics } from '../errors/diagnostics.ts'
import { check, type CheckResult } from '../graph/check.ts'
import { createHost, type HostOptions } from '../graph/host.ts'
import type { Plan, Program } from '../graph/plan.ts'
import { loadPlan } from '../index.ts'
import type { Terminal } from './command.ts'
import { oneLine } from './draw-text.ts'
import { paintFor } from './paint.ts'

/** Checks a graph and prints what is found. Undefined when it cannot run. */
export async function planGraph(
  file: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<Plan | undefined> {
  const { plan } = await checkAloud(file, terminal, options)
  return plan
}

/** Checks a graph, prints what is found and loads its code. Undefined when it cannot run. */
export async function openProgram(
  file: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<Program | undefined> {
  const opened = await openChecked(file, terminal, options)
  return opened?.program
}

/** The same, with where its processors are named. */
export async function openChecked(
  file: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<{ readonly program: Program; readonly places: CheckResult['places'] } | undefined> {
  const { plan, places } = await checkAloud(file, terminal, { needKeys: true, ...options })
  return plan && { program: await loadPlan(plan), places }
}

async function checkAloud(
  file: string,
  terminal: Terminal,
  options: HostOptions,
): Promise<CheckResult> {
  const host = await createHost({ cwd: terminal.cwd, ...options })
  const result = await check(file, host)
  const { diagnostics } = result
  if (diagnostics.length > 0) {
    terminal.err.write(renderDiagnostics(diagnostics, { stream: terminal.err }))
  }
  return result
}

/** A log whose warnings go to the terminal. */
export function createTerminalLog(terminal: Terminal): Log {
  const paint = paintFor(terminal.err)
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (message) =>
      void terminal.err.write(`${paint('yellow', 'warning')} ${oneLine(message)}\n`),
  }
}
