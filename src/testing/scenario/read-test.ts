import { dirname, resolve } from 'node:path'
import type { Host } from '../../graph/host.ts'
import { openGraph } from '../../graph/read-file.ts'
import { grammarVersion } from '../../graph/read-graph.ts'
import { readYaml } from '../../graph/read-yaml.ts'
import { expectMap, expectText, expectWord, readKeys, wrongShape } from '../../graph/shape.ts'
import type { KeySet } from '../../graph/shape.ts'
import { entryOf, isEmpty, type Entry, type MapTree, type Tree } from '../../graph/tree.ts'
import { readMocks } from './read-mocks.ts'
import { readStep } from './read-step.ts'
import { jsonOf, readFlag, scalarText } from './read-values.ts'
import type { Modality, ProfileRef, Scenario, Step, TestCase } from './scenario.ts'
import { createTestReport, type TestReport } from './test-report.ts'

/** Keys of a test file. */
export const testKeys: KeySet = {
  owner: 'a test',
  keys: ['version', 'target', 'profiles', 'description', 'defaults', 'mocks', 'cases'],
  later: {
    budgets:
      'Write budgets in the graph: a case fails when its answers do not keep them. For one answer: expect: { turn: { within: 900ms } }',
  },
}
/** Keys of `defaults`. */
export const defaultKeys: KeySet = { owner: 'defaults', keys: ['modality', 'clock'], later: {} }
/** Keys of a case. */
export const caseKeys: KeySet = {
  owner: 'a case',
  keys: ['name', 'description', 'modality', 'vars', 'only', 'skip', 'steps'],
  later: {},
}
const modalities: readonly Modality[] = ['text', 'audio']

/** Bounds of a file and of a case. */
const mostCases = 500
const mostSteps = 1000

/** A test file by itself, and what is wrong with it. */
export interface ReadTest {
  readonly report: TestReport
  /** Undefined when there is an error in the report. */
  readonly scenario: Scenario | undefined
  /** Where `target` stands, for what is wrong with the graph. */
  readonly tree: MapTree | undefined
}

/** Reads a test file, and the dialogues that it names. Does not throw for anything that they may contain. */
export async function readTest(file: string, host: Host): Promise<ReadTest> {
  const opened = await openGraph(file, host)
  const report = createTestReport(opened.report.source, opened.report)
  const tree = opened.readable ? readYaml(report.general) : undefined
  const map = tree && expectMap(report.general, tree, 'A test', 'a map with target and cases', '')
  if (map === undefined) return { report, scenario: undefined, tree: undefined }
  const path = resolve(host.cwd, file)
  const keys = readKeys(report.general, map, testKeys)
  readVersion(report, map, keys.get('version'))
  const target = required(report, map, keys, 'target', 'Add: target: ./bot.yaml')
  const named = target && expectText(report.general, target.value, 'target')
  const profiles = readProfileNames(report, keys.get('profiles'))
  const modality = readDefaults(report, keys.get('defaults'))
  const graph = resolve(dirname(path), named ?? '')
  const mocks = await readMocks(report, keys.get('mocks'), { host, path, graph })
  const cases = readCases(report, keys.get('cases'), map, { path, modality })
  if (report.hasErrors) return { report, scenario: undefined, tree: map }
  const scenario = { file, path, target: graph, modality, profiles, mocks, cases }
  return { report, tree: map, scenario }
}

function readVersion({ general }: TestReport, map: MapTree, entry: Entry | undefined): void {
  const span = entry?.value.span ?? map.entries[0]?.keySpan ?? map.span
  const found = entry?.value.kind === 'scalar' ? entry.value.value : undefined
  if (found === grammarVersion) return
  if (typeof found === 'number') {
    general.add('version/other', span, { found, readable: `version ${grammarVersion}` })
  } else general.add('version', span)
}

function required(
  { general }: TestReport,
  map: MapTree,
  keys: ReadonlyMap<string, Entry>,
  key: string,
  hint: string,
): Entry | undefined {
  const entry = keys.get(key)
  if (entry !== undefined) return entry
  const span = map.entries[0]?.keySpan ?? map.span
  general.add('missing-key', span, { owner: 'A test', key, hint })
  return undefined
}

/** Names of profiles; each counts once. */
function readProfileNames(
  { general }: TestReport,
  entry: Entry | undefined,
): readonly ProfileRef[] {
  if (entry === undefined) return []
  const { value } = entry
  if (value.kind !== 'list' || value.items.length === 0) {
    wrongShape(general, value, 'profiles', 'a list of names', 'For example: [browser, phone]')
    return []
  }
  const names = new Map<string, ProfileRef>()
  for (const item of value.items) {
    const name = expectText(general, item, 'A profile')
    if (name !== undefined && !names.has(name)) names.set(name, { name, span: item.span })
  }
  return [...names.values()]
}

function readDefaults(report: TestReport, entry: Entry | undefined): Modality {
  if (entry === undefined) return 'text'
  const map = expectMap(report.general, entry.value, 'defaults', 'a map', '')
  if (map === undefined) return 'text'
  const keys = readKeys(report.general, map, defaultKeys)
  const [modality, clock] = [keys.get('modality'), keys.get('clock')]
  if (clock !== undefined && scalarText(clock.value) === 'real') {
    report.fault('test-real-clock', clock.value.span)
  } else if (clock !== undefined) {
    expectWord(report.general, clock.value, 'clock', ['virtual', 'real'])
  }
  if (modality === undefined) return 'text'
  return expectWord(report.general, modality.value, 'modality', modalities) ?? 'text'
}

interface CaseScope {
  readonly path: string
  readonly modality: Modality
}

function readCases(
  report: TestReport,
  entry: Entry | undefined,
  map: MapTree,
  scope: CaseScope,
): readonly TestCase[] {
  const { general } = report
  if (entry === undefined || isEmpty(entry.value)) {
    report.fault('test-empty', entry?.keySpan ?? map.entries[0]?.keySpan ?? map.span)
    return []
  }
  if (entry.value.kind !== 'list') {
    wrongShape(general, entry.value, 'cases', 'a list', 'Write "- name: …" for each case.')
    return []
  }
  const { items } = entry.value
  if (items.length === 0) report.fault('test-empty', entry.keySpan)
  if (items.length > mostCases) {
    report.fault('test-too-many', entry.keySpan, { limit: mostCases, things: 'cases' })
    return []
  }
  const lines = new Map<string, number>()
  return items.flatMap((item) => {
    const one = readCase(report, item, scope)
    if (one === undefined) return []
    const line = lines.get(one.name)
    const name = entryOf(item as MapTree, 'name')?.value.span
    if (line !== undefined) report.fault('test-case-twice', name, { name: one.name, line })
    lines.set(one.name, line ?? one.line)
    return [one]
  })
}

function readCase(report: TestReport, tree: Tree, scope: CaseScope): TestCase | undefined {
  const { general } = report
  const map = expectMap(general, tree, 'A case', 'a map with name and steps', '')
  if (map === undefined) return undefined
  const keys = readKeys(general, map, caseKeys)
  const span = map.entries[0]?.keySpan ?? map.span
  for (const key of ['name', 'steps']) {
    if (keys.has(key)) continue
    general.add('missing-key', span, { owner: 'A case', key, hint: '' })
  }
  const [name, steps, vars] = [keys.get('name'), keys.get('steps'), keys.get('vars')]
  const [only, skip, modality] = [keys.get('only'), keys.get('skip'), keys.get('modality')]
  const given = vars && expectMap(general, vars.value, 'vars', 'a map of values', '')
  const own = modality && expectWord(general, modality.value, 'modality', modalities)
  return {
    name: (name && expectText(general, name.value, 'name')) ?? '',
    line: report.source.lineOf(map.span),
    span: map.span,
    modality: own ?? scope.modality,
    vars: given === undefined ? {} : (jsonOf(given) as Readonly<Record<string, unknown>>),
    isOnly: only !== undefined && readFlag(report, only) === true,
    skip: readSkip(report, skip),
    steps: steps === undefined ? [] : readSteps(report, steps, scope.path),
  }
}

/** `skip: true`, or better: why. */
function readSkip(report: TestReport, entry: Entry | undefined): string | undefined {
  if (entry === undefined) return undefined
  const { value } = entry
  if (value.kind === 'scalar' && typeof value.value === 'string') return value.value
  return readFlag(report, entry) === true ? '' : undefined
}

function readSteps(report: TestReport, { keySpan, value }: Entry, path: string): readonly Step[] {
  if (value.kind !== 'list') {
    wrongShape(report.general, value, 'steps', 'a list', 'Write "- user: hello" for each step.')
    return []
  }
  if (value.items.length === 0) {
    const what = { what: 'steps', expected: 'a list of one step or more', actual: 'an empty list' }
    report.general.add('wrong-shape', keySpan, { ...what, hint: '' })
  }
  if (value.items.length > mostSteps) {
    report.fault('test-too-many', keySpan, { limit: mostSteps, things: 'steps' })
    return []
  }
  return value.items.flatMap((item) => readStep(report, item, path) ?? [])
}
