import type { Shared } from '../../src/kernel/shared.ts'
import { Oracle } from './agents-oracle.ts'
import { runCall } from './agents-random.ts'
import type { CallScript } from './agents-script.ts'

/** How long a call that hangs takes to end. */
const longestDrainMs = 60_000

/** What was wrong with a call, and the call as one can read it. */
export async function faultsOf(script: CallScript, shared?: Shared): Promise<readonly string[]> {
  const oracle = new Oracle(script)
  const summary = await runCall(script, oracle, oracle.inside, shared)
  const { wrong } = oracle
  if (summary === undefined) return [...wrong, 'the call did not end']
  const isAtRest = summary.error === undefined
  oracle.finish(summary.endedAt - (isAtRest ? 0 : longestDrainMs), isAtRest)
  const { stale, dropped } = summary.figures
  if (stale !== 0 || dropped !== 0) wrong.push(`${stale} frames were stale, ${dropped} dropped`)
  const { error } = summary
  if (error !== undefined && !isLawful(error, script)) wrong.push(`it ended with ${error}`)
  return wrong
}

/** A call may fail where the one who answers it does, and take its time to end where somebody hangs. */
function isLawful({ message }: Error, script: CallScript): boolean {
  const text = JSON.stringify(script.agents)
  if (/no mind|no voice|broke down/.test(message)) return true
  return message.includes('come to rest') && (text + script.adviser).includes('hangs')
}
