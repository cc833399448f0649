import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createLiveClock, createVirtualClock } from 'voxgraph/testing'
import { createRest, type RestInit } from './rest.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

async function serve(answer: Answer): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  open.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const key = 'the-key-of-the-account'
const rest = (endpoint: string, more: Partial<RestInit> = {}) =>
  createRest({
    ...{ endpoint, key, clock: createLiveClock(), signal: new AbortController().signal },
    ...more,
  })

describe('Daily by REST', () => {
  it.for([
    [401, 'provider-auth'],
    [400, 'provider-invalid'],
    [429, 'provider-rate-limit'],
    [503, 'provider-overloaded'],
    [500, 'provider-server'],
  ] as const)('says what a status of %i means, and never the key', async ([status, code]) => {
    const endpoint = await serve((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'some-error', info: `no, ${key} may not` }))
    })
    const failing = rest(endpoint).closeRoom('a')
    await expect(failing).rejects.toMatchObject({ code })
    await expect(failing).rejects.toThrow('no, *** may not')
  })

  it('refuses what is no room', async () => {
    const answers = ['<html></html>', '[]', '{"name":"a"}', '{"name":7,"url":"u"}']
    for (const body of answers) {
      const endpoint = await serve((_request, response) => response.end(body))
      const spec = { expires: 1, geo: undefined, dialIn: false, dialOut: false }
      await expect(rest(endpoint).openRoom(spec)).rejects.toMatchObject({ code: 'provider-server' })
    }
  })

  it('gives up a service that does not answer within ten seconds', async () => {
    const clock = createVirtualClock()
    const asked = Promise.withResolvers<void>()
    const endpoint = await serve(() => asked.resolve())
    const failing = rest(endpoint, { clock }).closeRoom('a')
    failing.catch(() => undefined)
    await asked.promise
    await clock.advance(10_000)
    await expect(failing).rejects.toMatchObject({ code: 'provider-timeout' })
  })

  it('names a service that is not there', async () => {
    const failing = rest('http://127.0.0.1:1').closeRoom('a')
    await expect(failing).rejects.toMatchObject({ code: 'provider-connectivity' })
  })

  it('escapes the names of rooms', async () => {
    const urls: unknown[] = []
    const endpoint = await serve(({ url }, response) => {
      urls.push(url)
      response.end('{}')
    })
    await rest(endpoint).closeRoom('a/../b')
    expect(urls).toEqual(['/rooms/a%2F..%2Fb'])
  })
})
