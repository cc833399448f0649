import { loadPlan, runProgram } from '../index.ts'
import type { Log } from '../define/index.ts'
import { renderDiagnostics } from '../errors/diagnostics.ts'
import { VoxgraphError } from '../errors/index.ts'
import { check } from '../graph/check.ts'
import { createHost, type HostOptions } from '../graph/host.ts'
import type { Plan, Program } from '../graph/plan.ts'
import type { Observe, SessionSummary } from '../observe/inspection.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import type { Terminal } from './command.ts'
import { openPhone, type CallInit } from './live-caller.ts'
import { planGraph } from './live-program.ts'

/** A graph whose transport is `file`, and the rate at which its caller speaks. */
export interface FastProgram {
  readonly program: Program
  /** The graph as it is written. */
  readonly plan: Plan
  /** In Hz. */
  readonly sampleRate: number
}

/**
 * Opens a graph with its transport swapped for `file`, so that it can run on virtual time. Prints what is
 * wrong with it; undefined when it cannot run.
 *
 * @param script path of the caller's script, which stands where the transport wants a sound file
 */
export async function openFastProgram(
  file: string,
  script: string,
  terminal: Terminal,
  options: HostOptions = {},
): Promise<FastProgram | undefined> {
  const plan = await planGraph(file, terminal, options)
  if (plan === undefined) return undefined
  const phone = plan.nodes.find(({ manifest }) => manifest.kind === 'transport')
  if (phone === undefined) throw new VoxgraphError('no-transport', { graph: plan.name })
  const heard = plan.edges.find(({ from, type }) => from.node === phone.id && type === 'audio')
  const { sampleRate = 16_000 } = heard?.format ?? {}
  const use = { [phone.id]: { use: 'file', with: { in: script, sample_rate: sampleRate } } }
  // What is worth a warning has been told by now.
  const host = await createHost({ cwd: terminal.cwd, ...options, use })
  const swapped = await check(file, host)
  if (swapped.plan === undefined) {
    terminal.err.write(renderDiagnostics(swapped.diagnostics, { stream: terminal.err }))
    return undefined
  }
  return { program: await loadPlan(swapped.plan), plan, sampleRate }
}

/** What `callFast` takes. */
export interface FastCall extends Omit<CallInit, 'clock'> {
  readonly program: Program
  readonly log: Log
  readonly observe: Observe
  /** Calendar time at which the call is said to begin, in ms since 1970. */
  readonly wallStart: number
}

/** Longest call on virtual time, in ms. */
const longestCall = 3_600_000

/** Runs a call on virtual time in this process: as fast as it can be worked out, the same every time. */
export async function callFast(
  init: FastCall,
): Promise<{ readonly summary: SessionSummary; readonly problem: string | undefined }> {
  const { program, log, observe, sampleRate, wallStart } = init
  const clock = createVirtualClock(wallStart)
  const { phone, outcome, close } = await openPhone({ ...init, clock })
  // By its door, as anybody would: the runtime does not know its transports.
  const { connectFile } = await import('voxgraph/transports/file')
  const calls = runProgram(program, { clock, log, observe })
  let beganAt: number | undefined
  const began = (): number => (beganAt ??= clock.now() - phone.now)
  const connection = connectFile({
    clock,
    sampleRate,
    source: {
      read(samples) {
        const spoken = phone.speak(samples)
        began()
        return spoken
      },
    },
    sink: {
      write: (samples, atMs) => phone.hear(samples, atMs - began()),
      clear: (atMs) => phone.clear(atMs - began()),
    },
    call: { from: 'simulated', to: '', direction: 'inbound' },
    onClose: () => phone.ended(),
  })
  let summary: SessionSummary | undefined
  void calls.take(connection).then((ended) => (summary = ended))
  await clock.settle({ isDone: () => summary !== undefined, limitMs: longestCall })
  if (summary === undefined) throw new Error('the call did not end')
  await calls.close('the call is over')
  await close()
  return { summary, problem: outcome() }
}
