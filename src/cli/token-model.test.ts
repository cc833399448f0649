import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { askThrough, type Mind } from './token-model.ts'

/** Ten tokens of the caller and twenty of the bot in each turn. */
const talk = { turns: 4, callerTokens: 10, botTokens: 20 }
const all = { from: 0, to: 4, isCached: true }
const mind: Mind = { prefixTokens: 100, windowTokens: Infinity, keptTurns: 3, cacheFrom: 0 }

describe('the tokens of a call', () => {
  it('are those of the prefix and of all that was said, in every question', () => {
    // 110 + 140 + 170 + 200
    expect(askThrough(mind, talk, { ...all, isCached: false })).toEqual({
      input_tokens: 620,
      output_tokens: 80,
    })
  })

  it('are read from the cache as far as the question before had them', () => {
    // Written: 110, then 30 each time. Read: 110 + 140 + 170.
    expect(askThrough(mind, talk, all)).toEqual({
      cache_write_tokens: 200,
      cache_read_tokens: 420,
      output_tokens: 80,
    })
  })

  it('are not cached before a question is long enough', () => {
    // 110 and 140 are too short; 170 is written, then read, and 30 are written.
    expect(askThrough({ ...mind, cacheFrom: 150 }, talk, all)).toEqual({
      input_tokens: 250,
      cache_write_tokens: 200,
      cache_read_tokens: 170,
      output_tokens: 80,
    })
    const never = { ...mind, cacheFrom: undefined }
    expect(askThrough(never, talk, all)).toEqual(
      askThrough(never, talk, { ...all, isCached: false }),
    )
  })

  it('are no more than the window holds; what is behind the prefix is written anew when it slides', () => {
    const narrow = { ...mind, windowTokens: 80, keptTurns: 1 }
    // Of what was said: 10, 40, 70, then 100, which is too much: two turns go, and 40 are left.
    expect(askThrough(narrow, talk, { ...all, isCached: false })).toEqual({
      input_tokens: 110 + 140 + 170 + 140,
      output_tokens: 80,
    })
    expect(askThrough(narrow, talk, all)).toEqual({
      cache_write_tokens: 110 + 30 + 30 + 40,
      cache_read_tokens: 110 + 140 + 100,
      output_tokens: 80,
    })
    // A prefix that is too short by itself is not in the cache by itself.
    expect(askThrough({ ...narrow, cacheFrom: 105 }, talk, all)).toMatchObject({
      cache_read_tokens: 110 + 140,
    })
  })

  it('of whoever comes later have the whole call before them', () => {
    // Turns three and four: 170 is written, then read.
    expect(askThrough(mind, talk, { ...all, from: 2 })).toEqual({
      cache_write_tokens: 200,
      cache_read_tokens: 170,
      output_tokens: 40,
    })
  })

  it('are as many with a cache as without, whatever is said', () => {
    const minds = fc.record({
      prefixTokens: fc.nat(3000),
      windowTokens: fc.oneof(fc.constant(Infinity), fc.integer({ min: 100, max: 3000 })),
      keptTurns: fc.nat(4),
      cacheFrom: fc.option(fc.nat(2000), { nil: undefined }),
    })
    const talks = fc.record({
      turns: fc.integer({ min: 1, max: 200 }),
      callerTokens: fc.nat(100),
      botTokens: fc.nat(100),
    })
    fc.assert(
      fc.property(minds, talks, fc.nat(200), (mind, talk, first) => {
        const asking = { from: Math.min(first, talk.turns), to: talk.turns }
        const plain = askThrough(mind, talk, { ...asking, isCached: false })
        const cached = askThrough(mind, talk, { ...asking, isCached: true })
        const { input_tokens = 0, cache_read_tokens = 0, cache_write_tokens = 0 } = cached
        expect(input_tokens + cache_read_tokens + cache_write_tokens).toBe(plain.input_tokens ?? 0)
        expect(cached.output_tokens).toBe(plain.output_tokens)
      }),
    )
  })
})
