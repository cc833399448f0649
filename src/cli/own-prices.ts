import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseDocument } from 'yaml'
import { fileFault } from '../audio/file-fault.ts'
import { pricesSchema, type Prices, type PriceTable } from '../observe/prices.ts'
import { createValidators } from '../schema/compile.ts'
import type { CommandArgs } from './command.ts'

/** The option `--prices` of a command, and its line of help. */
export const pricesOption = {
  option: { type: 'string' },
  describe: 'file with your own prices; what it leaves out is at list price (docs/cost.md)',
} as const

/** A file of prices that cannot be used. */
class PricesError extends Error {
  override readonly name = 'PricesError'
  readonly help =
    'docs/cost.md shows what stands in it, for example: { date: 2026-11-21, prices: [{ vendor: deepgram, model: nova-3*, per_audio_minute: 0.0052 }] }'
}

/** Largest file of prices that is read, in characters; a table has a few thousand. */
const largest = 1_000_000

/**
 * The prices that a command was given, before those of the list; none where it was given none.
 * @throws PricesError that says where the first fault is
 */
export async function readOwnPrices(values: CommandArgs['values'], cwd: string): Promise<Prices> {
  const { prices: file } = values
  if (typeof file !== 'string') return []
  let text: string
  try {
    text = await readFile(resolve(cwd, file), 'utf8')
  } catch (thrown) {
    throw new PricesError(`${file} cannot be read: ${fileFault(thrown)}`)
  }
  return [readPrices(text, file)]
}

/**
 * Reads a table of prices, YAML or JSON. `name` is for messages.
 * @throws PricesError that says where the first fault is
 */
export function readPrices(text: string, name: string): PriceTable {
  if (text.length > largest) throw new PricesError(`${name} is longer than ${largest} characters`)
  // A date stands there as text: the core schema knows no dates.
  const document = parseDocument(text, { prettyErrors: true, schema: 'core' })
  const [fault] = document.errors
  if (fault !== undefined) throw new PricesError(`${name}: ${fault.message}`)
  let table: unknown
  try {
    table = document.toJS({ maxAliasCount: 100 })
  } catch (thrown) {
    throw new PricesError(`${name}: ${(thrown as Error).message}`)
  }
  const [issue] = createValidators().of(pricesSchema)(table)
  if (issue === undefined) return table as PriceTable
  const { pointer, message, params } = issue
  const place = pointer.split('/').slice(1).join('.') || 'the table'
  const unknown = params['additionalProperty']
  throw new PricesError(
    `${name}: ${place} ${message}${unknown === undefined ? '' : `: ${String(unknown)}`}`,
  )
}
