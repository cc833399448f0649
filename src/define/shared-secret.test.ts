import { describe, expect, it } from 'vitest'
import { bearerOf, isSameSecret } from './shared-secret.ts'

describe('a shared secret', () => {
  it('is compared whatever the length of what is given', () => {
    const given = ['a', 'aa', '', 'b']
    expect(given.map((one) => isSameSecret(one, 'a'))).toEqual([true, false, false, false])
  })

  it('comes in a header, however its scheme is written', () => {
    const headers = ['Bearer a b', 'bearer  abc', 'Basic abc', 'Bearer', undefined]
    const tokens = headers.map((authorization) =>
      bearerOf({ headers: authorization === undefined ? {} : { authorization } }),
    )
    expect(tokens).toEqual(['a b', 'abc', undefined, undefined, undefined])
  })
})
