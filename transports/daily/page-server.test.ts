import { once } from 'node:events'
import { request } from 'node:http'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openPageServer, type PageServer } from './page-server.ts'

const dailyJs = createRequire(import.meta.url).resolve('@daily-co/daily-js/dist/daily-esm.js')
let server: PageServer
beforeAll(async () => {
  server = await openPageServer(dailyJs)
})
afterAll(() => server.close())

/** Asks for a path as it is written; `fetch` would tidy it up. */
const statusOf = (origin: string, path: string, method = 'GET'): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin)
    const asking = request({ hostname, port, path, method }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    asking.on('error', reject).end()
  })

it('serves what a page is made of, below its secret and nowhere else', async () => {
  const { url, close } = server.page(() => undefined)
  const { origin, pathname } = new URL(url)
  for (const name of ['', 'daily.js', 'page/main.ts', 'page/playback-worklet.ts']) {
    const response = await fetch(`${url}${name}`)
    expect(response.status).toBe(200)
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
    // Types were taken out: what is left is JavaScript.
    expect(await response.text()).not.toMatch(/^import type |: MessagePort\b/m)
  }
  const paths = [
    '/',
    '/wrong/',
    '/wrong/daily.js',
    `${pathname}index.ts`,
    `${pathname}page/tsconfig.json`,
    `${pathname}../page-server.ts`,
    `${pathname}page/..%2findex.ts`,
    `${pathname}socket`,
  ]
  for (const path of paths) expect([path, await statusOf(origin, path)]).toEqual([path, 404])
  expect(await statusOf(origin, pathname, 'POST')).toBe(404)
  close()
  expect(await statusOf(origin, pathname)).toBe(404)
})

it('opens one socket for a page, to the page itself', async () => {
  const opened: unknown[] = []
  const { url } = server.page((socket) => void opened.push(socket))
  const address = `${url.replace('http', 'ws')}socket`
  const { origin } = new URL(url)
  const refused = async (to: string, from: string): Promise<void> => {
    const [error] = (await once(new WebSocket(to, { origin: from }), 'error')) as [Error]
    expect(error.message).toContain('404')
  }
  await refused(address, 'https://evil.test')
  await refused(`${origin.replace('http', 'ws')}/wrong/socket`, origin)
  const socket = new WebSocket(address, { origin })
  await once(socket, 'open')
  await refused(address, origin)
  expect(opened.length).toBe(1)
  socket.terminate()
})
