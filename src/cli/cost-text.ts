import type { Usage } from '../frames/index.ts'
import { modelName, type CallCost, type CostLine } from '../observe/cost.ts'
import { listPrices, type Prices } from '../observe/prices.ts'
import type { Paint } from './paint.ts'

/** `$0.0246`; `unknown` where nothing of it has a price, `$0.0246 + unknown` where some of it has none. */
export function usdOf({
  usd,
  unpriced,
}: {
  readonly usd: number
  readonly unpriced: readonly unknown[]
}): string {
  if (unpriced.length === 0) return dollars(usd)
  return usd === 0 ? 'unknown' : `${dollars(usd)} + unknown`
}

/** `$0.0246`, `$12.50` */
export const dollars = (usd: number): string => `$${usd.toFixed(usd < 10 ? 4 : 2)}`

/** `41,200 tokens in (83 % cached), 512 out` */
export function quantity(usage: Usage): string {
  const {
    input_tokens: fresh = 0,
    cache_read_tokens: read = 0,
    cache_write_tokens: write = 0,
  } = usage
  const input = fresh + read + write
  const share = read === 0 ? '' : ` (${Math.round((read / input) * 100)} % cached)`
  const told = [
    input === 0 ? '' : `${count(input)} tokens in${share}`,
    usage.output_tokens === undefined ? '' : `${count(usage.output_tokens)} out`,
    usage.characters === undefined ? '' : `${count(usage.characters)} characters`,
    usage.audio_seconds === undefined
      ? ''
      : `${(usage.audio_seconds / 60).toFixed(1)} min of sound`,
    usage.call_minutes === undefined ? '' : `${usage.call_minutes.toFixed(1)} min`,
  ]
  return told.filter((text) => text !== '').join(', ')
}

/** `1,204` */
export const count = (amount: number): string => Math.round(amount).toLocaleString('en-US')

/** What a call cost, line by line; empty where no vendor was at work. `own` prices went before the list. */
export function costTable(cost: CallCost, own: Prices, paint: Paint): string {
  if (cost.lines.length === 0) return ''
  const { unpriced } = cost
  const rows = cost.lines.map((line) => [...about(line), quantity(line.usage), usdOf(line)])
  const total = unpriced.length === 0 ? '' : `without ${unpriced.join(', ')}`
  const head = ['stage', 'node', 'model', 'used', 'cost']
  const lines = columns([head, ...rows, ['call', '', '', total, dollars(cost.usd)]])
  const isBold = (index: number): boolean => index === 0 || index === lines.length - 1
  const told = lines.map((line, index) => (isBold(index) ? paint('bold', line) : line))
  return `${[...told, paint('dim', `  ${pricesNote(own)}`)].join('\n')}\n`
}

/** Stage, node and model of a line. */
export const about = (line: Pick<CostLine, 'stage' | 'node' | 'vendor' | 'model'>): string[] => [
  line.stage,
  line.node,
  modelName(line),
]

/** `at the list prices of 2026-11-21, which nobody has checked against an account` */
export function pricesNote(own: Prices): string {
  const given = own.map(({ date }) => `your prices of ${date}, `).join('')
  const list = `the list prices of ${listPrices.date}, not checked against an account`
  return given === '' ? `at ${list}` : `at ${given}else ${list}`
}

/** Cells under each other; the last ones of a row are numbers, so many of them. */
export function columns(rows: readonly (readonly string[])[], numbers = 1): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  )
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0
      return column >= row.length - numbers ? cell.padStart(width) : cell.padEnd(width)
    })
    return `  ${cells.join('  ')}`.trimEnd()
  })
}
