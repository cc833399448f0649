import { spawn } from 'node:child_process'
import { access, constants, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { fileFault } from '../audio/file-fault.ts'
import type { Program } from '../graph/plan.ts'
import { runProgram } from '../index.ts'
import type { Observe } from '../observe/inspection.ts'
import { createWeb } from '../server/own-web.ts'
import { playgroundPath, withPlayground } from '../server/playground.ts'
import type { PlaygroundGraph } from '../server/playground-graph.ts'
import type { CallerScript } from '../testing/caller-script.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { aborted } from './aborted.ts'
import { openScript } from './call.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { callFast, openFastProgram } from './live-fast.ts'
import { createTerminalLog, openProgram } from './live-program.ts'
import { reportCall } from './live-report.ts'
import { printTakeovers } from './live-takeover.ts'
import { speakScript } from './live-voice.ts'
import { watchCalls } from './live-watch.ts'
import { profileOption, readGraphSettings, type GraphSettings } from './settings.ts'

/** `voxgraph demo`, which `npm start` runs */
export const command: Command = {
  name: 'demo',
  summary: 'Serve a graph that comes along, call it, and show what happened.',
  usage:
    '[front-desk | support | front-desk.cloud | support.cloud] [--fast | --stay | --emulate] [--profile name] [--set name=value]',
  options: {
    emulate: { type: 'boolean' },
    fast: { type: 'boolean' },
    stay: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
  },
  describe: {
    emulate: 'no vendor is asked: each is emulated on this machine, and no key is needed',
    fast: 'the same call on virtual time, in a few seconds',
    stay: 'go on serving after the call, with a page to talk to it: the playground',
    set: 'value of a param of the graph: --set port=8765',
    profile: profileOption.describe,
  },
  examples: [
    'npm start',
    'npm start -- --fast',
    'npm run demo:handoff',
    'npm run demo:cloud',
    'npm start -- --stay --set port=8765',
  ],
  run: demonstrate,
}

/** Graphs that come with a caller. */
const demos: readonly string[] = ['front-desk', 'support', 'front-desk.cloud', 'support.cloud']

/** What the demo works with. */
interface Stage {
  readonly terminal: Terminal
  readonly graph: string
  readonly scriptFile: string
  readonly script: CallerScript
  readonly settings: GraphSettings
  /** Told with the summary; see `PlacedCall`. */
  readonly more?: () => readonly string[]
}

async function demonstrate(args: CommandArgs, terminal: Terminal): Promise<number> {
  const { positionals, values } = args
  const [name = 'front-desk', ...others] = positionals
  if (others.length > 0 || !demos.includes(name)) {
    throw new UsageError(`There are these demos: ${demos.join(', ')}. For others see voxgraph run.`)
  }
  const isFast = values['fast'] === true
  const isEmulated = values['emulate'] === true
  if (isFast && values['stay'] === true) throw new UsageError('--fast or --stay, not both.')
  if (isFast && (isEmulated || name.endsWith('.cloud'))) {
    throw new UsageError('--fast is not for services: they cannot be made to wait.')
  }
  await checkWritable(join(terminal.cwd, 'out'))
  const root = dirname(createRequire(import.meta.url).resolve('voxgraph/package.json'))
  const graph = relative(terminal.cwd, join(root, `graphs/${name}.yaml`))
  // The same call, whoever hears and speaks.
  const scriptFile = join(root, `graphs/callers/${name.replace('.cloud', '')}.yaml`)
  const script = await openScript(scriptFile, terminal.cwd)
  const stage = { terminal, graph, scriptFile, script, settings: readGraphSettings(values) }
  const stays = values['stay'] === true
  if (isFast) return demonstrateFast(stage)
  if (isEmulated) return demonstrateEmulated(stage, stays)
  const program = await openProgram(graph, terminal, stage.settings)
  return program === undefined ? exitCodes.failed : serveAndCall(stage, program, stays)
}

async function demonstrateEmulated(stage: Stage, stays: boolean): Promise<number> {
  const { terminal, graph, settings } = stage
  const [{ openEmulated }, reports] = await Promise.all([
    import('./emulate.ts'),
    import('./emulate-report.ts'),
  ])
  const opened = await openEmulated(graph, undefined, terminal, settings)
  if (opened === undefined) return exitCodes.failed
  const { emulators, program } = opened
  try {
    reports.announceEmulators(opened, terminal)
    const more = (): readonly string[] => reports.reportEmulators(emulators, terminal)
    return await serveAndCall({ ...stage, more }, program, stays)
  } finally {
    await opened.close()
  }
}

async function demonstrateFast(stage: Stage): Promise<number> {
  const { terminal, graph, scriptFile, script, settings } = stage
  const opened = await openFastProgram(graph, scriptFile, terminal, settings)
  if (opened === undefined) return exitCodes.failed
  const { program, plan, sampleRate } = opened
  const watch = watchCalls(terminal, plan)
  const sounds = await speakScript(script, scriptFile, sampleRate)
  const clock = createLiveClock()
  const wallStart = clock.wall()
  const log = createTerminalLog(terminal)
  const { observe } = watch
  const onNote = (): void => undefined
  const call = { program, script, sounds, sampleRate, log, observe, wallStart, onNote }
  const { summary, problem } = await callFast(call)
  const took = clock.now()
  const { durationMs } = summary.figures
  const moments = watch.moments(summary.session)
  const code = await reportCall({ summary, problem, moments, script, plan }, terminal)
  const times = Math.round(durationMs / took)
  terminal.out.write(
    `${seconds(durationMs)} of conversation in ${seconds(took)}, ${times} times as fast\n`,
  )
  return code
}

async function serveAndCall(stage: Stage, program: Program, stays: boolean): Promise<number> {
  const { terminal, script, more } = stage
  const watch = watchCalls(terminal, program.plan)
  const takeovers = printTakeovers(program.plan, terminal)
  const log = createTerminalLog(terminal)
  const clock = createLiveClock()
  const observe: Observe = (event) => {
    watch.observe(event)
    takeovers(event)
  }
  const web = createWeb(log)
  const page = async (): Promise<PlaygroundGraph> =>
    (await import('./playground-graph.ts')).playgroundGraph(program.plan)
  const calls = runProgram(program, {
    clock,
    log,
    observe,
    web: stays ? withPlayground(web, page) : web,
    inspect: stays,
  })
  try {
    const { address } = await calls.listen()
    terminal.out.write(`${program.plan.name} takes calls at ${address}\n`)
    terminal.out.write('a simulated caller rings from a process of its own\n\n')
    const problem = await callFromOutside(stage, address)
    const summary = await watch.first(terminal.signal)
    if (terminal.signal.aborted) return exitCodes.failed
    if (summary === undefined) {
      terminal.err.write(`there was no call: ${problem ?? 'the caller has not called'}\n`)
      return exitCodes.failed
    }
    const { plan } = program
    const moments = watch.moments(summary.session)
    const code = await reportCall({ summary, problem, moments, script, plan, more }, terminal)
    if (stays && !terminal.signal.aborted) {
      terminal.out.write(`\nstill taking calls at ${address}  (Ctrl-C ends it)\n`)
      terminal.out.write(`talk to it yourself: ${pageOf(address)}\n`)
      await aborted(terminal.signal)
    }
    return code
  } finally {
    await calls.close('the server is going down')
  }
}

/** Address of the playground beside a socket. */
const pageOf = (address: string): string =>
  `${new URL(address).origin.replace(/^ws/, 'http')}${playgroundPath}`

/** Places the call from a process of its own, as a stranger would. Gives what went wrong. */
function callFromOutside(stage: Stage, address: string): Promise<string | undefined> {
  const { scriptFile, terminal } = stage
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const main = fileURLToPath(new URL(`./main.${extension}`, import.meta.url))
  const args = [...process.execArgv, main, 'call', scriptFile, '--url', address, '--json']
  const child = spawn(process.execPath, args, {
    cwd: terminal.cwd,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const stop = (): void => void child.kill('SIGINT')
  terminal.signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve) => {
    child.on('error', (cause) => resolve(`the caller could not be started: ${cause.message}`))
    child.on('close', (code) => {
      terminal.signal.removeEventListener('abort', stop)
      resolve(code === 0 ? undefined : said.trim() || `the caller ended with code ${String(code)}`)
    })
  })
}

/** @throws Error with a remedy when nothing can be written to a folder, which is made */
async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const help = 'The recording goes there. Start it in a folder that you may write to.'
    throw Object.assign(new Error(`${folder} cannot be written: ${fileFault(cause)}.`), { help })
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
