import process from 'node:process'
import { Worker } from 'node:worker_threads'
import type { Manifest, ToolManifest } from '../define/index.ts'
import { createLiveClock } from '../time/live-clock.ts'

/** An export of a module that is not made with one of the `define` functions. */
export interface OtherExport {
  readonly kind: 'other'
  /** `function`, `object` … */
  readonly type: string
}

/** What one export is. */
export type ExportManifest = Manifest | ToolManifest | OtherExport

/** What a local module exports, or why nobody knows. */
export type ModuleManifest =
  | {
      readonly kind: 'module'
      readonly exports: Readonly<Record<string, ExportManifest>>
      /** Of a package: absolute path of the file that it leads to. */
      readonly path?: string
    }
  | {
      readonly kind: 'failed'
      readonly why: 'not-found' | 'syntax' | 'threw' | 'timeout' | 'manifest'
      readonly reason: string
      /** `file:line:column` of the mistake, where it is known. */
      readonly position: string | undefined
    }

const endedEarly =
  'it ended before it was loaded; it calls process.exit, or waits for something that never comes'

/** What the worker is given. */
export interface InspectOrder {
  /** Absolute path of a module; the name of a package where `from` is given. */
  readonly path: string
  /** Absolute path of the file whose packages are meant. */
  readonly from?: string | undefined
}

/** How often it is looked whether a worker has had its time, in ms. */
const lookEveryMs = 25
/** What neither computes nor waits for events (it reads from a terminal) is given so many times its limit. */
const mostTimes = 12

/**
 * Imports a module in a worker and describes its exports. A module that hangs, exits or throws harms
 * nothing: the worker is ended when it has had `timeoutMs`. Only time in which this process computes or the worker
 * waits counts: on a machine that is busy with something else 0.2 s of loading take many seconds, and the
 * module is not to blame. With `from`, `path` is the name of a package.
 */
export async function inspectModule(
  path: string,
  timeoutMs: number,
  from?: string,
): Promise<ModuleManifest> {
  const order: InspectOrder = { path, from }
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const worker = new Worker(new URL(`./inspect-worker.${extension}`, import.meta.url), {
    workerData: order,
    // What the module prints is not our output.
    stdout: true,
    stderr: true,
  })
  const failed = (why: 'threw' | 'timeout', reason: string): ModuleManifest => ({
    kind: 'failed',
    why,
    reason,
    position: undefined,
  })
  const over = new AbortController()
  try {
    return await new Promise<ModuleManifest>((resolve) => {
      worker.once('message', (answer: ModuleManifest) => resolve(answer))
      worker.once('error', (error) => resolve(failed('threw', String(error))))
      worker.once('exit', () => resolve(failed('threw', endedEarly)))
      const seconds = String(timeoutMs / 1000)
      void whenSpent(worker, timeoutMs, over.signal).then(() => resolve(failed('timeout', seconds)))
    })
  } finally {
    over.abort()
    await worker.terminate()
  }
}

/** Resolves when a worker has had so much time; or when `signal` is aborted, and then it does not matter. */
async function whenSpent(worker: Worker, limitMs: number, signal: AbortSignal): Promise<void> {
  const clock = createLiveClock()
  const before = process.cpuUsage()
  const spentMs = (): number => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 + worker.performance.eventLoopUtilization().idle
  }
  const isOver = (): boolean =>
    clock.now() >= limitMs * mostTimes || (clock.now() >= limitMs && spentMs() >= limitMs)
  while (!signal.aborted && !isOver()) await clock.sleep(lookEveryMs, signal).catch(() => undefined)
}
