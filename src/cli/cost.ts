import { listPrices, type Prices } from '../observe/prices.ts'
import { exitCodes, UsageError, type Command, type CommandArgs, type Terminal } from './command.ts'
import { forecast, usualAssumptions, type Assumptions } from './cost-model.ts'
import { renderForecast } from './cost-report.ts'
import { planGraph } from './live-program.ts'
import { pricesOption, readOwnPrices } from './own-prices.ts'
import { paintFor } from './paint.ts'
import { profileOption, readGraphSettings } from './settings.ts'

/** `voxgraph cost` */
export const command: Command = {
  name: 'cost',
  summary: 'Work out what a call of a graph costs, with and without prompt caching.',
  usage: '<graph.yaml> [--minutes 10] [options]',
  options: {
    minutes: { type: 'string' },
    'turns-per-minute': { type: 'string' },
    'words-per-minute': { type: 'string' },
    prices: pricesOption.option,
    set: { type: 'string', multiple: true },
    profile: profileOption.option,
    json: { type: 'boolean' },
  },
  describe: {
    minutes: `length of the call; ${usualAssumptions.minutes}`,
    'turns-per-minute': `how often the caller is answered; ${usualAssumptions.turnsPerMinute}`,
    'words-per-minute': `how fast both of them speak; ${usualAssumptions.wordsPerMinute}`,
    prices: pricesOption.describe,
    set: 'value of a param: --set name=value',
    profile: profileOption.describe,
    json: 'print it as JSON',
  },
  examples: [
    'voxgraph cost graphs/front-desk.yaml --minutes 12',
    'voxgraph cost bot.yaml --turns-per-minute 6 --prices our-prices.yaml',
  ],
  run: cost,
}

async function cost({ positionals, values }: CommandArgs, terminal: Terminal): Promise<number> {
  const [file, ...others] = positionals
  if (file === undefined) throw new UsageError('Which graph? Name a file: voxgraph cost bot.yaml')
  if (others.length > 0) throw new UsageError('One graph at a time.')
  const assumptions = readAssumptions(values)
  const own = await readOwnPrices(values, terminal.cwd)
  const prices: Prices = [...own, listPrices]
  // What it costs does not depend on keys and files.
  const plan = await planGraph(file, terminal, { ...readGraphSettings(values), lenient: true })
  if (plan === undefined) return exitCodes.failed
  const result = forecast(plan, prices, assumptions)
  if (values['json'] === true) {
    const dates = prices.map(({ date }) => date)
    terminal.out.write(
      `${JSON.stringify({ graph: plan.name, ...result, prices: dates }, null, 2)}\n`,
    )
  } else terminal.out.write(renderForecast(plan.name, result, own, paintFor(terminal.out)))
  return exitCodes.ok
}

/** Most that may be asked for: a day of talking, and faster than anybody speaks. */
const most = { minutes: 1440, 'turns-per-minute': 60, 'words-per-minute': 1000 } as const

function readAssumptions(values: CommandArgs['values']): Assumptions {
  const read = (name: keyof typeof most, usual: number): number => {
    const given = values[name]
    if (given === undefined) return usual
    const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : Number.NaN
    if (number > 0 && number <= most[name]) return number
    throw new UsageError(`--${name} is a number above 0, at most ${most[name]}.`)
  }
  return {
    ...usualAssumptions,
    minutes: read('minutes', usualAssumptions.minutes),
    turnsPerMinute: read('turns-per-minute', usualAssumptions.turnsPerMinute),
    wordsPerMinute: read('words-per-minute', usualAssumptions.wordsPerMinute),
  }
}
