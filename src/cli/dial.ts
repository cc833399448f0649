import type { Busy, Place } from '../define/index.ts'
import { reasonOf, VoxgraphError } from '../errors/index.ts'
import type { PlanVar, Program } from '../graph/plan.ts'
import { runProgram, type SessionSummary } from '../index.ts'
import type { Observe } from '../observe/inspection.ts'
import { createValidators } from '../schema/compile.ts'
import { createWeb } from '../server/own-web.ts'
import { readPublicUrl } from '../server/serve-graphs.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { aborted } from './aborted.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { createTerminalLog, openChecked } from './live-program.ts'
import { pricesOption, readOwnPrices } from './own-prices.ts'
import { profileOption, readGraphSettings, readPairs } from './settings.ts'
import { showCalls } from './show-calls.ts'
import { catchStrayErrors } from './stray-errors.ts'
import { verifyAloud } from './verify-aloud.ts'

/** `voxgraph dial` */
export const command: Command = {
  name: 'dial',
  summary: 'Call somebody with a graph, and show the call.',
  usage:
    '<graph.yaml> --to +15551234567 [--profile name] [--set name=value] [--var name=value] [--public-url url] [--json]',
  options: {
    to: { type: 'string' },
    var: { type: 'string', multiple: true },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
    'public-url': { type: 'string' },
    prices: pricesOption.option,
    json: { type: 'boolean' },
    'no-verify': { type: 'boolean' },
  },
  describe: {
    to: 'number to call: +15551234567',
    var: 'variable of the call, as the graph declares it: --var guest=Ada',
    set: 'value of a param: --set name=value',
    profile: profileOption.describe,
    'public-url': 'where the telephone network reaches this process: https://voice.example.com',
    prices: pricesOption.describe,
    json: 'one JSON object a line, for programs',
    'no-verify': 'do not ask the services first whether they accept their keys',
  },
  examples: ['voxgraph dial reminder.yaml --profile phone --to +15551234567 --var guest=Ada'],
  run: dial,
}

async function dial({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) {
    throw new UsageError('Which graph? Name one file: voxgraph dial bot.yaml --to +15551234567')
  }
  const { to } = values
  if (typeof to !== 'string') throw new UsageError('Who is to be called? Give a number: --to')
  const given = readPairs(values, 'var', 'guest=Ada')
  const publicUrl = values['public-url']
  const publicOrigin = readPublicUrl(typeof publicUrl === 'string' ? publicUrl : undefined)
  const opened = await openChecked(file, terminal, readGraphSettings(values))
  if (opened === undefined) return exitCodes.failed
  const vars = readVars(given, opened.program.plan.vars)
  if (values['no-verify'] !== true && !(await verifyAloud(opened, terminal))) {
    return exitCodes.failed
  }
  const problem = await place(opened.program, { to, vars, publicOrigin }, values, terminal)
  if (problem === undefined) return exitCodes.ok
  const isJson = values['json'] === true
  if (isJson) terminal.out.write(`${JSON.stringify({ type: 'failed', to, reason: problem })}\n`)
  else terminal.err.write(`the call has not gone as it should: ${problem}\n`)
  return exitCodes.failed
}

/** Whom to call, and what the call is told. */
interface Dialled {
  readonly to: string
  readonly vars: Readonly<Record<string, unknown>>
  readonly publicOrigin: string | undefined
}

/** Places the call and shows it until it is over. @returns why it has not gone as it should */
async function place(
  program: Program,
  { to, vars, publicOrigin }: Dialled,
  values: CommandArgs['values'],
  terminal: Terminal,
): Promise<string | undefined> {
  const json = values['json'] === true
  const prices = await readOwnPrices(values, terminal.cwd)
  const show = showCalls(program.plan, terminal, { json, prices })
  const over = Promise.withResolvers<SessionSummary>()
  const observe: Observe = (event) => {
    show(event)
    if (event.type === 'session.ended') over.resolve(event.summary)
  }
  const log = createTerminalLog(terminal)
  const calls = runProgram(program, {
    clock: createLiveClock(),
    log,
    web: createWeb(log, publicOrigin),
    observe,
    prices,
    vars,
    admit: roomForOne(),
  })
  const strays = catchStrayErrors([program], terminal)
  try {
    await calls.listen()
    if (json) terminal.out.write(`${JSON.stringify({ type: 'dialling', to })}\n`)
    else terminal.out.write(`calling ${to}  (Ctrl-C ends it)\n`)
    await calls.dial({ to, signal: terminal.signal })
    const summary = await Promise.race([over.promise, aborted(terminal.signal)])
    return problemOf(summary)
  } catch (thrown) {
    // Who forgets the profile of the telephone is told that there are such.
    if (thrown instanceof VoxgraphError && thrown.code === 'cannot-dial') {
      return `${reasonOf(thrown)} ${thrown.help}`
    }
    return reasonOf(thrown)
  } finally {
    await calls.close('the call was stopped')
    strays.close()
  }
}

/** Nobody who calls meanwhile is taken: this process is there for one call. */
function roomForOne(): () => Place | Busy {
  let isTaken = false
  return () => {
    if (isTaken) return { busy: 'full' }
    isTaken = true
    return { leave: () => undefined }
  }
}

/** Why a call that was answered has not gone as it should. */
function problemOf(summary: SessionSummary | undefined | void): string | undefined {
  if (summary === undefined) return 'it was stopped'
  if (summary.error !== undefined) return reasonOf(summary.error)
  return summary.reason === 'the connection broke' ? summary.reason : undefined
}

/**
 * Values of variables, as the graph declares them: texts are taken as they are, all else is JSON.
 * @throws UsageError for a variable that there is not, or a value that it cannot have
 */
function readVars(
  given: Readonly<Record<string, string>>,
  declared: Readonly<Record<string, PlanVar>>,
): Readonly<Record<string, unknown>> {
  const validators = createValidators()
  return Object.fromEntries(
    Object.entries(given).map(([name, text]) => {
      const variable = Object.hasOwn(declared, name) ? declared[name] : undefined
      if (variable === undefined) {
        const names = Object.keys(declared).join(', ') || 'none'
        throw new UsageError(`The graph has no variable "${name}". It has: ${names}.`)
      }
      const value = variable.schema.type === 'string' ? text : jsonOr(text)
      const [issue] = validators.of(variable.schema)(value)
      if (issue !== undefined) throw new UsageError(`--var ${name}: the value ${issue.message}.`)
      return [name, value]
    }),
  )
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
