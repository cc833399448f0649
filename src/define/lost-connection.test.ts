import { expect, it } from 'vitest'
import { lostConnection } from './lost-connection.ts'

it.each([
  'getaddrinfo ENOTFOUND api.example.com',
  'getaddrinfo EAI_AGAIN api.example.com',
  'connect ECONNREFUSED 127.0.0.1:1',
  'connect EHOSTUNREACH 10.0.0.1:443',
  'self-signed certificate in certificate chain',
])('a vendor that cannot be reached is no mistake of ours: %s', (message) => {
  expect(lostConnection(new Error(message))).toBe(message)
  expect(lostConnection(new Error('Connection error.', { cause: new Error(message) }))).toBe(
    message,
  )
})

it('knows nothing of other errors', () => {
  expect(lostConnection(new TypeError('x is not a function'))).toBe(undefined)
})
