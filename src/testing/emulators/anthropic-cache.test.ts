import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../../time/virtual-clock.ts'
import { PromptCache } from './anthropic-cache.ts'
import type { ContentBlock, MessageBody } from './anthropic-request.ts'

const mark = { cache_control: { type: 'ephemeral' } } as const
/** A block of so many tokens, of 4 characters. */
const block = (tokens: number, name: string, more: object = {}): ContentBlock => {
  const empty = JSON.stringify({ role: 'user', type: 'text', text: name }).length
  return { type: 'text', text: name + '.'.repeat(tokens * 4 - empty), ...more }
}
const asked = (content: readonly ContentBlock[], more: Partial<MessageBody> = {}): MessageBody => ({
  ...{ model: 'claude-sonnet-4-6', max_tokens: 100, messages: [{ role: 'user', content }] },
  ...more,
})

describe('the prompt cache of the emulator', () => {
  const clock = createVirtualClock()
  const usage = (cache: PromptCache, body: MessageBody): readonly number[] => {
    const { read, written, input } = cache.take(body)
    return [read, written['5m'] + written['1h'], input]
  }

  it('keeps what is marked, reads it when the next request begins with it, and adds what is new', () => {
    const cache = new PromptCache(clock)
    expect(usage(cache, asked([block(2000, 'a', mark), block(10, 'x')]))).toEqual([0, 2000, 10])
    expect(usage(cache, asked([block(2000, 'a', mark), block(10, 'y')]))).toEqual([2000, 0, 10])
    expect(usage(cache, asked([block(2000, 'a'), block(10, 'y'), block(300, 'b', mark)]))).toEqual([
      2000, 310, 0,
    ])
    expect(usage(cache, asked([block(2000, 'b', mark), block(10, 'x')]))).toEqual([0, 2000, 10])
  })

  it('keeps nothing that is shorter than the model keeps, and nothing without a mark', () => {
    const cache = new PromptCache(clock)
    for (let n = 0; n < 2; n++) {
      expect(usage(cache, asked([block(1000, 'a', mark)]))).toEqual([0, 0, 1000])
      expect(usage(cache, asked([block(3000, 'b')]))).toEqual([0, 0, 3000])
      const haiku = asked([block(4000, 'c', mark)], { model: 'claude-haiku-4-5' })
      expect(usage(cache, haiku)).toEqual([0, 0, 4000])
    }
  })

  it('has one for each model, and one for what was said under another choice of tools', () => {
    const cache = new PromptCache(clock)
    const system = [block(2000, 'prompt', mark)]
    const body = asked([block(500, 'a', mark)], { system })
    usage(cache, body)
    expect(usage(cache, body)[1]).toBe(0)
    expect(usage(cache, { ...body, model: 'claude-sonnet-5' })[0]).toBe(0)
    const none = { ...body, tools: [], tool_choice: { type: 'none' } }
    const [read = 0] = usage(cache, none)
    expect(read).toBeGreaterThan(1900)
    expect(read).toBeLessThan(2001)
  })

  it('looks twenty blocks back from a mark and no further', () => {
    const cache = new PromptCache(clock)
    const more = (count: number, last: object) =>
      Array.from({ length: count }, (_, n) => block(20, `m${n}`, n === count - 1 ? last : {}))
    usage(cache, asked([block(2000, 'a', mark)]))
    expect(usage(cache, asked([block(2000, 'a'), ...more(19, mark)]))[0]).toBe(2000)
    const other = new PromptCache(clock)
    usage(other, asked([block(2000, 'a', mark)]))
    expect(usage(other, asked([block(2000, 'a'), ...more(20, mark)]))[0]).toBe(0)
    const third = new PromptCache(clock)
    usage(third, asked([block(2000, 'a', mark)]))
    expect(usage(third, asked([block(2000, 'a', mark), ...more(30, mark)]))[0]).toBe(2000)
  })

  it('forgets after five minutes in which nobody asked, or an hour', async () => {
    for (const [ttl, minutes] of [['5m', 5] as const, ['1h', 60] as const]) {
      const cache = new PromptCache(clock)
      const body = asked([block(2000, 'a', { cache_control: { type: 'ephemeral', ttl } })])
      const readAfter = async (waited: number): Promise<number | undefined> => {
        await clock.advance(waited * 60_000)
        return usage(cache, body)[0]
      }
      expect(await readAfter(0)).toBe(0)
      expect(await readAfter(minutes - 1)).toBe(2000)
      expect(await readAfter(minutes - 1)).toBe(2000)
      expect(await readAfter(minutes + 1)).toBe(0)
    }
  })
})
