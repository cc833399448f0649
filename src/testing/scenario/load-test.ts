import { basename, relative } from 'node:path'
import { readWav } from '../../audio/wav.ts'
import { check } from '../../graph/check.ts'
import type { Diagnostic } from '../../errors/diagnostics.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import { createHost, type Host, type HostOptions } from '../../graph/host.ts'
import type { Program } from '../../graph/plan.ts'
import { entryOf, type Span } from '../../graph/tree.ts'
import { checkReferences } from './check-references.ts'
import { readTest, type ReadTest } from './read-test.ts'
import type { Scenario } from './scenario.ts'
import { loadProgram, nodesThatNeedMocks, setStage } from './stage.ts'

/** A test file and its graph, ready to run; or what is wrong with them. */
export interface LoadedTest {
  readonly diagnostics: readonly Diagnostic[]
  /** Undefined when there is an error among the diagnostics. */
  readonly scenario: Scenario | undefined
  readonly program: Program | undefined
}

/** What is missing on this machine, and may be: stand-ins take the place of what needs it. */
const missing: readonly string[] = ['env-missing', 'secret-missing', 'param-missing']

/**
 * Reads a test file, checks its graph with the mocks in it, and loads the code. Does not throw for anything
 * that the files may contain.
 *
 * @param file path relative to `options.cwd`; messages name it as it is given here
 */
export async function loadTest(file: string, options: HostOptions = {}): Promise<LoadedTest> {
  const host = await createHost(options)
  const read = await readTest(file, host)
  const { scenario, report } = read
  if (scenario === undefined) return failed(read)
  const use = { ...scenario.mocks }
  const target = relative(host.cwd, scenario.target)
  const strict = await check(target, { ...host, use })
  const { plan, diagnostics } = await withoutSecrets(target, { ...host, use }, strict)
  const place = read.tree && entryOf(read.tree, 'target')?.value.span
  if (plan === undefined) {
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const reason = `it has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`
    report.fault('test-target', place, { target, reason })
    return failed(read, diagnostics)
  }
  checkReferences(report, scenario, plan)
  await checkSounds(read, scenario)
  if (report.hasErrors) return failed(read)
  try {
    const program = await loadProgram(
      plan,
      scenario.cases.map(({ modality }) => modality),
    )
    reportServices(read, scenario, program, place)
    if (report.hasErrors) return failed(read)
    return { diagnostics: report.diagnostics(), scenario, program }
  } catch (thrown) {
    const reason = reasonOf(thrown).replace(/\.$/, '')
    report.fault('test-target', place, { target, reason })
    return failed(read)
  }
}

const failed = ({ report }: ReadTest, more: readonly Diagnostic[] = []): LoadedTest => ({
  diagnostics: [...report.diagnostics(), ...more.filter(({ severity }) => severity === 'error')],
  scenario: undefined,
  program: undefined,
})

/** A test needs no accounts, so what only they would bring may be missing. */
async function withoutSecrets(
  target: string,
  host: Host,
  strict: Awaited<ReturnType<typeof check>>,
): ReturnType<typeof check> {
  const errors = strict.diagnostics.filter(({ severity }) => severity === 'error')
  const isMissing = errors.length > 0 && errors.every(({ code }) => missing.includes(code))
  return isMissing ? check(target, { ...host, lenient: true }) : strict
}

/** Sounds are looked at before anybody calls. */
async function checkSounds({ report }: ReadTest, { cases }: Scenario): Promise<void> {
  for (const { steps, modality } of cases) {
    for (const step of steps) {
      if (modality === 'text' || step.kind !== 'user' || step.does.type !== 'sound') continue
      const { path } = step.does
      try {
        await readWav(path)
      } catch (thrown) {
        const reason = reasonOf(thrown).replace(path, 'it').replace(/\.$/, '')
        report.fault('test-sound', step.span, { path: basename(path), reason })
      }
    }
  }
}

/** A node that talks to a service needs a mock, unless a stand-in takes its place. */
function reportServices(
  { report }: ReadTest,
  { cases }: Scenario,
  program: Program,
  place: Span | undefined,
): void {
  const modalities = new Set(cases.map(({ modality }) => modality))
  const needed = [...modalities].flatMap((modality) =>
    nodesThatNeedMocks(setStage(program, modality, () => undefined)),
  )
  for (const [id, { use, manifest }] of new Map(needed.map((node) => [node.id, node]))) {
    const mock =
      manifest.kind === 'brain' ? 'start: Hello., rules: [{ on: bye, say: Bye. }]' : 'use: ...'
    report.fault('test-needs-mock', place, { node: id, use, mock })
  }
}
