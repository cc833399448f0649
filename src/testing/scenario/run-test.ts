import { createShared, type Shared } from '../../kernel/shared.ts'
import type { Log } from '../../define/index.ts'
import { drivers } from '../../drivers.ts'
import type { Program } from '../../graph/plan.ts'
import { callerSounds } from './caller-sounds.ts'
import type { CaseResult } from './case-result.ts'
import { runCase } from './run-case.ts'
import type { Scenario, TestCase } from './scenario.ts'
import { openSnapshots } from './snapshots.ts'

/** What a test file is run with. */
export interface TestRun {
  readonly scenario: Scenario
  readonly program: Program
  /** The profile that the program is of: results say so, and snapshots are those of all profiles. */
  readonly profile?: string | undefined
  /** Only cases with this in their names. */
  readonly filter?: string | undefined
  /** Record snapshots anew. */
  readonly update?: boolean
  /** Most real time that a case may take, in ms; a minute unless given. */
  readonly mostRealMs?: number
  /** Told of each case when it begins, and when it is over. */
  readonly onBegin?: (testCase: TestCase) => void
  readonly onResult?: (result: CaseResult) => void
  /** No more cases are begun once it is aborted. */
  readonly signal?: AbortSignal
}

const usualRealMs = 60_000
const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined }

/** Runs the cases of a test file, one after the other. Never rejects for anything that a case does. */
export async function runTest(run: TestRun): Promise<readonly CaseResult[]> {
  const { scenario, profile, filter, onBegin, onResult, signal } = run
  const { cases, path } = scenario
  const snapshots = await openSnapshots(path, run.update === true)
  const shared = createShared(silent)
  const isOnly = cases.some((one) => one.isOnly)
  const results: CaseResult[] = []
  try {
    for (const testCase of cases) {
      if (signal?.aborted === true) break
      const name = profile === undefined ? testCase.name : `${testCase.name} (${profile})`
      if (filter !== undefined && !name.includes(filter)) continue
      const isLeftOut = testCase.skip !== undefined || (isOnly && !testCase.isOnly)
      onBegin?.({ ...testCase, name })
      const ran = isLeftOut
        ? skipped(scenario, testCase)
        : await runCase(caseInit(run, testCase, shared, snapshots))
      const result = { ...ran, name }
      results.push(result)
      onResult?.(result)
    }
  } finally {
    await shared.close()
  }
  await snapshots.save()
  return results
}

function caseInit(
  { scenario, program, mostRealMs = usualRealMs }: TestRun,
  testCase: TestCase,
  shared: Shared,
  snapshots: Awaited<ReturnType<typeof openSnapshots>>,
): Parameters<typeof runCase>[0] {
  return {
    file: scenario.file,
    testCase,
    program,
    drivers,
    shared,
    snapshots,
    mostRealMs,
    sounds: (sampleRate) => callerSounds(testCase.steps, sampleRate, shared),
  }
}

const skipped = ({ file }: Scenario, { name, line, skip }: TestCase): CaseResult => ({
  name,
  file,
  line,
  status: 'skipped',
  reason: skip ?? 'another case says "only"',
  failure: undefined,
  virtualMs: 0,
  realMs: 0,
  events: [],
  marks: [],
})
