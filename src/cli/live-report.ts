import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileFault } from '../audio/file-fault.ts'
import { readWav } from '../audio/wav.ts'
import { reasonOf } from '../errors/index.ts'
import type { Plan } from '../graph/plan.ts'
import type { SessionSummary } from '../observe/inspection.ts'
import type { TurnRecord } from '../observe/turn-record.ts'
import type { Moment } from '../observe/turns.ts'
import { spokenLines, type CallerScript } from '../testing/caller-script.ts'
import { compareWords } from '../testing/caller-words.ts'
import { exitCodes, type Terminal } from './command.ts'
import { renderSvg } from './graph.ts'
import { faultsOf, renderSummary, type CallFigures } from './live-summary.ts'
import { longestServedGapMs, measureVoiceChanges } from './live-handoffs.ts'
import { measureYielding, voiceMs } from './live-yield.ts'
import { paintFor } from './paint.ts'

/** A call that is over. */
export interface PlacedCall {
  readonly summary: SessionSummary
  readonly moments: readonly Moment[]
  readonly script: CallerScript
  /** Its graph as it is written. */
  readonly plan: Plan
  /** Why it has not gone as it should, by the caller. */
  readonly problem: string | undefined
  /** Prints what else there is to tell. @returns what is wrong with that */
  readonly more?: (() => readonly string[]) | undefined
}

/**
 * Prints what became of a call whose graph keeps its files in `out/<call>`, draws the graph next to them,
 * and judges it. @returns the exit code
 */
export async function reportCall(call: PlacedCall, terminal: Terminal): Promise<number> {
  const { summary, problem, plan } = call
  const paint = paintFor(terminal.out)
  const folder = join('out', summary.session)
  const [recording, drawing] = [join(folder, 'call.wav'), join(folder, 'graph.svg')]
  const faults: string[] = []
  try {
    const figures = await measure(call, resolve(terminal.cwd, recording))
    terminal.out.write(`\n${renderSummary(figures, paint)}\n`)
    faults.push(...faultsOf(figures))
  } catch (thrown) {
    faults.push(reasonOf(thrown))
  }
  try {
    await writeFile(resolve(terminal.cwd, drawing), await renderSvg(plan))
  } catch (thrown) {
    faults.push(`${drawing} cannot be written: ${fileFault(thrown)}`)
  }
  for (const file of [recording, join(folder, 'transcript.jsonl'), drawing]) {
    terminal.out.write(`  ${file}\n`)
  }
  faults.push(...(call.more?.() ?? []))
  if (summary.error !== undefined) faults.unshift(summary.error.message)
  if (problem !== undefined) faults.unshift(problem)
  if (faults.length === 0) {
    terminal.out.write(`\n${paint('green', 'The call went as scripted.')}\n`)
    return exitCodes.ok
  }
  terminal.out.write('\n')
  for (const fault of faults) terminal.err.write(`${paint('red', 'fault')} ${fault}\n`)
  return exitCodes.failed
}

async function measure(call: PlacedCall, recording: string): Promise<CallFigures> {
  const { summary, moments, script, plan } = call
  const sound = await readWav(recording)
  const changes = measureVoiceChanges(sound, moments)
  const heard = moments.flatMap((moment) => (moment.type === 'caller' ? [moment.text] : []))
  return {
    turns: moments.flatMap((moment): TurnRecord[] => (moment.type === 'turn' ? [moment.turn] : [])),
    budgets: plan.budgets,
    session: summary.figures,
    cost: summary.cost,
    words: compareWords(spokenLines(script).join(' '), heard.join(' ')),
    yieldMs: measureYielding(sound).flatMap(({ atMs, yieldMs }) =>
      // The last words before a hand-off are said to their end.
      changes.some(({ sinceMs, firstMs }) => atMs >= sinceMs && atMs < firstMs) ? [] : [yieldMs],
    ),
    changes,
    longestGapMs: isServed(plan) ? longestServedGapMs : undefined,
    callerMs: voiceMs(sound, 0),
    botMs: voiceMs(sound, 1),
  }
}

/** Somebody's service says what is to be said. */
const isServed = ({ nodes }: Plan): boolean =>
  nodes.some(({ manifest }) => manifest.role === 'brain' && manifest.vendor !== undefined)
