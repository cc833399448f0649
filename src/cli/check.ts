import { resolve } from 'node:path'
import {
  renderDiagnostics,
  renderGithub,
  renderJson,
  type Diagnostic,
} from '../errors/diagnostics.ts'
import { check as checkGraph, checkProfiles, type CheckResult } from '../graph/check.ts'
import { createHost, type Host } from '../graph/host.ts'
import type { Plan } from '../graph/plan.ts'
import type { Verified } from '../providers/verify-providers.ts'
import { decodeText, isFailure, largestGraph } from '../graph/read-file.ts'
import { complaints, connect, notes, verifiedLines } from './connect.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { graphsInMarkdown } from './fences.ts'
import { paintFor, type Paint } from './paint.ts'
import { profileOption, readGraphSettings } from './settings.ts'
import { isTestFile } from './test-file.ts'

/** `voxgraph check` */
export const command: Command = {
  name: 'check',
  summary: 'Look for mistakes in graphs, and say what to do about them.',
  usage: '<graph.yaml…> [options]',
  options: {
    strict: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
    env: { type: 'boolean' },
    connect: { type: 'boolean' },
    'no-exec': { type: 'boolean' },
    json: { type: 'boolean' },
    github: { type: 'boolean' },
  },
  describe: {
    strict: 'warnings are errors',
    set: 'value of a param: --set name=value',
    profile:
      'only with this profile; without it the graph is checked by itself and with each of its profiles',
    env: 'name every key that is missing in the environment',
    connect: 'ask the services whether they accept the keys, and know models and voices',
    'no-exec': 'do not import local modules to look into them',
    json: 'print the problems as JSON',
    github: 'print the problems for GitHub Actions',
  },
  examples: [
    'voxgraph check graphs/*.yaml',
    'voxgraph check --strict README.md bot.yaml',
    'voxgraph check --connect bot.yaml',
  ],
  run: checkFiles,
}

/** What was found in one graph. */
interface Checked extends CheckResult {
  /** File, and line of the fence in Markdown. */
  readonly name: string
  /** Those of its profiles that were checked, too. */
  readonly profiles?: readonly string[]
  /** Local modules that were not looked into. */
  readonly skipped: readonly string[]
  /** Of a file of scenarios. */
  readonly cases?: number | undefined
  /** What the services said, where they were asked. */
  readonly verified?: readonly Verified[]
}

async function checkFiles(
  { positionals, values }: CommandArgs,
  terminal: Terminal,
): Promise<number> {
  if (positionals.length === 0) {
    throw new UsageError('Which graph? Name one or more files: voxgraph check bot.yaml')
  }
  if (values['json'] === true && values['github'] === true) {
    throw new UsageError('--json and --github are two forms of the same list; choose one.')
  }
  const noExec = values['no-exec'] === true
  const connects = values['connect'] === true
  if (connects && noExec) throw new UsageError('--connect imports code, --no-exec does not.')
  const needKeys = connects || values['env'] === true
  const settings = readGraphSettings(values)
  const host = await createHost({ cwd: terminal.cwd, ...settings, needKeys })
  const found: Checked[] = []
  for (const file of positionals) found.push(...(await checkFile(file, host, noExec)))
  const asked = connects ? await askAll(found, terminal) : found
  const checked = values['strict'] === true ? asked.map(strictly) : asked
  const diagnostics = checked.flatMap((one) => one.diagnostics)
  const all = checked.flatMap((one) => [
    ...one.diagnostics,
    ...notes(one.verified ?? [], one.places),
  ])
  if (values['json'] === true) terminal.out.write(renderJson(all))
  else if (values['github'] === true) terminal.out.write(renderGithub(all))
  else print(checked, diagnostics, terminal)
  return diagnostics.some((one) => one.severity === 'error') ? exitCodes.failed : exitCodes.ok
}

/** Asks the services of the graphs that are right otherwise. */
async function askAll(checked: readonly Checked[], terminal: Terminal): Promise<Checked[]> {
  const asked: Checked[] = []
  for (const one of checked) {
    const verified = one.plan === undefined ? [] : await connect(one.plan, terminal)
    const diagnostics = [...one.diagnostics, ...complaints(verified, one.places)]
    asked.push({ ...one, verified, diagnostics })
  }
  return asked
}

const strictly = (checked: Checked): Checked => ({
  ...checked,
  diagnostics: checked.diagnostics.map((one) => ({ ...one, severity: 'error' })),
})

async function checkFile(file: string, host: Host, noExec: boolean): Promise<Checked[]> {
  if (isTestFile(file)) return noExec ? [] : [await checkTest(file, host)]
  if (!/\.(md|markdown)$/i.test(file)) return [await checkOne(file, file, host, noExec)]
  const path = resolve(host.cwd, file)
  const read = await host.readText(path, largestGraph)
  const markdown = isFailure(read) ? undefined : decodeText(read)
  // What cannot be read is reported like a graph that cannot be read.
  if (markdown === undefined) return [await checkOne(file, file, host, noExec)]
  const checked: Checked[] = []
  for (const fence of graphsInMarkdown(markdown)) {
    const text = new TextEncoder().encode(fence.text)
    const readText: Host['readText'] = async (wanted, limit) =>
      wanted === path ? text : host.readText(wanted, limit)
    const name = `${file}:${fence.line}`
    checked.push(await checkOne(name, file, { ...host, readText }, noExec))
  }
  return checked
}

/** A test is loaded with its graph and the code of it: that is the only way to know whether it can run. */
async function checkTest(file: string, { cwd, params, profile }: Host): Promise<Checked> {
  const { loadTest } = await import('../testing/scenario/load-test.ts')
  const { diagnostics, scenario } = await loadTest(file, {
    cwd,
    params,
    ...(profile !== undefined && { profile }),
  })
  return {
    name: file,
    skipped: [],
    plan: undefined,
    places: new Map(),
    diagnostics,
    cases: scenario?.cases.length,
  }
}

async function checkOne(name: string, file: string, host: Host, noExec: boolean): Promise<Checked> {
  if (!noExec) return { name, skipped: [], ...(await checkWhole(file, host)) }
  const skipped: string[] = []
  const inspect: Host['inspect'] = async (path) => {
    skipped.push(path)
    return { kind: 'failed', why: 'threw', reason: 'not looked into', position: undefined }
  }
  const { diagnostics, ...found } = await checkWhole(file, { ...host, inspect })
  // No module was looked into, so none can have failed.
  return { name, skipped, ...found, diagnostics: diagnostics.filter((one) => !isSkip(one)) }
}

/** With the profile that is asked for, or with all of them. */
async function checkWhole(
  file: string,
  host: Host,
): Promise<CheckResult & Pick<Checked, 'profiles'>> {
  if (host.profile !== undefined) return checkGraph(file, host)
  const { profiles, ...found } = await checkProfiles(file, host)
  return { ...found, profiles: [...profiles.keys()] }
}

const isSkip = ({ code }: Diagnostic): boolean => code === 'module-failed'

function print(
  checked: readonly Checked[],
  diagnostics: readonly Diagnostic[],
  { out, err }: Terminal,
): void {
  if (diagnostics.length > 0) err.write(`${renderDiagnostics(diagnostics, { stream: err })}\n`)
  const paint = paintFor(out)
  const isSound = (one: Checked): boolean =>
    !one.diagnostics.some((found) => found.severity === 'error')
  for (const one of checked) {
    const lines = verifiedLines(one.name, one.verified ?? [], paint)
    if (isSound(one)) out.write(`${okLine(one, paint)}\n`)
    for (const line of lines) out.write(`${line}\n`)
  }
  if (diagnostics.length > 0) err.write(`${countLine(diagnostics)}\n`)
  else if (checked.length === 0) out.write('There is no graph in it: no YAML with a version.\n')
}

function okLine({ name, plan, skipped, cases, profiles = [] }: Checked, paint: Paint): string {
  const parts = plan === undefined ? [] : partsOf(plan)
  if (profiles.length > 0) {
    parts.push(`${count(profiles.length, 'profile')} (${profiles.join(', ')})`)
  }
  if (cases !== undefined) parts.push(count(cases, 'case'))
  if (skipped.length > 0) parts.push(`${count(skipped.length, 'local module')} not looked into`)
  return `${paint('green', 'ok')} ${paint('bold', name)}  ${parts.join(', ')}`
}

const shown = 8

function partsOf({ nodes, edges, tools, agents }: Plan): string[] {
  const own = nodes.filter((node) => !node.inserted).map((node) => node.id)
  const names = own.slice(0, shown).join(', ') + (own.length > shown ? ' …' : '')
  const converters = nodes.filter(({ code }) => code.kind === 'convert').length
  return [
    `${count(own.length, 'node')} (${names})`,
    count(edges.length, 'edge'),
    ...(converters > 0 ? [count(converters, 'converter')] : []),
    ...(agents === undefined ? [] : [count(agents.agents.length, 'agent')]),
    ...(tools.length > 0 ? [count(tools.length, 'tool')] : []),
  ]
}

function countLine(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((one) => one.severity === 'error').length
  const warnings = diagnostics.length - errors
  const parts = [
    ...(errors > 0 ? [count(errors, 'error')] : []),
    ...(warnings > 0 ? [count(warnings, 'warning')] : []),
  ]
  return parts.join(', ')
}

const count = (number: number, thing: string): string =>
  `${number} ${thing}${number === 1 ? '' : 's'}`
