import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runCli } from '../../test/terminal.ts'

const fixtures = new URL('../../test/fixtures/cli/', import.meta.url).pathname

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'voxgraph-cost-'))))
afterEach(() => rm(folder, { recursive: true }))

/** Runs it in the folder of the fixtures; files of the test are given by their whole path. */
const cost = (...args: readonly string[]) => runCli(['cost', ...args], { cwd: fixtures })
const write = async (name: string, text: string): Promise<string> => {
  const file = join(folder, name)
  await writeFile(file, text)
  return file
}

interface Line {
  readonly node: string
  readonly usage: Readonly<Record<string, number>>
  readonly usd: number
}
interface Printed {
  readonly turns: number
  readonly uncached: { readonly usd: number; readonly lines: readonly Line[] }
  readonly cached: Printed['uncached'] & { readonly cachedShare: number }
}
const printed = async (...args: readonly string[]): Promise<Printed> => {
  const { code, out, err } = await cost(...args, '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return JSON.parse(out) as Printed
}
const usageOf = ({ lines }: Printed['uncached'], id: string) =>
  lines.find(({ node }) => node === id)?.usage

/** Round prices: each unit is charged by something that can be added up in the head. */
const round = `date: 2026-01-02
prices:
  - { vendor: anthropic, per_million_input_tokens: 10, per_million_cache_write_tokens: 20, per_million_cache_read_tokens: 1, per_million_output_tokens: 100, cache_from_tokens: 0 }
  - { vendor: deepgram, per_audio_minute: 0.01 }
  - { vendor: cartesia, per_1000_characters: 0.1 }
  - { vendor: twilio, per_call_minute: 0.02 }
`

describe('voxgraph cost', () => {
  it('works out by the minute, by the character and by the token what a call costs', async () => {
    const prices = await write('prices.yaml', round)
    const { turns, uncached, cached } = await printed(
      'paid.yaml',
      '--minutes',
      '2',
      '--prices',
      prices,
    )
    expect(turns).toBe(8)
    // The bot says 2 min × 45 % × 150 words × 6 characters; it is 0.1 for a thousand of them.
    expect(usageOf(uncached, 'tts')).toEqual({ characters: 810 })
    expect(usageOf(uncached, 'stt')).toEqual({ audio_seconds: 120 })
    // A turn: the caller 2 × 35 % × 150 × 6 / 4 / 8 = 19.6875 tokens, the bot 25.3125, together 45.
    // 8 questions of the prompt (100) and the caller's words, and 45 × (0 + 1 + … + 7).
    expect(usageOf(uncached, 'llm')).toEqual({ input_tokens: 2218, output_tokens: 203 })
    // All but the last question is read once: 2217.5 − 434.6875. That one was written: 119.6875 + 7 × 45.
    expect(usageOf(cached, 'llm')).toEqual({
      cache_read_tokens: 1783,
      cache_write_tokens: 435,
      output_tokens: 203,
    })
    const fixed = 2 * 0.02 + 2 * 0.01 + 0.081
    expect(uncached.usd).toBeCloseTo(fixed + 0.02218 + 0.0203, 10)
    expect(cached.usd).toBeCloseTo(fixed + 0.001783 + 0.0087 + 0.0203, 10)
    expect(cached.cachedShare).toBeCloseTo(1783 / 2218, 10)
  })

  it('prints it by stage, and says what is assumed and how old the prices are', async () => {
    const prices = await write('prices.yaml', round)
    const { code, out } = await cost('paid.yaml', '--minutes', '2', '--prices', prices)
    expect(code).toBe(0)
    expect(out).toBe(`\
paid  a call of 2 minutes, 8 turns of the caller

                                                                                         without cache  with cache
  telephony  phone  twilio                       2.0 min                                       $0.0400     $0.0400
  stt        stt    deepgram nova-3              2.0 min of sound                              $0.0200     $0.0200
  llm        llm    anthropic claude-sonnet-4-5  2,218 tokens in (80 % cached), 203 out        $0.0425     $0.0308
  tts        tts    cartesia sonic-3             810 characters                                $0.0810     $0.0810
  call                                                                                         $0.1835     $0.1718
  minute                                                                                       $0.0917     $0.0859

assumed
  The caller speaks for 35 % of the time and the bot for 45 %, at 150 words of 6 characters a minute.
  The caller is answered 4 times a minute.
  A token is 4 characters. Each question tells the model its prompt, its tools and all that was said before.
  llm is told 100 tokens of prompt and 0 of tools, and at most 32,000 tokens of what was said. It is cached.
  Not in it: tools that are called, guesses that prove wrong, what is tried again, voices and models that stand in for others.

at your prices of 2026-01-02, else the list prices of 2026-11-21, not checked against an account
`)
  })

  it('has colours for a terminal that has them, and none where NO_COLOR forbids them', async () => {
    const on = async () => {
      const { out } = await runCli(['cost', 'paid.yaml'], { cwd: fixtures, isTTY: true })
      return out.includes('\u001b[')
    }
    const { NO_COLOR, FORCE_COLOR } = process.env
    try {
      delete process.env['NO_COLOR']
      process.env['FORCE_COLOR'] = '1'
      expect(await on()).toBe(true)
      delete process.env['FORCE_COLOR']
      process.env['NO_COLOR'] = '1'
      expect(await on()).toBe(false)
    } finally {
      Object.assign(process.env, { NO_COLOR, FORCE_COLOR })
      if (NO_COLOR === undefined) delete process.env['NO_COLOR']
      if (FORCE_COLOR === undefined) delete process.env['FORCE_COLOR']
    }
  })

  it('tells a model its tools, and divides a call among agents', async () => {
    const prices = await write('prices.yaml', round)
    const { turns, cached, uncached } = await printed(
      'paid-agents.yaml',
      ...['--minutes', '2', '--turns-per-minute', '2', '--prices', prices],
    )
    expect(turns).toBe(4)
    // Two agents: each speaks, and hears, for half of the call.
    expect(usageOf(uncached, 'billing/tts')).toEqual({ characters: 405 })
    expect(usageOf(uncached, 'stt')).toEqual({ audio_seconds: 120 })
    const [front, billing] = ['front/llm', 'billing/llm'].map((id) => usageOf(cached, id))
    expect(front?.['output_tokens']).toBe(billing?.['output_tokens'])
    // Whoever comes later is told what was said before.
    expect(billing?.['cache_write_tokens']).toBeGreaterThan(front?.['cache_write_tokens'] ?? 0)
    const told = await cost('paid-agents.yaml')
    expect(told.out).toContain('front/llm is told 3 tokens of prompt and 40 of tools')
    expect(told.out).toContain('Not in it either: questions to law.')
    expect(told.out).toContain('Agents have the floor one after the other')
  })

  it('names models whose price it does not know, and counts them without', async () => {
    const { code, out } = await cost('paid.yaml', '--set', 'model=claude-9')
    expect(code).toBe(0)
    expect(out).toMatch(/anthropic claude-9 .* unknown +unknown\n/)
    expect(out).toContain('no price is known for anthropic claude-9: the sums are without.')
    expect(out).toContain('No price of a cache is known.')
  })

  it('says of a graph without vendors that it costs nothing', async () => {
    const { code, out } = await runCli(['cost', 'graphs/front-desk.yaml', '--minutes', '1'])
    expect({ code, out }).toEqual({
      code: 0,
      out: 'front-desk  a call of 1 minute, 4 turns of the caller\n\n  It costs nothing: all of it runs in this process.\n',
    })
  })

  it('tells mistakes of the graph, and works out nothing', async () => {
    const { code, out, err } = await cost('wrong.yaml')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('error')
  })

  it.each([
    [[], 'Which graph?'],
    [['a.yaml', 'b.yaml'], 'One graph at a time.'],
    [['paid.yaml', '--minutes', '0'], '--minutes is a number above 0, at most 1440.'],
    [['paid.yaml', '--minutes', 'ten'], '--minutes is a number above 0'],
    [['paid.yaml', '--minutes', ''], '--minutes is a number above 0'],
    [['paid.yaml', '--turns-per-minute', '61'], '--turns-per-minute is a number above 0'],
    [['paid.yaml', '--words-per-minute', 'Infinity'], '--words-per-minute is a number above 0'],
    [['paid.yaml', '--euro'], "Unknown option '--euro'"],
  ])('refuses %j', async (args, reason) => {
    const { code, out, err } = await cost(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(reason)
    expect(err).toContain('usage: voxgraph cost ')
  })

  it('has help', async () => {
    const { code, out } = await cost('--help')
    expect(code).toBe(0)
    expect(out).toContain('  --turns-per-minute <value>  how often the caller is answered; 4\n')
  })
})

describe('prices of one’s own', () => {
  it.each([
    ['prices: [', 'Flow sequence'],
    ['just words', 'the table must be object'],
    ['{ date: 2026-1-2, prices: [] }', 'date must match pattern'],
    ['{ prices: [] }', "the table must have required property 'date'"],
    [
      '{ date: 2026-01-02, prices: [{ model: x }] }',
      "prices.0 must have required property 'vendor'",
    ],
    [
      '{ date: 2026-01-02, prices: [{ vendor: x, per_minute: 1 }] }',
      'prices.0 must NOT have additional properties: per_minute',
    ],
    [
      '{ date: 2026-01-02, prices: [{ vendor: x, per_call_minute: -1 }] }',
      'prices.0.per_call_minute must be >= 0',
    ],
    ['{ date: 2026-01-02, currency: EUR, prices: [] }', 'currency must be equal to constant'],
    ['&a [*a, *a]', 'the table must be object'],
  ])('are refused where they are no table: %s', async (text, reason) => {
    const file = await write('prices.yaml', text)
    await expect(cost('paid.yaml', '--prices', file)).rejects.toThrow(reason)
  })

  it('that are not there are told of', async () => {
    const missing = cost('paid.yaml', '--prices', 'no-such.yaml')
    await expect(missing).rejects.toThrow('no-such.yaml cannot be read: ')
  })
})
