import { usageUnits, type Usage, type UsageUnit } from '../frames/index.ts'
import type { Infer } from '../schema/infer.ts'
import type { JsonSchema } from '../schema/json-schema.ts'
import listed from '../../schemas/prices.json' with { type: 'json' }

/** Most that a price may be, in USD: more is a mistake of the comma. */
const price = { type: 'number', minimum: 0, maximum: 10_000 } as const satisfies JsonSchema
const name = { type: 'string', minLength: 1, maxLength: 100 } as const satisfies JsonSchema

/** JSON Schema of a table of prices, as it stands in a file. */
export const pricesSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['date', 'prices'],
  properties: {
    date: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
    currency: { const: 'USD' },
    note: { type: 'string', maxLength: 1000 },
    prices: {
      type: 'array',
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['vendor'],
        properties: {
          vendor: name,
          model: { ...name, description: '`*` stands for any text; left out: any model.' },
          per_million_input_tokens: price,
          per_million_cache_read_tokens: price,
          per_million_cache_write_tokens: price,
          per_million_output_tokens: price,
          per_1000_characters: price,
          per_audio_minute: price,
          per_call_minute: price,
          cache_from_tokens: {
            type: 'integer',
            minimum: 0,
            description: 'A prompt that is shorter is not cached.',
          },
          source: { type: 'string', maxLength: 300 },
        },
      },
    },
  },
} as const satisfies JsonSchema

/** Prices of vendors, and the day they are of. In USD. */
export type PriceTable = Infer<typeof pricesSchema>

/** What one model of a vendor costs. */
export type Price = PriceTable['prices'][number]

/** Tables in which a price is looked for: the first that has it wins. */
export type Prices = readonly PriceTable[]

/** The list prices that come along. Nobody has checked them against an account. */
export const listPrices = listed as PriceTable

/** How each unit stands in a table, and how many of it that price is for. */
const prices: Readonly<Record<UsageUnit, { readonly key: keyof Price; readonly of: number }>> = {
  input_tokens: { key: 'per_million_input_tokens', of: 1_000_000 },
  cache_read_tokens: { key: 'per_million_cache_read_tokens', of: 1_000_000 },
  cache_write_tokens: { key: 'per_million_cache_write_tokens', of: 1_000_000 },
  output_tokens: { key: 'per_million_output_tokens', of: 1_000_000 },
  characters: { key: 'per_1000_characters', of: 1000 },
  audio_seconds: { key: 'per_audio_minute', of: 60 },
  call_minutes: { key: 'per_call_minute', of: 1 },
}

/** What is charged, as far as it is known. */
export interface Charge {
  readonly usd: number
  /** Units that were used and that no price is known for. */
  readonly unpriced: readonly UsageUnit[]
}

/** What a vendor charges for what it was asked to do. */
export function chargeOf(tables: Prices, vendor: string, model: string, used: Usage): Charge {
  let usd = 0
  const unpriced: UsageUnit[] = []
  for (const unit of usageUnits) {
    const amount = used[unit] ?? 0
    if (amount === 0) continue
    const { key, of } = prices[unit]
    const found = priceOf(tables, vendor, model, key)
    if (found === undefined) unpriced.push(unit)
    else usd += (amount / of) * found
  }
  return { usd, unpriced }
}

/**
 * A figure of a model: of each table the first entry that fits counts, and the next table is asked for what
 * that leaves out.
 */
export function priceOf(
  tables: Prices,
  vendor: string,
  model: string,
  key: keyof Price,
): number | undefined {
  for (const { prices: entries } of tables) {
    const entry = entries.find((one) => one.vendor === vendor && fits(one.model, model))
    const figure = entry?.[key]
    if (typeof figure === 'number') return figure
  }
  return undefined
}

/** True for the names that a pattern with `*` in it stands for. */
function fits(pattern: string | undefined, model: string): boolean {
  if (pattern === undefined) return true
  const [first = '', ...rest] = pattern.split('*')
  if (!model.startsWith(first)) return false
  if (rest.length === 0) return model === first
  const last = rest.pop() ?? ''
  let at = first.length
  for (const part of rest) {
    const found = model.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return model.length - last.length >= at && model.endsWith(last)
}
