import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeInterpolation, parseInterpolation } from './interpolate.ts'

const parts = fc.array(
  fc.oneof(fc.constantFrom('$', '{', '}', ':', '-', 'NAME', 'env', ' ', '${env:A}'), fc.string()),
)
const dollarText = parts.map((pieces) => pieces.join(''))

test('any text that is escaped is read as itself', () => {
  fc.assert(
    fc.property(dollarText, (text) => {
      const { pieces, mistakes } = parseInterpolation(escapeInterpolation(text))
      expect(mistakes).toEqual([])
      expect(pieces.join('')).toBe(text)
    }),
    { numRuns: 2000 },
  )
})

test('every text is cut into pieces, and the pieces account for all of it', () => {
  fc.assert(
    fc.property(dollarText, (text) => {
      const { pieces, mistakes } = parseInterpolation(text)
      const written = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.written))
      const length = [...written, ...mistakes.map((one) => one.written)].join('').length
      // Only the dollar of an escape disappears.
      expect(length).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 2000 },
  )
})

test('a reference has a place, a name and perhaps a default', () => {
  expect(parseInterpolation('at ${env:HOST:-http://localhost:80}/${param:path}').pieces).toEqual([
    'at ',
    {
      scheme: 'env',
      name: 'HOST',
      fallback: 'http://localhost:80',
      complaint: undefined,
      written: '${env:HOST:-http://localhost:80}',
    },
    '/',
    {
      scheme: 'param',
      name: 'path',
      fallback: undefined,
      complaint: undefined,
      written: '${param:path}',
    },
  ])
})

test.for([
  ['$${env:A}', '${env:A}'],
  ['$$NAME', '$NAME'],
  ['it costs $5 or 5$', 'it costs $5 or 5$'],
  ['$$', '$$'],
  ['$a', '$a'],
] as const)('%s is the text %s', ([text, literal]) => {
  expect(parseInterpolation(text)).toEqual({ pieces: [literal], mistakes: [] })
})

test.for([
  ['${NAME}', 'name'],
  ['$NAME', 'bare'],
  ['${vault:x}', 'unknown'],
  ['${}', 'unknown'],
  ['${env:}', 'unknown'],
  ['${env:A', 'open'],
] as const)('%s is a mistake of the kind "%s"', ([text, kind]) => {
  expect(parseInterpolation(text).mistakes.map((one) => one.kind)).toEqual([kind])
})
