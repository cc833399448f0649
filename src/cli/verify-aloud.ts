import { renderDiagnostics } from '../errors/diagnostics.ts'
import type { CheckResult } from '../graph/check.ts'
import type { Program } from '../graph/plan.ts'
import { askProviders, complaints } from './connect.ts'
import type { Terminal } from './command.ts'

/** A program, and where its processors are named. */
export interface CheckedProgram {
  readonly program: Program
  readonly places: CheckResult['places']
}

/** Asks the services before the first call comes in; false when one of them would fail it. */
export async function verifyAloud(
  { program, places }: CheckedProgram,
  terminal: Terminal,
): Promise<boolean> {
  const found = complaints(await askProviders(program, terminal), places)
  if (found.length > 0) terminal.err.write(renderDiagnostics(found, { stream: terminal.err }))
  const isReady = !found.some(({ severity }) => severity === 'error')
  if (!isReady) terminal.err.write('no call was taken; --no-verify leaves the question out\n')
  return isReady
}
