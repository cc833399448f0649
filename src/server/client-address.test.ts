import type { IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createClientAddress } from './client-address.ts'

const address = (proxies: string[], remoteAddress: string, forwarded?: string): string =>
  createClientAddress(proxies)({
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
    socket: { remoteAddress } as IncomingMessage['socket'],
  })

const proxies = ['10.0.0.0/8', 'fd00::1']

describe('the address of a client', () => {
  it('is that of the peer, whatever a peer says that nobody trusts', () => {
    expect(address([], '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1')
    expect(address(proxies, '192.0.2.1', '198.51.100.7')).toBe('192.0.2.1')
    expect(address(proxies, '::ffff:192.0.2.1')).toBe('192.0.2.1')
    expect(address(proxies, '10.1.2.3')).toBe('10.1.2.3')
  })

  it('is what the outermost trusted proxy has seen, and not what the client has put before it', () => {
    expect(address(proxies, '10.1.2.3', '198.51.100.7')).toBe('198.51.100.7')
    expect(address(proxies, '::ffff:10.1.2.3', '1.1.1.1, 198.51.100.7, 10.9.9.9')).toBe(
      '198.51.100.7',
    )
    expect(address(proxies, 'fd00::1', '2001:db8::5')).toBe('2001:db8::5')
    expect(address(proxies, '10.1.2.3', '10.1.1.1,10.2.2.2')).toBe('10.1.1.1')
  })

  it('is that of the last proxy where the rest is nonsense', () => {
    expect(address(proxies, '10.1.2.3', 'unknown')).toBe('10.1.2.3')
    expect(address(proxies, '10.1.2.3', '')).toBe('10.1.2.3')
    expect(address(proxies, '10.1.2.3', '198.51.100.7:4711')).toBe('10.1.2.3')
  })

  it('is never chosen by the client, whatever it sends', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (sent) => {
        expect(address(proxies, '10.1.2.3', `${sent},198.51.100.7`)).toBe('198.51.100.7')
        expect(address(proxies, '198.51.100.7', sent)).toBe('198.51.100.7')
      }),
    )
  })

  it.each([
    '',
    'proxy.example',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::/129',
    '10.0.0.0/-1',
  ])('is not looked for behind %o', (text) => {
    expect(() => createClientAddress([text])).toThrow(`"${text}" is no address of a proxy.`)
  })
})
