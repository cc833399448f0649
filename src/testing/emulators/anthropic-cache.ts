import { createHash } from 'node:crypto'
import type { Clock } from '../../time/clock.ts'
import { blocksOf, type MessageBody } from './anthropic-request.ts'

/** Characters in a token of ordinary English. */
const lettersPerToken = 4
/** Places that a mark is compared with what is kept: its own, and those before it. */
const lookBack = 20
/** How long it is kept after it was last used, in ms. */
const lifeMs = { '5m': 300_000, '1h': 3_600_000 } as const
type Life = keyof typeof lifeMs

/** Shortest beginning that each family of models keeps, in tokens: the vendor's table of 2026. */
const shortest: readonly (readonly [models: RegExp, tokens: number])[] = [
  [/haiku-4-5|opus-4-[56]/, 4096],
  [/opus-4-7/, 2048],
  [/(opus|fable|mythos)-5/, 512],
]
/** The same for all others. */
const usualShortest = 1024

/** Where the tokens of a request came from. Their sum is all of it. */
export interface CachedTokens {
  readonly input: number
  readonly read: number
  readonly written: { readonly [life in Life]: number }
}

/** Something in a request that is read in one piece, and whether it is marked to be kept. */
interface Piece {
  /** Of everything up to and with it. */
  readonly hash: string
  /** Tokens up to and with it. */
  readonly tokens: number
  readonly life: Life | undefined
}

/**
 * What the service keeps of requests: beginnings, by their bytes, each up to a mark, for five minutes or an
 * hour after it was used last. A request reads the longest that it begins with and that ends at one of its
 * marks, or at most 19 blocks before one.
 */
export class PromptCache {
  readonly #clock: Pick<Clock, 'now'>
  readonly #kept = new Map<string, { readonly life: Life; until: number }>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** Reads what is kept of a request, and keeps what it marks. */
  take(body: MessageBody): CachedTokens {
    const pieces = piecesOf(body)
    const least = shortest.find(([models]) => models.test(body.model))?.[1] ?? usualShortest
    const marks = pieces.flatMap(({ life, tokens }, index) =>
      life !== undefined && tokens >= least ? [{ index, life }] : [],
    )
    const found = this.#longest(pieces, marks)
    const read = pieces[found]?.tokens ?? 0
    const written = { '5m': 0, '1h': 0 }
    let done = read
    for (const { index, life } of marks) {
      const piece = pieces[index]
      if (piece === undefined || index < found) continue
      this.#keep(piece.hash, life)
      written[life] += piece.tokens - done
      done = piece.tokens
    }
    return { input: (pieces.at(-1)?.tokens ?? 0) - done, read, written }
  }

  /** Place of the last piece of the longest beginning that is kept; -1 when there is none. */
  #longest(pieces: readonly Piece[], marks: readonly { readonly index: number }[]): number {
    for (const { index } of marks.toReversed()) {
      for (let at = index; at >= 0 && at > index - lookBack; at--) {
        const hash = pieces[at]?.hash ?? ''
        const kept = this.#kept.get(hash)
        if (kept === undefined || kept.until < this.#clock.now()) continue
        kept.until = this.#clock.now() + lifeMs[kept.life]
        return at
      }
    }
    return -1
  }

  #keep(hash: string, life: Life): void {
    this.#kept.set(hash, { life, until: this.#clock.now() + lifeMs[life] })
  }
}

/** A request in the order in which it is read: tools, prompt, what was said. */
function piecesOf(body: MessageBody): readonly Piece[] {
  const hash = createHash('sha256').update(body.model)
  let letters = 0
  const piece = (value: object): Piece => {
    const { cache_control: mark, ...rest } = value as { cache_control?: { ttl?: Life } | null }
    const text = JSON.stringify(rest)
    letters += text.length
    hash.update(`\n${text}`)
    const tokens = Math.ceil(letters / lettersPerToken)
    return {
      hash: hash.copy().digest('base64'),
      tokens,
      life: mark ? (mark.ttl ?? '5m') : undefined,
    }
  }
  const { tools = [], system = [], messages, tool_choice: choice, thinking } = body
  const before = [...tools, ...blocksOf(system)].map(piece)
  // How it is to answer does not touch what is kept of tools and prompt, but all that was said.
  hash.update(JSON.stringify([choice, thinking]))
  const said = messages.flatMap(({ role, content }) =>
    blocksOf(content).map((block) => piece({ role, ...block })),
  )
  const last = said.at(-1)
  const all = [...before, ...said.slice(0, -1)]
  if (last === undefined) return all
  const life = body.cache_control ? (body.cache_control.ttl ?? '5m') : last.life
  return [...all, { ...last, life }]
}
