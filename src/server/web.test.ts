import dns from 'node:dns'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createRateLimit } from './rate-limit.ts'
import { readTls } from './tls.ts'
import { openListener, type ListenerInit, type WebListener } from './web.ts'

const warnings: string[] = []
const log = { debug() {}, info() {}, warn: (text: string) => void warnings.push(text) }
const opened: (() => unknown)[] = []
afterEach(async () => {
  warnings.length = 0
  for (const close of opened.splice(0)) await close()
})

async function open(init: Partial<ListenerInit> = {}): Promise<WebListener> {
  const listener = await openListener({ host: '127.0.0.1', port: 0, log, ...init })
  opened.push(() => listener.close())
  return listener
}

/** A TCP connection that says whatever it wants, and keeps what it is told. */
async function raw(address: string, said = ''): Promise<Socket & { text(): string }> {
  const { hostname, port } = new URL(address)
  const socket = connect(Number(port), hostname)
  opened.push(() => socket.destroy())
  let told = ''
  socket.on('error', () => undefined)
  socket.on('data', (data) => (told += data.toString()))
  await once(socket, 'connect')
  socket.write(said)
  return Object.assign(socket, { text: () => told })
}

const closed = async (socket: Socket): Promise<void> => {
  if (!socket.destroyed) await once(socket, 'close')
}

describe('a listener', () => {
  it('answers by path, with and without a slash at its end, and closes what a site had', async () => {
    const listener = await open({ publicOrigin: 'https://voice.example/base' })
    const site = listener.site('/bot')
    expect(site.publicAddress).toBe('https://voice.example/base/bot')
    site.route({ method: 'GET', path: '/', answer: ({ url }) => ({ status: 200, body: url }) })
    const get = async (path: string, init?: RequestInit) => {
      const answer = await fetch(`${listener.address}${path}`, init)
      return [answer.status, await answer.text()]
    }
    expect(await get('/bot?a=1')).toEqual([200, '/bot?a=1'])
    expect(await get('/bot/')).toEqual([200, '/bot/'])
    expect(await get('/bot', { method: 'HEAD' })).toEqual([200, ''])
    expect(await get('/bot', { method: 'POST' })).toEqual([404, '{"error":"Not Found"}'])
    expect(await get(`/${'x'.repeat(2000)}`)).toEqual([404, '{"error":"Not Found"}'])
    site.socket('/talk', () => undefined)
    expect(await get('/bot/talk')).toEqual([426, '{"error":"Upgrade Required"}'])
    await site.close()
    expect((await get('/bot'))[0]).toBe(404)
  })

  it('answers with 500 what a route throws, and tells the log without the query', async () => {
    const listener = await open()
    const answer = (): never => {
      throw new Error('boom')
    }
    listener.site('').route({ method: 'GET', path: '/a', answer })
    expect((await fetch(`${listener.address}/a?token=s3cret`)).status).toBe(500)
    expect(warnings).toEqual(['GET /a failed: boom'])
  })

  it('takes bodies as long as the route says', async () => {
    const listener = await open()
    const answer = ({ body }: { body: string }) => ({ status: 200, body: `${body.length}` })
    const site = listener.site('')
    site.route({ method: 'POST', path: '/short', answer })
    site.route({ method: 'POST', path: '/long', maxBody: 200_000, answer })
    const post = async (path: string, length: number, type = 'text/plain') => {
      const body = 'x'.repeat(length)
      const headers = { 'Content-Type': type }
      return (await fetch(`${listener.address}${path}`, { method: 'POST', body, headers })).status
    }
    expect(await post('/short', 65_536)).toBe(200)
    expect(await post('/short', 65_537)).toBe(413)
    expect(await post('/long', 200_000, 'application/json')).toBe(200)
    expect(await post('/long', 200_001)).toBe(413)
    const endless = 'POST /short HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const socket = await raw(
      listener.address,
      `${endless}20000\r\n${'x'.repeat(131_072)}\r\n0\r\n\r\n`,
    )
    await expect.poll(socket.text).toMatch(/^HTTP\/1.1 413/)
  })

  it('answers who would like another protocol, too, in its own', async () => {
    const listener = await open()
    const { address } = listener
    const answer = ({ body }: { body: string }) => ({ status: 200, body: `got ${body}` })
    listener.site('').route({ method: 'POST', path: '/a', answer })
    const upgrade = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA'
    const asked = `POST /a HTTP/1.1\r\nHost: a\r\n${upgrade}\r\nContent-Length: 2\r\n\r\nhi`
    const socket = await raw(address, asked)
    await expect.poll(socket.text).toMatch(/^HTTP\/1.1 200 OK[^]*got hi$/)
  })

  it('refuses headers that are too long', async () => {
    const { address } = await open()
    const socket = await raw(
      address,
      `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    )
    await expect.poll(socket.text).toMatch(/^HTTP\/1.1 431/)
    await closed(socket)
  })

  it('sends away who asks too often, but not who watches', async () => {
    const rate = createRateLimit(createVirtualClock(), 0.5)
    const listener = await open({ rate, uncounted: ['/healthz'], trustProxy: ['127.0.0.1'] })
    const site = listener.site('')
    for (const path of ['/a', '/healthz']) {
      site.route({ method: 'GET', path, answer: ({ remote }) => ({ status: 200, body: remote }) })
    }
    site.socket('/talk', (upgrade) => upgrade.refuse({ status: 401 }))
    const get = (path: string, client: string) =>
      fetch(`${listener.address}${path}`, { headers: { 'X-Forwarded-For': client } })
    const talk = async (client: string): Promise<string> => {
      const socket = new WebSocket(`${listener.address}/talk`, {
        headers: { 'X-Forwarded-For': client },
      })
      const [thrown] = (await once(socket, 'error')) as [Error]
      return thrown.message
    }
    for (let count = 0; count < 4; count++) {
      expect(await (await get('/a', '192.0.2.1')).text()).toBe('192.0.2.1')
    }
    expect(await talk('192.0.2.1')).toBe('Unexpected server response: 401')
    const limited = await get('/a', '192.0.2.1')
    expect([limited.status, Number(limited.headers.get('retry-after')) <= 10]).toEqual([429, true])
    expect(await talk('192.0.2.1')).toBe('Unexpected server response: 429')
    expect((await get('/healthz', '192.0.2.1')).status).toBe(200)
    expect((await get('/a', '192.0.2.2')).status).toBe(200)
  })

  it('keeps no connection of those, nor of who sends too much', async () => {
    const rate = createRateLimit(createVirtualClock(), 0.1)
    const listener = await open({ rate })
    const answer = () => ({ status: 200 })
    listener.site('').route({ method: 'POST', path: '/a', maxBody: 10, answer })
    const head = (length: number): string =>
      `POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nx`
    for (const [length, status] of [
      [100, 413],
      [5, 429],
    ] as const) {
      const socket = await raw(listener.address, head(length))
      await expect.poll(() => socket.destroyed).toBe(true)
      expect(socket.text()).toContain(`HTTP/1.1 ${status} `)
    }
  })

  it('drops the oldest of too many connections that ask for nothing, and serves those who ask', async () => {
    const listener = await open()
    listener.site('').route({ method: 'GET', path: '/a', answer: () => ({ status: 200 }) })
    const first = await raw(listener.address)
    const half = await raw(listener.address, 'GET /a HTTP/1.1\r\nHost')
    await Promise.all(Array.from({ length: 1022 }, () => raw(listener.address)))
    expect((await fetch(`${listener.address}/a`)).status).toBe(200)
    await closed(first)
    expect(half.destroyed).toBe(false)
  })

  it('drops who says nothing, or half of it, after some seconds', async () => {
    const { address } = await open()
    const [silent, half] = await Promise.all([
      raw(address),
      raw(address, 'GET / HTTP/1.1\r\nHost: a'),
    ])
    await Promise.all([closed(silent), closed(half)])
    for (const { text } of [silent, half]) expect(text()).toMatch(/^HTTP\/1.1 408/)
  }, 20_000)

  it('keeps no connection of a client that is refused a socket and does not close its end', async () => {
    const listener = await open()
    const { hostname, port } = new URL(listener.address)
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    opened.push(() => socket.destroy())
    socket.on('error', () => undefined)
    socket.write('GET /no HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    const [said] = (await once(socket, 'data')) as [Buffer]
    expect(said.toString()).toMatch(/^HTTP\/1.1 404/)
    await once(socket, 'end')
    // Who is still listened to may go on writing.
    await expect.poll(() => socket.destroyed || (socket.write('x'), false)).toBe(true)
  })

  it('lets those get their answer who have asked when it closes, and waits for nobody else', async () => {
    const listener = await open()
    const slow = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    const site = listener.site('')
    site.route({
      method: 'POST',
      path: '/slow',
      async answer() {
        asked.resolve()
        await slow.promise
        return { status: 200, body: 'here it is' }
      },
    })
    site.socket('/talk', (upgrade) => upgrade.accept({ maxMessage: 100 }, () => undefined))
    const answered = fetch(`${listener.address}/slow`, { method: 'POST' })
    await asked.promise
    const talk = new WebSocket(`${listener.address}/talk`)
    await once(talk, 'open')
    const half = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx'
    const late = await raw(listener.address, half)
    // It was read when the one behind it is answered.
    expect((await fetch(`${listener.address}/none`)).status).toBe(404)
    await listener.close()
    slow.resolve()
    expect(await (await answered).text()).toBe('here it is')
    await expect.poll(() => late.destroyed).toBe(true)
    expect(talk.readyState).toBe(WebSocket.OPEN)
    talk.terminate()
  })

  it('is one server, whatever addresses its host has', async () => {
    const addresses = [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]
    type Found = (thrown: null, found: typeof addresses) => void
    const both = (_host: string, _options: object, found: Found): void => found(null, addresses)
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation(both as never)
    const before = process.getActiveResourcesInfo()
    const listener = await open({ host: 'localhost' })
    lookup.mockRestore()
    const servers = (all: string[]): number => all.filter((one) => one === 'TCPServerWrap').length
    expect(servers(process.getActiveResourcesInfo()) - servers(before)).toBe(1)
    await listener.close()
  })

  it('frees its port at once, whoever is connected', async () => {
    const listener = await open()
    const socket = await raw(listener.address)
    const { port } = new URL(listener.address)
    await listener.close()
    await closed(socket)
    await open({ port: Number(port) })
  })
})

describe('TLS', () => {
  // Self-signed for localhost, until 2126: a and b are two pairs.
  const file = (name: string): string =>
    fileURLToPath(new URL(`../../test/fixtures/tls/${name}`, import.meta.url))

  it('is spoken with a certificate and its key, by requests and by sockets', async () => {
    const listener = await open({ tls: await readTls(file('a.crt'), file('a.key')) })
    expect(listener.address).toMatch(/^https:/)
    const site = listener.site('')
    site.route({ method: 'GET', path: '/a', answer: () => ({ status: 204 }) })
    site.socket('/talk', (upgrade) =>
      upgrade.accept({ maxMessage: 100 }, (socket) => socket.send('hello')),
    )
    const ca = await readFile(file('a.crt'))
    const tls = { ca, servername: 'localhost' }
    const asked = httpsRequest(`${listener.address}/a`, tls)
    asked.end()
    const [answer] = (await once(asked, 'response')) as [{ statusCode: number; resume(): void }]
    expect(answer.statusCode).toBe(204)
    answer.resume()
    const socket = new WebSocket(`${listener.address.replace('http', 'ws')}/talk`, tls)
    const [said] = (await once(socket, 'message')) as [Buffer]
    expect(said.toString()).toBe('hello')
    socket.terminate()
  })

  it('is not begun with files that are missing, are none, or do not belong together', async () => {
    const read = (cert: string, key: string) => readTls(file(cert), file(key))
    await expect(read('x.crt', 'a.key')).rejects.toMatchObject({
      code: 'tls-unreadable',
      message: `${file('x.crt')} cannot be read: there is no such file or folder.`,
    })
    for (const [cert, key] of [
      ['a.crt', 'b.key'],
      ['no.crt', 'a.key'],
      ['a.key', 'a.crt'],
    ] as const) {
      await expect(read(cert, key)).rejects.toMatchObject({ code: 'tls-invalid' })
    }
  })
})
