/** Load, check and run graphs from code. */
import { check, type CheckResult } from './graph/check.ts'
import type { Program } from './graph/plan.ts'
import { drivers } from './drivers.ts'
import { createCalls, type Calls, type CallsInit } from './kernel/calls.ts'

export type { CheckResult, Program, Calls }
export { check }

/** What `runProgram` takes beside the program; see `CallsInit`. */
export type RunOptions = Omit<CallsInit, 'program' | 'drivers' | 'nextId'> & {
  /** Names the next call; time and a number unless given. */
  readonly nextId?: () => string
}

/** Makes a checked and loaded program ready to take calls. Nothing is opened before `listen()`. */
export function runProgram(program: Program, options: RunOptions): Calls {
  let calls = 0
  const nextId = options.nextId ?? (() => `${stamp(options.clock.wall())}-${++calls}`)
  return createCalls({ ...options, program, drivers, nextId })
}

/** `20261121-093012`: sorts by time and is a file name everywhere. */
const stamp = (wall: number): string =>
  new Date(wall).toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15)
