import type { Asked, LongCall } from './long-call.ts'

/** Price of a token that is put into the cache for five minutes, and of one that is read, of an input token. */
const [writePrice, readPrice] = [1.25, 0.1]

/** Tokens that came in with some questions, by where they came from. */
export interface Input {
  readonly read: number
  readonly written: number
  readonly plain: number
}

/** Adds up what questions have cost. */
export const inputOf = (asked: readonly Asked[]): Input =>
  asked.reduce(
    ({ read, written, plain }, { usage }) => ({
      read: read + usage.cache_read_tokens,
      written: written + usage.cache_write_tokens,
      plain: plain + usage.input_tokens,
    }),
    { read: 0, written: 0, plain: 0 },
  )

/** Share of the input that came out of the cache, 0 to 1. */
export const shareOf = ({ read, written, plain }: Input): number =>
  read / Math.max(1, read + written + plain)

/** What the input cost, of what it would have cost without a cache. */
const priceOf = ({ read, written, plain }: Input): number =>
  (readPrice * read + writePrice * written + plain) / Math.max(1, read + written + plain)

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`
const minutes = (ms: number): string =>
  `${Math.floor(ms / 60_000)}:${String(Math.floor((ms / 1000) % 60)).padStart(2, '0')}`

/** Lines of a table, its columns as wide as they need to be. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rule = `|${head.map((_, index) => (index === 0 ? '---' : '--:')).join('|')}|`
  return [line(head), rule, ...rows.map(line)].join('\n')
}

/** Every question of a call, or every so-manyth. */
export function questionTable({ asked }: LongCall, every: number): string {
  const rows = asked.flatMap(({ at, usage }, index) => {
    const isShown = index < 3 || (index + 1) % every === 0 || index === asked.length - 1
    if (!isShown) return []
    const { cache_read_tokens: read, cache_write_tokens: write, input_tokens: plain } = usage
    const now = shareOf(inputOf(asked.slice(index, index + 1)))
    const soFar = shareOf(inputOf(asked.slice(0, index + 1)))
    const figures = [read, write, plain].map(String)
    return [[String(index + 1), minutes(at), ...figures, percent(now), percent(soFar)]]
  })
  return table(['question', 'at', 'read', 'written', 'neither', 'of it read', 'so far'], rows)
}

/** Calls beside each other. */
export function callTable(calls: readonly (readonly [name: string, call: LongCall])[]): string {
  const rows = calls.map(([name, { asked }]) => {
    const until = (min: number): string =>
      percent(shareOf(inputOf(asked.filter(({ at }) => at < min * 60_000))))
    return [name, until(1), until(5), until(16), percent(priceOf(inputOf(asked)))]
  })
  return table(['', 'after 1 min', '5 min', '15 min', 'price of the input'], rows)
}
