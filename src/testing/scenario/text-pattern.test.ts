import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PatternTooSlow, textPattern } from './text-pattern.ts'

test('plain text is contained, whatever its case and its spaces', () => {
  const pattern = textPattern('from  Seven to ten')
  expect(pattern.test('Breakfast is from seven\nto ten.')).toBe(true)
  expect(pattern.test('Breakfast is from seven.')).toBe(false)
})

test('text between slashes is an expression', () => {
  expect(textPattern('/^no\\b/').test('No thank you')).toBe(false)
  expect(textPattern('/^no\\b/i').test('No thank you')).toBe(true)
  expect(() => textPattern('/(a/')).toThrow('Unterminated group')
  expect(() => textPattern('/a/g')).toThrow('only the flags i and u')
  expect(() => textPattern(`/${'a'.repeat(501)}/`)).toThrow('longer than 500')
})

test('an expression that would run for ever is stopped', () => {
  expect(() => textPattern('/(a+)+$/').test(`${'a'.repeat(60)}!`)).toThrow(PatternTooSlow)
})

test('whatever text is looked for is found in itself', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string(), (wanted, around) => {
      fc.pre(!/^\/.+\/[a-z]*$/s.test(wanted))
      expect(textPattern(wanted).test(`${around} ${wanted} ${around}`)).toBe(true)
    }),
  )
})
