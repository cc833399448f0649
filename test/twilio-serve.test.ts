import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLiveClock, loadGraph } from 'voxgraph'
import { emulateTwilio, type TwilioEmulator } from 'voxgraph/testing'
import { serveGraphs, type Server } from '../src/server/serve-graphs.ts'

const graph = (name: string, endpoint: string): string => `version: 1
name: ${name}
nodes:
  phone: { use: twilio, with: { endpoint: "${endpoint}" } }
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [goodbye] } }
  llm:
    use: script-llm
    with: { start: This is ${name}., rules: [{ on: goodbye, say: Goodbye. }], otherwise: Sorry? }
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`

const world = 'https://voice.example.com/bots'
const clock = createLiveClock()
let folder: string
let twilio: TwilioEmulator
let server: Server
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-twilio-serve-'))
  // What a proxy does that is seen from outside: TLS, and a path of its own.
  const reach = (url: string): string =>
    url
      .replace(world, server.address)
      .replace(world.replace('https', 'wss'), server.address.replace('http', 'ws'))
  twilio = await emulateTwilio({ clock, reach })
  const env = { TWILIO_ACCOUNT_SID: twilio.accountSid, TWILIO_AUTH_TOKEN: twilio.key }
  const programs = await Promise.all(
    ['desk', 'bar'].map(async (name) => {
      const file = join(folder, `${name}.yaml`)
      await writeFile(file, graph(name, twilio.endpoint))
      return loadGraph(file, { env })
    }),
  )
  const log = { debug() {}, info() {}, warn() {} }
  server = await serveGraphs(programs, { clock, log, publicUrl: world, maxCalls: 2 })
})
afterAll(async () => {
  await server.close({ withinMs: 0 })
  await twilio.close()
  await rm(folder, { recursive: true })
})

it('serves graphs below one public address, says when it is full, and loses no call when it closes', async () => {
  expect(server.graphs.map(({ address }) => address)).toEqual([
    `${world}/desk/twilio`,
    `${world}/bar/twilio`,
  ])
  // The signature is made for the address of the world; the one of this machine is nobody's.
  const local = twilio.newCall({ url: '' })
  expect((await local.post(`${server.address}/desk/twilio`)).status).toBe(403)
  const calls = server.graphs.map(({ address }) => twilio.call({ url: address }))
  const isHeard = (): boolean => calls.every(({ stream }) => (stream?.playedMs ?? 0) > 300)
  while (!isHeard()) await clock.sleep(20)
  expect(server.calls).toBe(2)
  const third = twilio.call({ url: `${world}/bar/twilio` })
  await third.ended
  expect(third.done).toEqual(['reject busy'])
  const closing = server.close({ withinMs: 20_000 })
  const fourth = twilio.call({ url: `${world}/desk/twilio` })
  await fourth.ended
  expect(fourth.done).toEqual(['reject busy'])
  for (const call of calls) expect(call.status).toBe('in-progress')
  await Promise.all(calls.map((call) => call.end('completed')))
  expect(await closing).toMatchObject({ finished: 2, cut: 0 })
  expect(twilio.violations).toEqual([])
})
