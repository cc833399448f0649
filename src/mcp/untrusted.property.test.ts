import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createValidators } from '../schema/compile.ts'
import { longestResult, refusalOf, resultOf } from './mcp-result.ts'
import { argumentsOf } from './mcp-schema.ts'

const json = fc.jsonValue({ maxDepth: 4 })
const block = fc.oneof(
  fc.record({ type: fc.constant('text' as const), text: fc.string({ maxLength: 50_000 }) }),
  json.map((value) => ({ type: 'text' as const, text: JSON.stringify(value) })),
  fc.record({
    type: fc.constantFrom('image' as const, 'audio' as const),
    data: fc.string(),
    mimeType: fc.string(),
  }),
)

test('whatever a tool of a server gives becomes JSON of a bounded length', () => {
  const result = fc.record(
    { content: fc.array(block), structuredContent: fc.dictionary(fc.string(), json) },
    { requiredKeys: ['content'] },
  )
  fc.assert(
    fc.property(result, (one) => {
      const value = resultOf(one)
      const text = JSON.stringify(value)
      expect(JSON.parse(text)).toEqual(value)
      const length = typeof value === 'string' ? value.length : text.length
      expect(length).toBeLessThan(longestResult + 100)
      expect(refusalOf(one).length).toBeLessThanOrEqual(500)
    }),
  )
})

test('JSON in a text comes back as the value that it is', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), json), (value) => {
      const text = JSON.stringify(value)
      fc.pre(text.length < longestResult)
      expect(resultOf({ content: [{ type: 'text', text }] })).toEqual(JSON.parse(text))
    }),
  )
})

const validators = createValidators()

test('whatever a server says its arguments are is a schema to check by, or refused with a reason', () => {
  const keyword = fc.constantFrom(
    ...['type', 'properties', 'items', 'required', 'enum', 'pattern', '$ref', 'anyOf', '$defs'],
    ...['additionalProperties', 'minimum', 'description', 'x-duration', '__proto__', 'if'],
  )
  const schema = fc.oneof(
    json,
    fc.dictionary(keyword, json).map((made) => ({ ...made, type: 'object' })),
  )
  fc.assert(
    fc.property(schema, json, (made, args) => {
      let clean
      try {
        clean = argumentsOf(made, validators)
      } catch (thrown) {
        expect((thrown as Error).message).toMatch(/^its parameters /)
        return
      }
      validators.of(clean)(structuredClone(args))
      expect(JSON.stringify(clean)).not.toMatch(/"x-duration":|"pattern":/)
    }),
  )
})

test('a pattern that takes for ever is not tried', () => {
  const properties = { name: { type: 'string', pattern: '^(a+)+$' } }
  const clean = argumentsOf({ type: 'object', properties }, validators)
  expect(validators.of(clean)({ name: `${'a'.repeat(60)}!` })).toEqual([])
})

test('a property may be called as a keyword is', () => {
  const properties = { pattern: { type: 'string' }, type: { type: 'integer' } }
  expect(argumentsOf({ type: 'object', properties }, validators)).toEqual({
    type: 'object',
    properties,
  })
})
