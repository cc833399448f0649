import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { keptConnections, type KeptConnections } from './keep-alive.ts'

/** A service that says nothing of how long it keeps connections, and counts them. */
async function service(): Promise<{
  readonly server: Server
  readonly ask: (by: KeptConnections | undefined) => Promise<string>
  readonly open: () => number
}> {
  const server = createServer((_, response) => response.end('yes'))
  server.keepAliveTimeout = 0
  const open = new Set<object>()
  server.on('connection', (socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const ask = async (dispatcher: KeptConnections | undefined): Promise<string> =>
    (await fetch(url, { dispatcher } as RequestInit)).text()
  return { server, ask, open: () => open.size }
}

it('keeps a connection for as long as it says, and ends it when it is told to', async () => {
  const { server, ask, open } = await service()
  const [kept, brief] = [keptConnections(), keptConnections(5)]
  expect(kept).toBeDefined()
  expect(await ask(kept)).toBe('yes')
  await new Promise((resolve) => void setImmediate(resolve))
  expect(await ask(kept)).toBe('yes')
  expect(open()).toBe(1)
  expect(await ask(brief)).toBe('yes')
  await expect.poll(open, { timeout: 5000 }).toBe(1)
  await kept?.destroy()
  await expect.poll(open).toBe(0)
  server.close()
})
