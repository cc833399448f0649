import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { VoxgraphError } from '../errors/index.ts'

/** Says who a peer is: `::ffff:` is taken off addresses that came by IPv4. */
export type ClientAddress = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string

/** Longest `X-Forwarded-For` that is looked at, in entries: no chain of proxies is longer. */
const mostHops = 20

/**
 * Reads addresses of clients. `proxies` are those that are believed: addresses and ranges. What a proxy says
 * is believed from the end of its list on, up to the first that is none of them: what stands before comes
 * from the client itself.
 * @throws VoxgraphError `bad-proxy`
 */
export function createClientAddress(proxies: readonly string[]): ClientAddress {
  const trusted = new BlockList()
  for (const proxy of proxies) trust(trusted, proxy.trim())
  const isTrusted = (address: string): boolean =>
    trusted.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  return ({ headers, socket }) => {
    let address = plain(socket.remoteAddress ?? '')
    const told = headers['x-forwarded-for']
    if (proxies.length === 0 || told === undefined) return address
    const hops = String(told).split(',').slice(-mostHops)
    while (isIP(address) !== 0 && isTrusted(address)) {
      const next = plain(hops.pop()?.trim() ?? '')
      if (isIP(next) === 0) break
      address = next
    }
    return address
  }
}

const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

function trust(list: BlockList, text: string): void {
  const [address = '', bits, ...more] = text.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  const isRange = bits !== undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= most
  if (isIP(address) === 0 || more.length > 0 || (bits !== undefined && !isRange)) {
    throw new VoxgraphError('bad-proxy', { text })
  }
  list.addSubnet(address, bits === undefined ? most : Number(bits), family)
}
