import { describe, expect, it } from 'vitest'
import { EmulationError, patternOf, readEmulation } from './read-emulation.ts'

/** What is said of a file that cannot be used. */
function faultOf(text: string): string {
  try {
    readEmulation(text, 'bot.emulate.yaml')
    return ''
  } catch (thrown) {
    if (thrown instanceof EmulationError) return thrown.message
    throw thrown
  }
}

describe('a file that says how a graph is emulated', () => {
  it('may leave everything out', () => {
    expect(readEmulation('version: 1', 'bot.emulate.yaml')).toEqual({
      ...{ version: 1, ear: undefined, voices: {}, minds: [], delays: {}, faults: [] },
    })
  })

  it('gives lengths of time in ms, and faults whole', () => {
    const text = `
version: 1
delays: { deepgram: 120ms, anthropic: 0.5s }
faults: [{ vendor: cartesia, fault: abrupt-close, after: 3 }]
`
    const { delays, faults } = readEmulation(text, 'bot.emulate.yaml')
    expect(delays).toEqual({ deepgram: 120, anthropic: 500 })
    expect(faults).toEqual([
      { vendor: 'cartesia', fault: 'abrupt-close', when: 'answer', after: 3, times: 1 },
    ])
  })

  it.each([
    ['ear: {}', "the file must have required property 'version' (version)"],
    ['version: 1\nears: {}', 'the file must NOT have additional properties (ears)'],
    [
      'version: 1\nminds: [{ match: desk }]',
      "minds.0 must have required property 'script' (script)",
    ],
    ['version: 1\nminds: [{ match: /(/, script: ./a.yaml }]', 'minds.0.match is no expression: '],
    [
      'version: 1\ndelays: { cartesia: soon }',
      'delays.cartesia is a length of time of a minute at most: 120ms',
    ],
    [
      'version: 1\ndelays: { cartesia: 2m }',
      'delays.cartesia is a length of time of a minute at most: 120ms',
    ],
    ['version: 1\ndelays: { acme: 1s }', 'delays must NOT have additional properties (acme)'],
    [
      'version: 1\nfaults: [{ vendor: cartesia, fault: fire }]',
      'faults.0.fault must be equal to one of the allowed values (refuse',
    ],
    [
      'version: 1\nfaults: [{ vendor: acme, fault: stall }]',
      'faults.0.vendor must be equal to one of the allowed values (anthropic',
    ],
    [
      'version: 1\nfaults: [{ vendor: cartesia, fault: stall, after: -1 }]',
      'faults.0.after must be >= 0',
    ],
    ['version: [1', 'Flow sequence in block collection must be'],
    ['a'.repeat(1_000_001), 'bot.emulate.yaml is longer than 1000000 characters'],
  ])('is refused with where the fault is: %#', (text, said) => {
    const fault = faultOf(text)
    expect(fault).toMatch(/^bot\.emulate\.yaml/)
    expect(fault).toContain(said)
  })

  it('finds minds by a text or an expression, whatever the case', () => {
    expect(patternOf('Front (desk)')?.test('the FRONT (DESK) of')).toBe(true)
    expect(patternOf('/front.desk/')?.test('the Front-Desk of')).toBe(true)
    expect(patternOf('front.desk')?.test('the front-desk of')).toBe(false)
    expect(patternOf(undefined)).toBe(undefined)
  })
})
