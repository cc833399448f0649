import { expect, it } from 'vitest'
import { plainEmulation, readEmulation } from './read-emulation.ts'

const read = (text: string) => readEmulation(`version: 1\n${text}\n`, 'bot.emulate.yaml')

it('tells nothing that is not written', () => {
  expect(read('')).toEqual({ ...plainEmulation, version: 1 })
  expect(read('delays: { deepgram: 80ms }').delays).toEqual({ deepgram: 80 })
})

it.each([
  ['ears: {}', 'the file has no key "ears"'],
  ['minds: [{ match: hotel }]', 'minds.0 needs "script"'],
  ['minds: [{ match: "/(/", script: {} }]', 'minds.0.match is no expression'],
  ['faults: [{ vendor: gladia, fault: stall }]', 'faults.0.vendor must be one of anthropic, '],
  ['faults: [{ vendor: cartesia, fault: stall, after: -1 }]', 'faults.0.after must be >= 0'],
  ['delays: { deepgram: soon }', 'delays.deepgram is a length of time'],
  ['ear: [', 'bot.emulate.yaml: '],
])('says in words what is wrong: %s', (text, words) => {
  expect(() => read(text)).toThrow(words)
})
