import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { renderDiagnostics, renderJson } from '../errors/diagnostics.ts'
import type { CaseResult } from '../testing/scenario/case-result.ts'
import { loadTest, type LoadedTest } from '../testing/scenario/load-test.ts'
import { runTest } from '../testing/scenario/run-test.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { profileOption, readGraphSettings } from './settings.ts'
import { createTestOutput, type TestOutput } from './test-output.ts'
import { isTestFile } from './test-file.ts'

/** `voxgraph test` */
export const command: Command = {
  name: 'test',
  summary: 'Run the scenarios of graphs on virtual time.',
  usage: '[<graph.test.yaml or folder…>] [options]',
  options: {
    filter: { type: 'string', short: 'f' },
    update: { type: 'boolean', short: 'u' },
    timeline: { type: 'boolean' },
    json: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
  },
  describe: {
    filter: 'only cases with this in their names',
    update: 'record the snapshots anew',
    timeline: 'show what happened in cases that pass, too',
    json: 'one JSON object a line, for programs',
    set: 'value of a param of the graph: --set name=value',
    profile: 'only under this profile of the graph; without it, under those that the test names',
  },
  examples: ['voxgraph test', 'voxgraph test graphs/front-desk.test.yaml --filter breakfast'],
  run: test,
}

/** How deep and how many test files are looked for below the working directory. */
const deepest = 8
const mostFiles = 1000

async function test({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const places = positionals.length > 0 ? positionals : ['.']
  const found = await Promise.all(places.map((place) => findTests(terminal.cwd, place)))
  const files = found.flat()
  if (files.length === 0) {
    throw new UsageError('There is no *.test.yaml below this folder. Name a file, or write one.')
  }
  const output = createTestOutput(terminal, {
    json: values['json'] === true,
    timeline: values['timeline'] === true,
  })
  const results: CaseResult[] = []
  const unsound: string[] = []
  for (const file of files) {
    if (terminal.signal.aborted) break
    const loaded = await loadTest(file, { cwd: terminal.cwd, ...readGraphSettings(values) })
    showProblems(loaded, values['json'] === true, terminal)
    if (loaded.scenario === undefined) unsound.push(file)
    results.push(...(await runLoaded(loaded, values, output, terminal)))
  }
  output.done(results)
  if (unsound.length > 0)
    terminal.err.write(`not run, because of its mistakes: ${unsound.join(', ')}\n`)
  const isSound = unsound.length === 0
  if (results.length === 0 && isSound) {
    const { filter, profile } = values
    throw new UsageError(
      filter === undefined
        ? `No test names the profile "${String(profile)}".`
        : `No case has "${String(filter)}" in its name.`,
    )
  }
  const hasFailed = results.some(({ status }) => status === 'failed')
  return isSound && !hasFailed && !terminal.signal.aborted ? exitCodes.ok : exitCodes.failed
}

function showProblems({ diagnostics }: LoadedTest, json: boolean, { out, err }: Terminal): void {
  if (diagnostics.length === 0) return
  if (json) {
    const problems: unknown = JSON.parse(renderJson(diagnostics))
    out.write(`${JSON.stringify({ type: 'problems', problems })}\n`)
  } else err.write(`${renderDiagnostics(diagnostics, { stream: err })}\n`)
}

async function runLoaded(
  { scenario, runs }: LoadedTest,
  values: CommandArgs['values'],
  output: TestOutput,
  { signal }: Terminal,
): Promise<readonly CaseResult[]> {
  if (scenario === undefined || runs.length === 0) return []
  const { filter, update } = values
  output.file(scenario.file)
  const results: CaseResult[] = []
  for (const { program, profile } of runs) {
    const ran = await runTest({
      ...{ scenario, program, profile, signal },
      filter: typeof filter === 'string' ? filter : undefined,
      update: update === true,
      onBegin: (one) => output.begin(one.name),
      onResult: (result) => output.result(result),
    })
    results.push(...ran)
  }
  return results
}

/**
 * A file as it is named; or the test files below a folder, in order of their names. Hidden folders and
 * `node_modules` are left out.
 */
async function findTests(cwd: string, place: string): Promise<readonly string[]> {
  const from = resolve(cwd, place)
  const isFolder = await stat(from).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (!isFolder) return [place]
  const found: string[] = []
  async function look(folder: string, depth: number): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
      if (found.length >= mostFiles) return
      const path = join(folder, entry.name)
      const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules'
      if (entry.isDirectory() && !isHidden && depth < deepest) await look(path, depth + 1)
      else if (entry.isFile() && isTestFile(entry.name)) found.push(relative(cwd, path))
    }
  }
  await look(from, 0)
  return found
}
