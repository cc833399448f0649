import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { emulateAnthropic, emulateDeepgram, type Emulator } from 'voxgraph/testing'
import { runCli } from './terminal.ts'

/** The services that are asked, on loopback and through their own SDKs, before the phone rings. */
const graph = `version: 1
nodes:
  phone: websocket
  stt: { use: deepgram-stt, with: { endpoint: "\${env:DEEPGRAM_URL}", model: "\${env:HEARD_BY}" } }
  llm: { use: anthropic-llm, with: { endpoint: "\${env:ANTHROPIC_URL}", prompt: Be kind. } }
  tts: { use: deepgram-tts, with: { endpoint: "\${env:DEEPGRAM_URL}" } }
flow: phone -> stt -> llm -> tts -> phone
`

let folder = ''
let proxy: Server
const emulators = new Map<string, Emulator>()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-connect-'))
  writeFileSync(join(folder, 'bot.yaml'), graph)
  emulators.set('deepgram', await emulateDeepgram({ key: 'canary-deepgram' }))
  emulators.set('anthropic', await emulateAnthropic({ key: 'canary-anthropic' }))
  proxy = createServer((_, response) => {
    response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<html>Welcome to the hotel.</html>')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  for (const emulator of emulators.values()) await emulator.close()
  await new Promise((resolve) => proxy.close(resolve))
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  vi.stubEnv('HEARD_BY', 'nova-3')
  for (const [vendor, { endpoint, key }] of emulators) {
    vi.stubEnv(`${vendor.toUpperCase()}_URL`, endpoint)
    vi.stubEnv(`${vendor.toUpperCase()}_API_KEY`, key)
  }
})
afterEach(() => {
  vi.unstubAllEnvs()
  for (const emulator of emulators.values()) {
    expect(emulator.violations).toEqual([])
    emulator.heal()
  }
})

async function connect(): Promise<readonly string[]> {
  const { code, out, err } = await runCli(['check', '--connect', 'bot.yaml'], { cwd: folder })
  expect(code).toBe(err.includes(' error ') ? 1 : 0)
  expect(out + err).not.toContain('canary')
  return out.split('\n').filter((line) => /^(accepted|refused|doubtful)/.test(line))
}
const ready = (member: string, use: string): string => `accepted bot.yaml  ${member} (${use})`

test('every service says that it accepts its key', async () => {
  expect(await connect()).toEqual([
    ready('stt', 'deepgram-stt'),
    ready('llm', 'anthropic-llm'),
    ready('tts', 'deepgram-tts'),
  ])
})

test('a key that a service refuses is named, and the others are asked none the less', async () => {
  vi.stubEnv('DEEPGRAM_API_KEY', 'canary-old')
  expect(await connect()).toEqual([
    'refused  bot.yaml  stt (deepgram-stt): provider-auth',
    ready('llm', 'anthropic-llm'),
    'refused  bot.yaml  tts (deepgram-tts): provider-auth',
  ])
})

test('a model that the service does not know is refused', async () => {
  vi.stubEnv('HEARD_BY', 'nova-99')
  expect((await connect())[0]).toBe('refused  bot.yaml  stt (deepgram-stt): provider-invalid')
})

test('a proxy that answers with a page is no service', async () => {
  const { port } = proxy.address() as AddressInfo
  for (const name of ['DEEPGRAM_URL', 'ANTHROPIC_URL']) vi.stubEnv(name, `http://127.0.0.1:${port}`)
  expect(await connect()).toEqual([
    'refused  bot.yaml  stt (deepgram-stt): provider-server',
    'refused  bot.yaml  llm (anthropic-llm): provider-server',
    'refused  bot.yaml  tts (deepgram-tts): provider-server',
  ])
})

test('an endpoint where nobody listens cannot be reached', async () => {
  // Nobody may listen there, on any machine.
  for (const name of ['DEEPGRAM_URL', 'ANTHROPIC_URL']) vi.stubEnv(name, 'http://127.0.0.1:1')
  expect(await connect()).toEqual([
    'refused  bot.yaml  stt (deepgram-stt): provider-connectivity',
    'refused  bot.yaml  llm (anthropic-llm): provider-connectivity',
    'refused  bot.yaml  tts (deepgram-tts): provider-connectivity',
  ])
})
