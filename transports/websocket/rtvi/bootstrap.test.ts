import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createVirtualClock, createWeb } from 'voxgraph/testing'
import { stockCall } from '../../../test/pipecat/stock-client.ts'
import { createRig, type RigServer } from '../rig.ts'

const rig = createRig(createVirtualClock, createWeb())
afterEach(rig.close)
// The stock transport talks to the console all the time.
beforeAll(() => {
  for (const level of ['log', 'info', 'debug', 'warn'] as const)
    vi.spyOn(console, level).mockReturnValue()
})

describe('the bootstrap', () => {
  const address = ({ url }: RigServer, path = ''): string =>
    `${url.replace(/^ws/, 'http')}${path}connect`
  const post = (url: string, headers: Record<string, string> = {}, body = '{}') =>
    fetch(url, { method: 'POST', headers, body })

  it('leads a stock client to the socket, with the variables of its call', async () => {
    const server = await rig.serve({ token: 's3cret' })
    const stock = await stockCall()
    rig.later(() => stock.client.disconnect())
    await stock.client.startBotAndConnect({
      endpoint: address(server),
      headers: new Headers({ authorization: 'Bearer s3cret' }),
      requestData: { tenant: 'acme', seats: 2, nested: { a: 1 } },
    })
    const { connection } = await server.next()
    expect(connection.call).toMatchObject({ tenant: 'acme', seats: '2' })
    expect(connection.call).not.toHaveProperty('token')
    expect(connection.call).not.toHaveProperty('nested')
  })

  it('answers pages of the origins that may connect, and no others', async () => {
    const server = await rig.serve({ path: '/talk', origins: ['https://app.example'] })
    const url = `${server.url.replace(/^ws/, 'http')}/connect`
    const good = await post(url, { origin: 'https://app.example' })
    expect(good.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(await good.json()).toEqual({ wsUrl: server.url })
    const bad = await post(url, { origin: 'https://evil.example' })
    expect(bad.status).toBe(403)
    expect(bad.headers.get('access-control-allow-origin')).toBeNull()
    const asked = await fetch(url, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(asked.status).toBe(204)
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
  })

  it.each([
    [401, {}, '{}'],
    [401, { authorization: 'Bearer wrong' }, '{}'],
    [400, { authorization: 'Bearer s3cret' }, '[]'],
    [400, { authorization: 'Bearer s3cret' }, '{'],
    [413, { authorization: 'Bearer s3cret' }, ' '.repeat(9000)],
  ])('answers %i to %o', async (status, headers: Record<string, string>, body) => {
    const server = await rig.serve({ token: 's3cret' })
    expect((await post(address(server), headers, body)).status).toBe(status)
  })
})
