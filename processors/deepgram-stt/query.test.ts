import { expect, test } from 'vitest'
import { queryOf } from './query.ts'
import type { SttOptions } from './options.ts'

const options: SttOptions = {
  endpoint: 'https://api.deepgram.com',
  model: 'nova-3',
  language: 'en',
  endpointing: 300,
  interim: true,
  punctuate: true,
  smart_format: false,
  numerals: false,
  keyterms: [],
  redact: [],
  mip_opt_out: false,
  extra: {},
}

test('what nobody asked for is not in the query', () => {
  expect(queryOf(options, { sampleRate: 16_000, encoding: 'pcm' })).toEqual({
    model: 'nova-3',
    language: 'en',
    encoding: 'linear16',
    sample_rate: 16_000,
    channels: 1,
    interim_results: 'true',
    endpointing: 300,
    punctuate: 'true',
    queryParams: {},
    reconnectAttempts: 0,
  })
})

test('every option has its parameter', () => {
  const all: SttOptions = {
    ...options,
    endpointing: 0,
    utterance_end: 1000,
    interim: false,
    punctuate: false,
    smart_format: true,
    numerals: true,
    keyterms: ['Saint-Exupéry', 'pool'],
    redact: ['pci'],
    mip_opt_out: true,
    extra: { profanity_filter: true },
  }
  expect(queryOf(all, { sampleRate: 8000, encoding: 'mulaw' })).toMatchObject({
    encoding: 'mulaw',
    sample_rate: 8000,
    // An end of utterance needs the words so far.
    interim_results: 'true',
    utterance_end_ms: 1000,
    endpointing: 'false',
    smart_format: 'true',
    numerals: 'true',
    mip_opt_out: 'true',
    keyterm: ['Saint-Exupéry', 'pool'],
    queryParams: { redact: ['pci'], profanity_filter: true },
  })
})
