import fc from 'fast-check'
import { expect, it } from 'vitest'
import { callerIdOf } from './caller-id.ts'

it.each(['+15550100', 'sip:maria@example.com', 'Maria', 'anonymously', 15_550_100])(
  '%j is somebody',
  (value) => expect(callerIdOf(value)).toBe(String(value)),
)

it.each([
  ...[undefined, null, true, {}, [], '', '   '],
  ...['anonymous', 'Anonymous', ' ANONYMOUS ', 'sip:anonymous@anonymous.invalid', 'Restricted'],
  ...['unavailable', 'private', '+266696687', '+7378742833'],
])('%j is nobody', (value) => expect(callerIdOf(value)).toBeUndefined())

it('takes no notice of spaces around an id', () => {
  const spaces = fc.stringMatching(/^ *$/)
  const property = fc.property(fc.string(), spaces, spaces, (id, before, after) => {
    expect(callerIdOf(`${before}${id}${after}`)).toBe(callerIdOf(id))
  })
  fc.assert(property)
})
