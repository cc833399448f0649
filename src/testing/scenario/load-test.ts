import { basename, relative } from 'node:path'
import { readWav } from '../../audio/wav.ts'
import { check } from '../../graph/check.ts'
import type { Diagnostic } from '../../errors/diagnostics.ts'
import { reasonOf } from '../../errors/voxgraph-error.ts'
import { createHost, type Host, type HostOptions } from '../../graph/host.ts'
import type { Plan, Program } from '../../graph/plan.ts'
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
  /** The first of `runs`, for a test that names no profiles. */
  readonly program: Program | undefined
  /** The graph under each profile that is to be tested; none when all of them were left out. */
  readonly runs: readonly LoadedRun[]
}

/** A graph under a profile, with its code. */
export interface LoadedRun {
  /** Undefined: as it is. */
  readonly profile: string | undefined
  readonly program: Program
}

/** What is missing on this machine, and may be: stand-ins take the place of what needs it. */
const missing: readonly string[] = ['env-missing', 'secret-missing', 'param-missing']

/**
 * Reads a test file, checks its graph with the mocks in it, and loads the code: under each profile that the test names. Does
 * not throw for anything that the files may contain.
 *
 * @param file path relative to `options.cwd`; messages name it as it is given here
 * @param options with a `profile`, only that one is tested; a test that names others is left out
 */
export async function loadTest(file: string, options: HostOptions = {}): Promise<LoadedTest> {
  const host = await createHost(options)
  const read = await readTest(file, host)
  const { scenario, report } = read
  if (scenario === undefined) return failed(read)
  const target = read.tree && entryOf(read.tree, 'target')?.value.span
  const { planned, problems } = await planAll(read, scenario, host, target)
  if (problems.length > 0) return failed(read, problems)
  await checkSounds(read, scenario)
  if (report.hasErrors) return failed(read)
  try {
    const modalities = scenario.cases.map(({ modality }) => modality)
    const runs: LoadedRun[] = []
    for (const { profile, plan } of planned) {
      const program = await loadProgram(plan, modalities)
      reportServices(read, scenario, program, target)
      runs.push({ profile, program })
    }
    if (report.hasErrors) return failed(read)
    return { diagnostics: report.diagnostics(), scenario, program: runs[0]?.program, runs }
  } catch (thrown) {
    const reason = reasonOf(thrown).replace(/\.$/, '')
    report.fault('test-target', target, { target: relative(host.cwd, scenario.target), reason })
    return failed(read)
  }
}

const failed = ({ report }: ReadTest, more: readonly Diagnostic[] = []): LoadedTest => ({
  diagnostics: [...report.diagnostics(), ...more],
  scenario: undefined,
  program: undefined,
  runs: [],
})

/** The graph under a profile; undefined: as it is. */
interface PlannedRun {
  readonly profile: string | undefined
  readonly plan: Plan
}

/** The graph under each profile that is to be tested, or what is wrong with it. */
async function planAll(
  { report }: ReadTest,
  scenario: Scenario,
  host: Host,
  place: Span | undefined,
): Promise<{ readonly planned: readonly PlannedRun[]; readonly problems: readonly Diagnostic[] }> {
  const target = relative(host.cwd, scenario.target)
  const planned: PlannedRun[] = []
  const problems: Diagnostic[] = []
  const wanted = profilesOf(scenario, host.profile)
  for (const { name: profile, span = place } of wanted) {
    const world = { ...host, use: { ...scenario.mocks }, ...(profile !== undefined && { profile }) }
    const strict = await check(target, world)
    const { plan, diagnostics } = await withoutSecrets(target, world, strict)
    if (plan !== undefined) {
      checkReferences(report, scenario, plan)
      planned.push({ profile, plan })
      continue
    }
    const errors = diagnostics.filter(({ severity }) => severity === 'error')
    const reason = `it has ${errors.length} ${errors.length === 1 ? 'error' : 'errors'}`
    report.fault('test-target', span, { target, reason })
    const profiles = profile === undefined || wanted.length === 1 ? {} : { profiles: [profile] }
    problems.push(...errors.map((error) => ({ ...error, ...profiles })))
  }
  return { planned, problems: together(problems, wanted.length) }
}

/** What to test of the profiles that the test names, and where it names them. */
function profilesOf(
  { profiles }: Scenario,
  wanted: string | undefined,
): readonly { readonly name: string | undefined; readonly span?: Span }[] {
  if (profiles.length === 0) return [{ name: wanted }]
  return wanted === undefined ? profiles : profiles.filter(({ name }) => name === wanted)
}

/** What is wrong under several profiles is told once; under all of them, as of the graph. */
function together(problems: readonly Diagnostic[], count: number): readonly Diagnostic[] {
  const same = Map.groupBy(problems, ({ code, message, file, range }) =>
    [code, message, file, range?.start.offset].join(' '),
  )
  return [...same.values()].flatMap(([first, ...others]): Diagnostic[] => {
    if (first === undefined) return []
    const { profiles: _, ...problem } = first
    const profiles = [first, ...others].flatMap((one) => one.profiles ?? [])
    return [profiles.length === 0 || profiles.length === count ? problem : { ...problem, profiles }]
  })
}

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
