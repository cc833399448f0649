import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WebRequest } from 'voxgraph/plugin'
import { destinationOf } from './destination.ts'
import { heldCallOf, isSigned } from './dial-in.ts'

const secret = Buffer.from('known to two').toString('base64')
const now = 1_790_000_000_000

function signed(body: string, timestamp: string, by = secret): WebRequest {
  const hmac = createHmac('sha256', Buffer.from(by, 'base64'))
  const signature = hmac.update(`${timestamp}.${body}`).digest('base64')
  const headers = { 'x-pinless-signature': signature, 'x-pinless-timestamp': timestamp }
  return { method: 'POST', url: '/daily/dialin', headers, body, remote: '' }
}

describe('what Daily tells of a caller', () => {
  it('is believed when it is signed, with a time in seconds or in milliseconds', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: -299_000, max: 299_000 }), (body, off) => {
        expect(isSigned(signed(body, String(now + off)), secret, now)).toBe(true)
        const seconds = String(Math.round((now + off) / 1000))
        expect(isSigned(signed(body, seconds), secret, now)).toBe(true)
      }),
    )
  })

  it('is not believed with another body, time or secret, or none', () => {
    const right = signed('{}', String(now))
    expect(isSigned({ ...right, body: '{ }' }, secret, now)).toBe(false)
    expect(isSigned(signed('{}', String(now - 301_000)), secret, now)).toBe(false)
    expect(isSigned(signed('{}', String(now + 301_000)), secret, now)).toBe(false)
    expect(isSigned(signed('{}', 'soon'), secret, now)).toBe(false)
    expect(isSigned(signed('{}', String(now), 'AAAA'), secret, now)).toBe(false)
    expect(isSigned({ ...right, headers: {} }, secret, now)).toBe(false)
    fc.assert(
      fc.property(fc.string(), (signature) => {
        const headers = { ...right.headers, 'x-pinless-signature': signature }
        expect(isSigned({ ...right, headers }, secret, now)).toBe(false)
      }),
    )
  })

  it('may be anything, and is a call only with the ids of one', () => {
    expect(heldCallOf('{"callId":"c","callDomain":"d","From":"+1","To":"+2"}')).toEqual({
      ...{ callId: 'c', callDomain: 'd', from: '+1', to: '+2' },
    })
    expect(heldCallOf('{"test":"test"}')).toBe('test')
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(heldCallOf(body)).toBeUndefined()
      }),
    )
  })
})

it('a call goes to a number or a SIP address, by the name of a queue or without', () => {
  const queues = { support: 'sip:desk@example.com' }
  expect(destinationOf('+15550001', queues)).toBe('+15550001')
  expect(destinationOf('queue:support', queues)).toBe('sip:desk@example.com')
  for (const wrong of ['queue:sales', 'queue:toString', 'https://x.y', '15550001', 'sip:a b', '']) {
    expect(() => destinationOf(wrong, queues)).toThrow()
  }
})
