import { expect, test } from 'vitest'
import { createValidators } from './compile.ts'
import { parseDuration } from './duration.ts'
import type { JsonSchema } from './json-schema.ts'

const schema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['voice'],
  properties: {
    voice: { type: 'string' },
    pause: { 'x-duration': true, default: '1.5s', maximum: 10_000 },
    filler: {
      type: 'object',
      properties: { after: { 'x-duration': true, default: 700 } },
      default: {},
    },
  },
}

test('defaults are put in, lengths of time as milliseconds', () => {
  const value = { voice: 'slt' }
  expect(createValidators().of(schema)(value)).toEqual([])
  expect(value).toEqual({ voice: 'slt', pause: 1500, filler: { after: 700 } })
})

test('all issues are given at once, with where they are', () => {
  const issues = createValidators().of(schema)({ pause: 20_000, vocie: 'slt' })
  expect(issues.map(({ keyword, pointer }) => [keyword, pointer]).sort()).toEqual([
    ['additionalProperties', ''],
    ['maximum', '/pause'],
    ['required', ''],
  ])
})

test('one schema is compiled once', () => {
  const validators = createValidators()
  expect(validators.of(schema)).toBe(validators.of(schema))
})

test('a schema that is none is refused when it is compiled', () => {
  const bad: JsonSchema = { type: 'big' as 'string' }
  expect(() => createValidators().of(bad)).toThrow(/type/)
})

test('schemas without a check stay out of the way of each other', () => {
  const validators = createValidators()
  expect(validators.of({ type: 'string' })('x')).toEqual([])
  expect(validators.of({ type: 'string' })(1)).toHaveLength(1)
})

test.for([
  ['250ms', 250],
  ['2s', 2000],
  ['1.5m', 90_000],
  ['1h', 3_600_000],
  [' 5s ', 5000],
  ['700', undefined],
  ['-1s', undefined],
  ['1 s', undefined],
  ['', undefined],
  ['s', undefined],
] as const)('%j is %j milliseconds', ([text, ms]) => {
  expect(parseDuration(text)).toBe(ms)
})
