import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer, type WebSocket } from 'ws'
import { createLiveClock } from '../time/live-clock.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { ProviderError } from './provider-error.ts'
import { vendorJson } from './vendor-json.ts'
import { openVendorSocket, type OpenVendorSocketInit } from './vendor-socket.ts'

const closing: (() => void)[] = []
afterEach(() => closing.splice(0).forEach((close) => close()))

/** A server that does with an upgrade, or a request, what the test says. */
async function serve(
  upgrade: (request: IncomingMessage, socket: Socket, head: Buffer) => void,
  answer: Parameters<typeof createServer>[1] = (_, response) => void response.end('{}'),
): Promise<string> {
  const server: Server = createServer(answer)
  server.on('upgrade', upgrade)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that takes every socket. */
function accept(take: (socket: WebSocket) => void): Promise<string> {
  const sockets = new WebSocketServer({ noServer: true })
  closing.push(() => sockets.clients.forEach((client) => client.terminate()))
  return serve((request, socket, head) => sockets.handleUpgrade(request, socket, head, take))
}

const refuse =
  (status: string, headers: string, body: string) =>
  (_: IncomingMessage, socket: Socket): void => {
    const length = `content-length: ${Buffer.byteLength(body)}`
    socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n${length}\r\nconnection: close\r\n\r\n${body}`)
  }

function open(address: string, more: Partial<OpenVendorSocketInit> = {}) {
  const messages: (string | Uint8Array)[] = []
  const failures: ProviderError[] = []
  const failed = Promise.withResolvers<ProviderError>()
  const opening = openVendorSocket({
    provider: 'test',
    url: `ws://${address}/`,
    headers: { authorization: 'Token secret-key' },
    clock: createLiveClock(),
    signal: new AbortController().signal,
    secret: 'secret-key',
    message: (data) => void messages.push(data),
    failed(error) {
      failures.push(error)
      failed.resolve(error)
    },
    ...more,
  })
  opening.then(
    (socket) => closing.push(() => void socket.close()),
    () => undefined,
  )
  return { opening, messages, failures, failed: failed.promise }
}

const thrownBy = (opening: Promise<unknown>): Promise<unknown> =>
  opening.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )

const json = 'content-type: application/json'

test.each([
  ['401 Unauthorized', '', { category: 'auth', retryable: false }],
  ['402 Payment Required', '', { category: 'quota', retryable: false }],
  ['429 Too Many Requests', '\r\nretry-after: 7', { category: 'rate-limit', retryAfterMs: 7000 }],
  ['503 Service Unavailable', '', { category: 'overloaded', retryable: true }],
  ['500 Internal Server Error', '', { category: 'server', retryable: true }],
])('a refusal is known by its status: %s', async (status, header, expected) => {
  const address = await serve(refuse(status, json + header, '{"why":"no"}'))
  const thrown = await thrownBy(open(address, { reasonOf: (body) => body }).opening)
  expect(thrown).toBeInstanceOf(ProviderError)
  expect(thrown).toMatchObject(expected)
  expect((thrown as Error).message).toContain(`${status.slice(0, 3)} {"why":"no"}`)
})

test('a page is not the vendor', async () => {
  const page = '<!doctype html><html>Welcome</html>'
  const address = await serve(refuse('200 OK', 'content-type: text/html', page))
  const thrown = (await thrownBy(open(address).opening)) as ProviderError
  expect(thrown.category).toBe('server')
  expect(thrown.message).toContain('something else answers at the endpoint')
})

test('a vendor that repeats the key does not bring it into an error', async () => {
  const address = await serve(refuse('401 Unauthorized', json, 'no such key: secret-key'))
  const thrown = (await thrownBy(open(address, { reasonOf: (body) => body }).opening)) as Error
  expect(thrown.message).toContain('no such key: ***')
})

test('what is no HTTP is the fault of whoever answers, and nobody is a matter of the network', async () => {
  const address = await serve((_, socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
  expect(await thrownBy(open(address).opening)).toMatchObject({ category: 'server' })
  expect(await thrownBy(open('127.0.0.1:9').opening)).toMatchObject({ category: 'connectivity' })
})

test('opening has its time', async () => {
  const arrived = Promise.withResolvers<void>()
  const address = await serve(() => arrived.resolve())
  const clock = createVirtualClock()
  const { opening } = open(address, { clock })
  const thrown = thrownBy(opening)
  await arrived.promise
  await clock.advance(10_000)
  expect(await thrown).toMatchObject({ category: 'timeout' })
})

test('what comes with the opening is not lost, and messages and bytes keep their order', async () => {
  const address = await accept((socket) => {
    socket.send('first')
    socket.send(Buffer.from([1, 2]))
    socket.send('third')
    socket.close(1000)
  })
  const { opening, messages, failed } = open(address)
  await opening.catch(() => undefined)
  expect(await failed).toMatchObject({ category: 'connectivity' })
  expect(messages.map((data) => (typeof data === 'string' ? data : [...data]))).toEqual([
    'first',
    [1, 2],
    'third',
  ])
})

test('a message of many megabytes ends the connection before it is taken', async () => {
  const address = await accept((socket) => socket.send('x'.repeat(20_000_000)))
  const { opening, messages, failures, failed } = open(address)
  await opening
  expect(await failed).toMatchObject({ category: 'server' })
  expect(messages).toEqual([])
  expect(failures).toHaveLength(1)
})

test('what the other side does not take ends the connection before it fills the memory', async () => {
  const address = await accept((socket) => socket.pause())
  const { opening, failures } = open(address)
  const socket = await opening
  let sent = 0
  while (failures.length === 0 && sent < 1000) {
    socket.send(new Uint8Array(100_000))
    sent++
  }
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({ category: 'connectivity' })
  expect(sent).toBeLessThan(200)
})

test('a side that answers no ping is gone', async () => {
  const address = await accept((socket) => socket.pause())
  const clock = createVirtualClock()
  const { opening, failures } = open(address, { clock })
  const socket = await opening
  await clock.advance(8000)
  expect(failures).toHaveLength(1)
  expect(failures[0]).toMatchObject({ category: 'timeout' })
  expect(socket.isOpen).toBe(false)
})

test('a side that is silent is asked only after the time it may be', async () => {
  const address = await accept((socket) => socket.pause())
  const clock = createVirtualClock()
  const { opening, failures } = open(address, { clock, idleMs: 15_000 })
  await opening
  await clock.advance(18_999)
  expect(failures).toEqual([])
  await clock.advance(1)
  expect(failures).toMatchObject([{ category: 'timeout' }])
})

test('whoever cannot read a message ends the connection by saying so', async () => {
  const address = await accept((socket) => socket.send('nonsense'))
  const error = new ProviderError('server', { provider: 'test', reason: 'nonsense came' })
  const { opening, failed } = open(address, {
    message() {
      throw error
    },
  })
  await opening
  expect(await failed).toBe(error)
})

test('a refusal for want of credit is one, whatever its status', async () => {
  const address = await serve(refuse('400 Bad Request', json, '{"message":"no credit left"}'))
  expect(await thrownBy(open(address).opening)).toMatchObject({ category: 'quota' })
})

test('an abort gives up opening, before and on the way', async () => {
  const arrived = Promise.withResolvers<void>()
  const address = await serve(() => arrived.resolve())
  const controller = new AbortController()
  const thrown = thrownBy(open(address, { signal: controller.signal }).opening)
  await arrived.promise
  controller.abort()
  expect(await thrown).toMatchObject({ category: 'connectivity' })
  const late = open(address, { signal: controller.signal })
  expect(await thrownBy(late.opening)).toMatchObject({ category: 'connectivity' })
})

test('who closes is told of no failure, and closing is over when the connection is', async () => {
  const address = await accept(() => undefined)
  const { opening, failures } = open(address)
  const socket = await opening
  await socket.close()
  await socket.close()
  socket.send('nothing')
  expect(failures).toEqual([])
})

test('who is asked for JSON and gives a page, or nothing of the kind, is told apart', async () => {
  const ask = async (type: string, body: string, status = 200): Promise<unknown> => {
    const address = await serve(
      () => undefined,
      (_, response) => void response.writeHead(status, { 'content-type': type }).end(body),
    )
    const url = `http://${address}/`
    const { signal } = new AbortController()
    const asking = vendorJson({ provider: 'test', url, headers: {}, signal, secret: 'secret-key' })
    return asking.catch((error: unknown) => error)
  }
  expect(await ask('application/json', '{"a":1}')).toEqual({ a: 1 })
  expect(await ask('text/html', '<html></html>')).toMatchObject({ category: 'server' })
  expect(await ask('text/plain', 'fine')).toMatchObject({ category: 'server' })
  expect(await ask('application/json', '{}', 403)).toMatchObject({ category: 'auth' })
  expect(await ask('application/json', '{}', 429)).toMatchObject({ category: 'rate-limit' })
})

test('an answer that breaks off is a matter of the network', async () => {
  const address = await serve(
    () => undefined,
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': 100 })
      response.write('{', () => response.destroy())
    },
  )
  const { signal } = new AbortController()
  const url = `http://${address}/`
  const asking = vendorJson({ provider: 'test', url, headers: {}, signal, secret: 'k' })
  await expect(asking).rejects.toMatchObject({ category: 'connectivity' })
})

test('nobody at the address is a matter of the network', async () => {
  const { signal } = new AbortController()
  const url = 'http://127.0.0.1:9/'
  const asking = vendorJson({ provider: 'test', url, headers: {}, signal, secret: 'k' })
  await expect(asking).rejects.toMatchObject({ category: 'connectivity' })
})
