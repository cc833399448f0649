import type { Clock, Connection } from 'voxgraph/plugin'
import { createLiveClock, programOf, type ProgramInit } from 'voxgraph/testing'
import { drivers } from '../../src/drivers.ts'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import type { Observe } from '../../src/observe/inspection.ts'

/** A session on real time, nothing observed unless asked for. */
export function liveSession(
  init: ProgramInit,
  extra: {
    readonly clock?: Clock
    readonly connections?: Readonly<Record<string, Connection>>
    readonly observe?: Observe
  } = {},
): Session {
  const nothing = (): void => undefined
  return new Session({
    id: 'bench',
    program: programOf(init),
    clock: extra.clock ?? createLiveClock(),
    shared: createShared({ debug: nothing, info: nothing, warn: nothing }),
    drivers,
    connections: new Map(Object.entries(extra.connections ?? {})),
    observe: extra.observe,
  })
}

/** The value below which `share` (0 to 1) of the values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** The middle of some runs. */
export const median = (values: readonly number[]): number => percentile(values, 0.5)
