import fc from 'fast-check'
import { expect, test } from 'vitest'
import { choice, editDistance, listNames, meantOfFamily, nearest } from './suggest.ts'

test.for([
  ['promt', ['prompt', 'port'], 'prompt'],
  ['sst', ['llm', 'stt', 'tts'], 'stt'],
  ['vda', ['vad'], 'vad'],
  ['deepgram-sst', ['deepgram-stt', 'deepgram-tts'], 'deepgram-stt'],
  ['ab', ['ac'], undefined],
  ['completely', ['different'], undefined],
] as const)('"%s" among %j is meant as %j', ([written, candidates, meant]) => {
  expect(nearest(written, candidates)).toBe(meant)
})

test.for([
  ['flite', 'did you mean "flite-tts"?', 'flite-tts'],
  ['openai', 'did you mean "openai-llm" or "openai-stt"?', undefined],
  ['opnai-llm', 'did you mean "openai-llm"?', 'openai-llm'],
  ['twilio', 'Voices: flite-tts, openai-llm, openai-stt.', undefined],
] as const)('"%s" is short for its family: %s', ([written, suggestion, meant]) => {
  const names = ['openai-stt', 'openai-llm', 'flite-tts']
  expect(meantOfFamily(written, 'Voices', names)).toEqual({ suggestion, meant })
})

test('two neighbours that changed places are one edit', () => {
  expect(editDistance('wiht', 'with')).toBe(1)
})

test('the distance is symmetric, and 0 only for the same word', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (one, other) => {
      const distance = editDistance(one, other)
      expect(distance).toBe(editDistance(other, one))
      expect(distance === 0).toBe(one === other)
      expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length))
    }),
  )
})

test('lists are sorted, and long ones are cut', () => {
  expect(listNames(['stt', 'llm'])).toBe('llm, stt')
  expect(listNames(Array.from({ length: 14 }, (_, index) => `n${index + 10}`))).toMatch(
    /^n10, .*n21 and 2 more$/,
  )
  expect(choice(['a', 'b', 'c'])).toBe('a, b or c')
})
