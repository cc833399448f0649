import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs, styleText } from 'node:util'
import { bargeInWire } from './bargein-wire.ts'
import { cloud } from './cloud.ts'
import { dailyBridge } from './daily.ts'
import { fastCall } from './fast.ts'
import { handoff } from './handoff.ts'
import { hearing } from './hearing.ts'
import { hold } from './hold.ts'
import { frameLatency, hopCost } from './hop.ts'
import { hour } from './hour.ts'
import { interruptions } from './interruptions/index.ts'
import { interruption } from './interrupt.ts'
import { load } from './load.ts'
import { servedLoad } from './serve/load.ts'
import { siege } from './serve/siege.ts'
import { startUp } from './start-up.ts'
import { turnShare } from './turn.ts'
import { vadCost } from './vad.ts'

const help = `Measures what the framework itself costs and holds it against the budgets.

usage: npm run bench -- [--json <file>] [--only <name>]

  --json <file>   write the figures as one flat JSON object
  --write         write the tables and pictures in docs/ anew
  --only <name>   one of: hop, frame, interrupt, hold, turn, load, start, hearing, fast, hour,
                  handoff (half a minute, in real time),
                  interruptions (a minute and a half, in real time), vad, bargein,
                  cloud (a minute, in real time), served, siege (half a minute each, in real time),
                  daily (a minute, in real time, with Chromium)
`

const benches: Readonly<Record<string, (write: boolean) => Promise<Record<string, number>>>> = {
  hop: hopCost,
  frame: frameLatency,
  interrupt: interruption,
  hold,
  turn: turnShare,
  load,
  start: startUp,
  hearing,
  fast: fastCall,
  hour,
  handoff,
  interruptions,
  vad: vadCost,
  bargein: bargeInWire,
  cloud,
  served: servedLoad,
  siege,
  daily: dailyBridge,
}

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
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
  Object.assign(figures, await bench(values.write))
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
