import { faultNames, type FaultName } from 'voxgraph/testing'
import { providers, type Provider } from './providers.ts'
import { moments, runScenario, type Moment, type Outcome } from './scenario.ts'
import { callerLines } from './stages.ts'

/** One call of the matrix. */
export interface Job {
  readonly provider: Provider
  readonly fault: FaultName
  readonly moment: Moment
}

/** Every fault of every provider at every moment. */
export const allJobs: readonly Job[] = providers.flatMap((provider) =>
  faultNames.flatMap((fault) => moments.map((moment) => ({ provider, fault, moment }))),
)

/** Calls that run at the same time: each waits most of the time. */
const atOnce = 40

/** Runs calls, many at once; `done` is told of each. Vendors' SDKs are loaded before the first one begins. */
export async function runJobs(
  jobs: readonly Job[],
  done: (outcome: Outcome) => void = () => undefined,
): Promise<readonly Outcome[]> {
  const first = new Map(jobs.map((job) => [job.provider.id, job]))
  const warm = [...first.values()].map(({ provider }) =>
    runScenario(provider, 'duplicate', 'idle', true),
  )
  await Promise.all(warm)
  const outcomes: Outcome[] = []
  const waiting = [...jobs]
  const work = async (): Promise<void> => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const outcome = await runScenario(job.provider, job.fault, job.moment)
      outcomes.push(outcome)
      done(outcome)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return outcomes
}

/** Longest silence in which a caller may wait for a word, in ms. */
const longestSilenceMs = 2000

/** What is wrong with a call, in words; empty when all is as it should be. */
export function faultsOf(outcome: Outcome): readonly string[] {
  const { deadAirMs, lateMs, heard, unheard, failures, endedBy, violations, output, keys } = outcome
  const wrong: string[] = []
  // What the machine was late by is none of the call's fault.
  if (deadAirMs - lateMs > longestSilenceMs) wrong.push(`${deadAirMs} ms without a word`)
  if (heard.join('|') !== callerLines.join('|')) wrong.push(`heard ${JSON.stringify(heard)}`)
  if (unheard.length > 0) wrong.push(`never said ${JSON.stringify(unheard)}`)
  if (endedBy !== undefined) wrong.push(`ended: ${endedBy}`)
  if (failures.some((told) => told.startsWith('bug'))) wrong.push(`told of ${failures.join(', ')}`)
  if (violations.length > 0) wrong.push(`violations: ${violations.join('; ')}`)
  if (keys.some((key) => output.includes(key))) wrong.push('a key is in the output')
  return wrong
}
