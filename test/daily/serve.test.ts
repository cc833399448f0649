import { afterAll, beforeAll, expect, it } from 'vitest'
import { browserProcesses } from './rig.ts'
import { openStandIn, standInKey, type StandIn } from './stand-in.ts'
import { startServe, type ServeProcess } from '../serve/cli.ts'

let standIn: StandIn
let server: ServeProcess
beforeAll(async () => {
  standIn = await openStandIn()
  const { api, bundlePath } = standIn
  server = await startServe(
    [
      'test/daily/front-desk.yaml',
      ...['--profile', 'daily', '--max-calls', '1', '--max-lag', '60s', '--drain', '30s'],
      ...['--set', `api=${api}`],
      ...['--set', `machine=${bundlePath}`],
    ],
    { env: { DAILY_API_KEY: standInKey } },
  )
}, 60_000)
afterAll(async () => {
  server.kill('SIGKILL')
  await server.exited
  await standIn.close()
})

it('serves a graph in rooms: no browser before the first call, 503 when full, and waits for who is there', async () => {
  expect(browserProcesses()).toEqual([])
  const invite = async (): Promise<{ status: number; body: Record<string, string> }> => {
    const response = await fetch(`${server.address}/front-desk/daily`, { method: 'POST' })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const { status, body } = await invite()
  expect([status, standIn.rooms.size]).toEqual([200, 1])
  expect(browserProcesses().length).toBeGreaterThan(0)
  expect(await invite()).toMatchObject({ status: 503, body: { error: 'full' } })
  const started = server.next('started')
  const leave = standIn.enter(new URL(String(body['room_url'])).pathname.slice(1))
  await started
  server.kill('SIGTERM')
  expect(await server.until('draining')).toMatchObject({ calls: 1 })
  expect(await invite()).toMatchObject({ status: 503, body: { error: 'draining' } })
  expect(standIn.rooms.size).toBe(1)
  leave()
  expect(await server.until('drained')).toMatchObject({ finished: 1, cut: 0 })
  expect(await server.exited).toBe(0)
  expect(standIn.rooms.size).toBe(0)
  expect(server.err()).not.toContain('ExperimentalWarning')
})
