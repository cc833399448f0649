import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readResults } from './results.ts'

const results = (more: object = {}, best: object = {}) => ({
  type: 'Results',
  start: 1.5,
  duration: 0.5,
  is_final: true,
  channel: { alternatives: [{ transcript: ' two words ', confidence: 0.9, words: [], ...best }] },
  ...more,
})

test('times are in ms, and the punctuated word is taken', () => {
  const words = [{ word: 'two', punctuated_word: 'Two', start: 1.5, end: 1.75, confidence: 0.8 }]
  expect(readResults(results({ from_finalize: true }, { words, languages: ['de'] }))).toEqual({
    startMs: 1500,
    endMs: 2000,
    isFinal: true,
    isFromFinalize: true,
    text: 'two words',
    confidence: 0.9,
    language: 'de',
    words: [{ text: 'Two', startMs: 1500, endMs: 1750, confidence: 0.8 }],
  })
})

test('words are left out when one of them has no time', () => {
  const words = [{ word: 'two', start: 1.5, end: 1.75 }, { word: 'words' }]
  expect(readResults(results({}, { words }))?.words).toEqual([])
})

test('what is no message is not read, whatever it is', () => {
  expect(readResults(results({ start: -1 }))).toBeUndefined()
  expect(readResults(results({ duration: '1' }))).toBeUndefined()
  expect(readResults(results({ channel: null }))).toBeUndefined()
  const something = fc.dictionary(
    fc.constantFrom('start', 'duration', 'is_final', 'channel', 'words'),
    fc.oneof(fc.jsonValue(), fc.constant({ alternatives: [{ transcript: '', words: [null] }] })),
  )
  fc.assert(
    fc.property(something, (message) => {
      const read = readResults(message)
      if (read !== undefined) expect(read.endMs).toBeGreaterThanOrEqual(read.startMs)
    }),
  )
})
