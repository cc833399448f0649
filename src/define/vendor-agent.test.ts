import { createServer, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openVendorAgent } from './vendor-agent.ts'

let server: Server
const sockets = new Set<Socket>()
beforeEach(async () => {
  server = createServer((_, response) => response.end('{}'))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(() => void server.close())

it('keeps connections of its own, and ends them', async () => {
  const { dispatcher, close } = await openVendorAgent()
  // It lives in Node: a Node without it has to be noticed here.
  expect(dispatcher).toBeDefined()
  const { port } = server.address() as AddressInfo
  const ask = async (): Promise<string> => {
    const options = dispatcher && { dispatcher }
    return (await fetch(`http://127.0.0.1:${port}`, options)).text()
  }
  expect([await ask(), await ask()]).toEqual(['{}', '{}'])
  expect(sockets.size).toBeGreaterThan(0)
  await close()
  await expect.poll(() => sockets.size).toBe(0)
})
