import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { fastCall } from './fast.ts'
import { hearing } from './hearing.ts'
import { frameLatency, hopCost } from './hop.ts'
import { interruption } from './interrupt.ts'
import { load } from './load.ts'
import { startUp } from './start-up.ts'
import { turnShare } from './turn.ts'

const help = `Measures what the framework itself costs and holds it against the budgets.

usage: npm run bench -- [--json <file>] [--only <name>]

  --json <file>   write the figures as one flat JSON object
  --only <name>   one of: hop, frame, interrupt, turn, load, start, hearing, fast
`

const benches: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  hop: hopCost,
  frame: frameLatency,
  interrupt: interruption,
  turn: turnShare,
  load,
  start: startUp,
  hearing,
  fast: fastCall,
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help === true) {
  process.stdout.write(help)
  process.exit(0)
}

const budgets = JSON.parse(
  readFileSync(new URL('./budgets.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, number>>
const chosen = Object.entries(benches).filter(([name]) => (values.only ?? name) === name)
if (chosen.length === 0) {
  process.stderr.write(`There is no benchmark "${values.only}".\n${help}`)
  process.exit(2)
}

const figures: Record<string, number> = {}
for (const [name, bench] of chosen) {
  process.stderr.write(styleText('dim', `${name} …\n`, { stream: process.stderr }))
  Object.assign(figures, await bench())
}

let isOver = false
const rows = Object.entries(figures).map(([key, value]) => {
  const budget = budgets[key]
  const over = budget !== undefined && value > budget
  isOver ||= over
  const verdict =
    budget === undefined ? '' : over ? styleText('red', 'over') : styleText('green', 'ok')
  return `${key.padEnd(20)}${show(value).padStart(10)}${(budget === undefined ? '' : show(budget)).padStart(10)}  ${verdict}`
})
process.stdout.write(`${'figure'.padEnd(20)}${'measured'.padStart(10)}${'budget'.padStart(10)}\n`)
process.stdout.write(`${rows.join('\n')}\n`)
if (values.json !== undefined) {
  mkdirSync(dirname(values.json), { recursive: true })
  writeFileSync(values.json, `${JSON.stringify(figures, null, 2)}\n`)
}
process.exitCode = isOver ? 1 : 0

function show(value: number): string {
  if (Number.isInteger(value)) return `${value}`
  return value.toFixed(Math.abs(value) < 10 ? 3 : 1)
}
