import { runProgram } from '../index.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { aborted } from './aborted.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { createTerminalLog, openChecked } from './live-program.ts'
import { pricesOption, readOwnPrices } from './own-prices.ts'
import { paintFor } from './paint.ts'
import { profileOption, readGraphSettings } from './settings.ts'
import { showCalls } from './show-calls.ts'
import { catchStrayErrors } from './stray-errors.ts'
import { verifyAloud, type CheckedProgram } from './verify-aloud.ts'

/** `voxgraph run` */
export const command: Command = {
  name: 'run',
  summary: 'Serve a graph: take calls and show them.',
  usage:
    '<graph.yaml> [--profile name] [--set name=value] [--emulate [file.yaml]] [--prices file] [--json]',
  options: {
    emulate: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
    prices: pricesOption.option,
    json: { type: 'boolean' },
    'no-verify': { type: 'boolean' },
  },
  describe: {
    set: 'value of a param: --set name=value',
    profile: profileOption.describe,
    emulate:
      'no vendor is asked, no key needed: each is emulated here, as bot.emulate.yaml says, or a file behind it',
    prices: pricesOption.describe,
    json: 'one JSON object a line, for programs',
    'no-verify': 'do not ask the services first whether they accept their keys',
  },
  examples: [
    'voxgraph run graphs/front-desk.yaml',
    'voxgraph run graphs/front-desk.yaml --set port=8765',
    'voxgraph run graphs/front-desk.yaml --profile phone',
    'voxgraph run graphs/front-desk.cloud.yaml --emulate',
  ],
  run: serve,
}

async function serve({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const isEmulated = values['emulate'] === true
  const [file, emulation, ...others] = positionals
  if (file === undefined) throw new UsageError('Which graph? Name a file: voxgraph run bot.yaml')
  if (others.length > 0 || (emulation !== undefined && !isEmulated)) {
    throw new UsageError('One graph at a time.')
  }
  const settings = readGraphSettings(values)
  if (!isEmulated) {
    const opened = await openChecked(file, terminal, settings)
    return opened === undefined ? exitCodes.failed : takeCalls(opened, values, terminal)
  }
  // What stands in for vendors is loaded only where it does.
  const [{ openEmulated }, reports] = await Promise.all([
    import('./emulate.ts'),
    import('./emulate-report.ts'),
  ])
  const opened = await openEmulated(file, emulation, terminal, settings)
  if (opened === undefined) return exitCodes.failed
  const { emulators } = opened
  const json = values['json'] === true
  try {
    reports.announceEmulators(opened, terminal, json)
    const code = await takeCalls(opened, values, terminal)
    const violations = reports.reportEmulators(emulators, terminal, json)
    const paint = paintFor(terminal.err)
    for (const one of violations) terminal.err.write(`${paint('red', 'violation')} ${one}\n`)
    return violations.length === 0 ? code : exitCodes.failed
  } finally {
    await opened.close()
  }
}

async function takeCalls(
  opened: CheckedProgram,
  values: CommandArgs['values'],
  terminal: Terminal,
): Promise<number> {
  if (values['no-verify'] !== true && !(await verifyAloud(opened, terminal))) {
    return exitCodes.failed
  }
  const { program } = opened
  const prices = await readOwnPrices(values, terminal.cwd)
  const json = values['json'] === true
  const observe = showCalls(program.plan, terminal, { json, prices })
  const log = createTerminalLog(terminal)
  const calls = runProgram(program, { clock: createLiveClock(), log, observe, prices })
  const strays = catchStrayErrors([program], terminal)
  try {
    const listener = await calls.listen()
    if (json) terminal.out.write(`${JSON.stringify({ type: 'open', address: listener.address })}\n`)
    else {
      const paint = paintFor(terminal.out)
      const name = paint('bold', program.plan.name)
      terminal.out.write(`${name} takes calls at ${listener.address}  (Ctrl-C ends it)\n`)
    }
    await Promise.race([
      listener.done ?? new Promise<never>(() => undefined),
      aborted(terminal.signal),
    ])
  } finally {
    if (!json && calls.sessions.size > 0) {
      terminal.err.write('ending the calls under way; Ctrl-C again cuts them off\n')
    }
    await calls.close('the server is going down')
    strays.close()
  }
  return exitCodes.ok
}
