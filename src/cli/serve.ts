import { serveGraphs, type Server } from '../index.ts'
import type { Inspection, Observe } from '../observe/inspection.ts'
import type { Prices } from '../observe/prices.ts'
import type { Clock } from '../time/clock.ts'
import { createLiveClock } from '../time/live-clock.ts'
import { aborted } from './aborted.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { createTerminalLog, openChecked } from './live-program.ts'
import { nextSignal } from './next-signal.ts'
import { pricesOption, readOwnPrices } from './own-prices.ts'
import { readServerSettings, serverOptions, type ServerSettings } from './serve-options.ts'
import { servePlaygrounds } from './serve-playgrounds.ts'
import { createServeReport, type ServeReport } from './serve-report.ts'
import { profileOption, readGraphSettings } from './settings.ts'
import { showCalls } from './show-calls.ts'
import { catchStrayErrors } from './stray-errors.ts'
import { verifyAloud, type CheckedProgram } from './verify-aloud.ts'

/** `voxgraph serve` */
export const command: Command = {
  name: 'serve',
  summary: 'Serve graphs on one address, for many callers: health checks, limits, drain.',
  usage: '<graph.yaml> … [--host address] [--port number] [options]',
  options: {
    ...serverOptions.options,
    emulate: { type: 'boolean' },
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
    prices: pricesOption.option,
    json: { type: 'boolean' },
    playground: { type: 'boolean' },
    quiet: { type: 'boolean' },
    'no-verify': { type: 'boolean' },
  },
  describe: {
    ...serverOptions.describe,
    emulate: 'no vendor is asked, no key needed: each is emulated here, as bot.emulate.yaml says',
    set: 'value of a param of every graph: --set name=value',
    profile: 'profile of every graph: --profile phone',
    prices: pricesOption.describe,
    json: 'one JSON object a line, for programs',
    playground:
      'serve a page for each graph to talk to it and look inside, for whoever reaches the server',
    quiet: 'show the server only, not the calls',
    'no-verify': 'do not ask the services first whether they accept their keys',
  },
  examples: [
    'voxgraph serve graphs/front-desk.yaml graphs/support.yaml',
    'voxgraph serve graphs/front-desk.yaml --playground',
    'voxgraph serve bot.yaml --host 0.0.0.0 --port 443 --tls-cert fullchain.pem --tls-key key.pem',
    'voxgraph serve bot.yaml --public-url https://voice.example.com --trust-proxy 10.0.0.0/8 --quiet',
  ],
  run: serve,
}

async function serve({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  if (positionals.length === 0) {
    throw new UsageError('Which graphs? Name their files: voxgraph serve bot.yaml')
  }
  const settings = await readServerSettings(values, terminal.cwd)
  const prices = await readOwnPrices(values, terminal.cwd)
  const opened: OpenedGraph[] = []
  try {
    for (const file of positionals) {
      const graph = await openGraph(file, values, terminal)
      if (graph === undefined) return exitCodes.failed
      opened.push(graph)
    }
    return await serveOpened({ opened, settings, prices, values, terminal })
  } finally {
    for (const { close } of opened) await close?.()
  }
}

/** A graph that was checked; `close` ends what stands in for its vendors. */
type OpenedGraph = CheckedProgram & { readonly close?: () => Promise<void> }

async function openGraph(
  file: string,
  values: CommandArgs['values'],
  terminal: Terminal,
): Promise<OpenedGraph | undefined> {
  const settings = readGraphSettings(values)
  if (values['emulate'] === true) {
    // What stands in for vendors is loaded only where it does.
    const [{ openEmulated }, { announceEmulators }] = await Promise.all([
      import('./emulate.ts'),
      import('./emulate-report.ts'),
    ])
    const opened = await openEmulated(file, undefined, terminal, settings)
    if (opened !== undefined) announceEmulators(opened, terminal, values['json'] === true)
    return opened
  }
  const opened = await openChecked(file, terminal, settings)
  if (opened === undefined || values['no-verify'] === true) return opened
  return (await verifyAloud(opened, terminal)) ? opened : undefined
}

interface ServeInit {
  readonly opened: readonly OpenedGraph[]
  readonly settings: ServerSettings
  readonly prices: Prices
  readonly values: CommandArgs['values']
  readonly terminal: Terminal
}

async function serveOpened(init: ServeInit): Promise<number> {
  const { opened, settings, prices, values, terminal } = init
  const programs = opened.map(({ program }) => program)
  const json = values['json'] === true
  const clock: Clock = createLiveClock()
  const strays = catchStrayErrors(programs, terminal)
  const seen = watch(init, json)
  try {
    const observe = (graph: string, event: Inspection): void => seen.observe(graph, event)
    const log = createTerminalLog(terminal)
    const inspect = values['playground'] === true
    const options = { ...settings, clock, log, prices, observe, inspect }
    const server = await serveGraphs(programs, options)
    const report = createServeReport({ server, strays, clock, terminal, json })
    seen.report = report
    report.ready()
    try {
      if (inspect) await servePlaygrounds(server, programs, terminal, json)
      await Promise.race([server.done, aborted(terminal.signal)])
    } catch (thrown) {
      await server.close({ withinMs: 0 })
      throw thrown
    }
    return await closeAloud(server, report, init)
  } finally {
    strays.close()
  }
}

async function closeAloud(
  server: Server,
  report: ServeReport,
  { settings: { drainMs }, terminal }: ServeInit,
): Promise<number> {
  // Otherwise there are no more calls to come, and those that are left end by themselves.
  const isTold = terminal.signal.aborted
  const again = nextSignal()
  try {
    const drained = await server.close({
      signal: again.signal,
      ...(isTold && { onProgress: report.draining }),
      ...(drainMs !== undefined && { withinMs: drainMs }),
    })
    if (isTold) report.drained(drained)
    return drained.cut === 0 ? exitCodes.ok : exitCodes.failed
  } finally {
    report.close()
    again.forget()
  }
}

/** Shows calls, as far as they are to be shown, and counts them. */
function watch({ opened, prices, values, terminal }: ServeInit, json: boolean) {
  const isQuiet = values['quiet'] === true
  const shown = new Map<string, Observe>(
    opened.map(({ program: { plan } }) => {
      const label = opened.length > 1 ? plan.name : undefined
      return [plan.name, showCalls(plan, terminal, { json, prices, label })]
    }),
  )
  const watching = {
    report: undefined as ServeReport | undefined,
    observe(graph: string, event: Inspection): void {
      if (event.type === 'session.started') watching.report?.begun()
      if (!isQuiet) shown.get(graph)?.(event)
    },
  }
  return watching
}
