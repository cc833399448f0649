import { describe, expect, it } from 'vitest'
import { createValidators } from '../schema/compile.ts'
import { chargeOf, listPrices, pricesSchema, priceOf, type PriceTable } from './prices.ts'

const table = (...prices: PriceTable['prices']): PriceTable => ({ date: '2026-01-02', prices })

describe('the list prices', () => {
  it('have the form of a table, and name where they come from', () => {
    expect(createValidators().of(pricesSchema)(structuredClone(listPrices))).toEqual([])
    expect(listPrices.currency).toBe('USD')
    for (const { source } of listPrices.prices) expect(source).toMatch(/^[a-z]+\.[a-z]/)
  })

  it('know what the usual models of the vendors that come along cost', () => {
    const million = { input_tokens: 1e6, output_tokens: 1e6 }
    const models: readonly (readonly [string, string, object])[] = [
      ['deepgram', 'nova-3', { audio_seconds: 60 }],
      ['deepgram', 'nova-3-medical', { audio_seconds: 60 }],
      ['deepgram', 'flux-general-en', { audio_seconds: 60 }],
      ['deepgram', 'aura-2-thalia-en', { characters: 1000 }],
      ['anthropic', 'claude-haiku-4-5', million],
      ['anthropic', 'claude-sonnet-4-5-20250929', million],
      ['anthropic', 'claude-opus-4-5', million],
      ['cartesia', 'sonic-3', { characters: 1000 }],
      ['elevenlabs', 'eleven_flash_v2_5', { characters: 1000 }],
      ['openai', 'gpt-4o-mini', million],
      ['openai', 'gpt-4.1-mini', million],
      ['openai', 'gpt-4o-mini-tts', { characters: 1000 }],
      ['openai', 'gpt-4o-transcribe', { audio_seconds: 60 }],
      ['openai', 'whisper-1', { audio_seconds: 60 }],
      ['twilio', '', { call_minutes: 1 }],
      ['daily', '', { call_minutes: 1 }],
    ]
    const charges = models.map(([vendor, model, used]) => {
      const { usd, unpriced } = chargeOf([listPrices], vendor, model, used)
      return `${vendor} ${model} ${+usd.toFixed(6)}${unpriced.join()}`
    })
    expect(charges).toEqual([
      'deepgram nova-3 0.0077',
      'deepgram nova-3-medical 0.0077',
      'deepgram flux-general-en 0.0077',
      'deepgram aura-2-thalia-en 0.03',
      'anthropic claude-haiku-4-5 6',
      'anthropic claude-sonnet-4-5-20250929 18',
      'anthropic claude-opus-4-5 30',
      'cartesia sonic-3 0.05',
      'elevenlabs eleven_flash_v2_5 0.06',
      'openai gpt-4o-mini 0.75',
      'openai gpt-4.1-mini 2',
      'openai gpt-4o-mini-tts 0.017',
      'openai gpt-4o-transcribe 0.006',
      'openai whisper-1 0.006',
      'twilio  0.0125',
      'daily  0.00198',
    ])
  })

  it('ask a quarter more for what is put into the cache of a model, and a tenth for what comes out of it', () => {
    for (const one of listPrices.prices.filter(({ vendor }) => vendor === 'anthropic')) {
      const { per_million_input_tokens: input = 0 } = one
      expect(one.per_million_cache_write_tokens).toBeCloseTo(input * 1.25, 10)
      expect(one.per_million_cache_read_tokens).toBeCloseTo(input * 0.1, 10)
    }
  })
})

describe('a charge', () => {
  it('is the sum of what was used of each unit', () => {
    const prices = [
      table({
        vendor: 'x',
        per_million_input_tokens: 1,
        per_million_cache_read_tokens: 2,
        per_million_cache_write_tokens: 4,
        per_million_output_tokens: 8,
        per_1000_characters: 16,
        per_audio_minute: 32,
        per_call_minute: 64,
      }),
    ]
    const used = {
      input_tokens: 1e6,
      cache_read_tokens: 1e6,
      cache_write_tokens: 1e6,
      output_tokens: 1e6,
      characters: 1000,
      audio_seconds: 60,
      call_minutes: 1,
    }
    expect(chargeOf(prices, 'x', 'any', used)).toEqual({ usd: 127, unpriced: [] })
  })

  it('leaves out what has no price, and names it', () => {
    const prices = [table({ vendor: 'x', model: 'm', per_million_output_tokens: 8 })]
    const used = { input_tokens: 5, output_tokens: 1e6, characters: 0 }
    expect(chargeOf(prices, 'x', 'm', used)).toEqual({ usd: 8, unpriced: ['input_tokens'] })
    expect(chargeOf(prices, 'y', 'm', used).unpriced).toEqual(['input_tokens', 'output_tokens'])
    const free = [table({ vendor: 'x', per_million_input_tokens: 0 })]
    expect(chargeOf(free, 'x', '', { input_tokens: 5 })).toEqual({ usd: 0, unpriced: [] })
  })

  it('is by the first table that has a price, and in it by the first entry that fits', () => {
    const own = table({ vendor: 'x', model: 'm-2*', per_call_minute: 1 })
    const list = table(
      { vendor: 'x', model: 'm-2-mini', per_call_minute: 2, per_audio_minute: 3 },
      { vendor: 'x', model: 'm*', per_call_minute: 4, per_1000_characters: 5 },
    )
    const price = (model: string, key: 'per_call_minute' | 'per_1000_characters') =>
      priceOf([own, list], 'x', model, key)
    expect(price('m-2-mini', 'per_call_minute')).toBe(1)
    expect(price('m-1', 'per_call_minute')).toBe(4)
    // Its own entry of the list says nothing of characters: a neighbour's price would be a guess.
    expect(price('m-2-mini', 'per_1000_characters')).toBeUndefined()
    expect(price('m-2', 'per_1000_characters')).toBe(5)
  })

  it.each([
    ['m', 'm', true],
    ['m', 'mm', false],
    ['m*', 'm', true],
    ['*', '', true],
    ['*-mini', 'gpt-mini', true],
    ['*-mini', 'gpt-mini-2', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['ab*bc', 'abc', false],
    ['a**c', 'ac', true],
  ])('of %s is that of %s: %s', (model, name, fits) => {
    const found = priceOf(
      [table({ vendor: 'x', model, per_call_minute: 1 })],
      'x',
      name,
      'per_call_minute',
    )
    expect(found !== undefined).toBe(fits)
  })
})
