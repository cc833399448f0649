import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../sources.ts'
import { longCall, longPrompt, type LongCall, type RequestBody } from './long-call.ts'
import { blocksOf, markedBlocks, prefixFault, sameBlocks } from './prefix.ts'
import { callTable, inputOf, questionTable, shareOf } from './tables.ts'

const shortPrompt = longPrompt.split('\n', 5).join('\n')
const page = join(root, 'docs', 'caching.md')

describe('a call of fifteen minutes with Claude', () => {
  let call: LongCall
  let bodies: readonly RequestBody[] = []
  beforeAll(async () => {
    call = await longCall(longPrompt)
    bodies = call.asked.map(({ body }) => body)
  })

  it('has turns, interruptions, tools and jobs, and nothing in it that the service would refuse', () => {
    expect(call.turns).toBeGreaterThan(60)
    expect(call.interruptions).toBeGreaterThan(5)
    expect(call.toolCalls).toBeGreaterThan(20)
    expect(call.violations).toEqual([])
    expect(call.warnings).toEqual([])
    expect(JSON.stringify(bodies)).toContain('late-result')
  })

  it('reads more than four fifths of its input from the cache, and more with every minute', () => {
    const shares = call.asked.map((_, index) => shareOf(inputOf(call.asked.slice(0, index + 1))))
    expect(shares.at(-1)).toBeGreaterThan(0.95)
    expect(shares.findIndex((share) => share > 0.8)).toBeLessThan(8)
    expect(shares.slice(8).every((share) => share > 0.8)).toBe(true)
    // The brain reports the same, question by question.
    const reported = call.asked.map(({ usage }) => shareOf(inputOf([{ ...call.asked[0]!, usage }])))
    expect(call.shares).toEqual(reported)
  })

  it('begins every question with the bytes of the one before', () => {
    const faults = bodies.slice(1).map((body, index) => prefixFault(bodies[index]!, body))
    expect(faults.filter((fault) => fault !== undefined)).toEqual([])
    // And nearly always with all that was kept of it.
    const whole = bodies.slice(1).filter((body, index) => {
      const earlier = bodies[index]!
      return sameBlocks(blocksOf(earlier), blocksOf(body)) >= markedBlocks(earlier)
    })
    expect(whole.length / bodies.length).toBeGreaterThan(0.8)
  })

  it('finds what was sent before the first question', () => {
    const [prewarm, first] = call.asked
    expect(prewarm?.body.max_tokens).toBe(0)
    expect(first?.usage.cache_read_tokens).toBe(prewarm?.usage.cache_write_tokens)
    expect(first?.usage.cache_read_tokens).toBeGreaterThan(4096)
  })

  it('would be caught with the time of day in its prompt, a tool that goes away, or a turn told otherwise', () => {
    const [earlier, later] = [bodies[40]!, bodies[41]!]
    const changed = (body: RequestBody, of: Partial<RequestBody>): RequestBody => ({
      ...body,
      ...of,
    })
    expect(prefixFault(earlier, later)).toBeUndefined()
    const dated = [...later.system, { type: 'text', text: 'It is 10:31.' }].toReversed()
    expect(prefixFault(earlier, changed(later, { system: dated }))).toMatch('10:31')
    expect(
      prefixFault(earlier, changed(later, { tools: later.tools?.slice(1) ?? [] })),
    ).toBeDefined()
    const messages = later.messages.with(4, {
      role: 'user',
      content: [{ type: 'text', text: '?' }],
    })
    expect(prefixFault(earlier, changed(later, { messages }))).toBeDefined()
  })

  it('is told in docs/caching.md as it is today', async () => {
    const calls = [
      ['`claude-haiku-4-5`, prompt and tools of 4400 tokens', call],
      ['the same, not sent beforehand', await longCall(longPrompt, { prewarm: false })],
      ['`claude-haiku-4-5`, 500 tokens', await longCall(shortPrompt)],
      [
        '`claude-sonnet-4-6`, 500 tokens',
        await longCall(shortPrompt, { model: 'claude-sonnet-4-6' }),
      ],
      ['`cache: off`', await longCall(longPrompt, { cache: 'off' })],
    ] as const
    const text = await readFile(page, 'utf8')
    const shown = [
      ['questions', questionTable(call, 10)],
      ['calls', callTable(calls)],
    ] as const
    const now = shown.reduce((page, [name, table]) => put(page, name, table), text)
    if (process.env['UPDATE_FIXTURES'] === '1') await writeFile(page, now)
    expect(await readFile(page, 'utf8')).toBe(now)
  })
})

/** A page with a table between its marks. */
const put = (page: string, name: string, table: string): string =>
  page.replace(
    new RegExp(`(<!-- ${name} -->\\n).*?(<!-- /${name} -->)`, 's'),
    (_, from: string, to: string) => `${from}\n${table}\n\n${to}`,
  )
