import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import {
  cartesiaVoice,
  emulateAnthropic,
  emulateCartesia,
  emulateDeepgram,
  emulateOpenAi,
  type Emulator,
} from 'voxgraph/testing'
import { createLiveClock, GraphError, loadGraph, verifyProviders } from '../src/index.ts'
import { runCli } from './terminal.ts'

/** The services that are asked, on loopback and through their own SDKs, before the phone rings. */
const graph = `version: 1
nodes:
  phone: websocket
  stt:
    use: deepgram-stt
    with: { endpoint: "\${env:DEEPGRAM_URL}", model: "\${env:HEARD_BY}" }
  llm:
    use: anthropic-llm
    with: { endpoint: "\${env:ANTHROPIC_URL}", prompt: Be kind. }
    timeout: 3s
    fallback:
      - use: openai-llm
        with: { endpoint: "\${env:OPENAI_URL}", model: gpt-5.4-mini }
  tts:
    use: cartesia-tts
    with: { endpoint: "\${env:CARTESIA_URL}", voice: "\${env:SPOKEN_BY}" }
    fallback: [{ use: deepgram-tts, with: { endpoint: "\${env:DEEPGRAM_URL}" } }]
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
  emulators.set('openai', await emulateOpenAi({ key: 'canary-openai' }))
  emulators.set('cartesia', await emulateCartesia({ key: 'canary-cartesia' }))
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
  vi.stubEnv('SPOKEN_BY', cartesiaVoice)
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

const members = [
  'stt (deepgram-stt)',
  'llm (anthropic-llm)',
  'llm/1 (openai-llm)',
  'tts (cartesia-tts)',
  'tts/1 (deepgram-tts)',
] as const

/** What the command says of each member that is not accepted, and what is written beside it. */
async function connect(): Promise<{
  readonly not: Readonly<Record<string, string>>
  readonly err: string
}> {
  const { code, out, err } = await runCli(['check', '--connect', 'bot.yaml'], { cwd: folder })
  expect(code).toBe(err.includes(' error ') ? 1 : 0)
  expect(out + err).not.toContain('canary')
  const lines = out.split('\n').filter((line) => /^(accepted|refused|doubtful|unasked) /.test(line))
  expect(lines.map((line) => line.slice(19).split(':')[0])).toEqual(members)
  const others = lines.filter((line) => !line.startsWith('accepted'))
  const not = others.map((line): [string, string] => {
    const [state = '', member = '', told = ''] = line.split(/ +bot.yaml +|: /)
    return [member, `${state} ${told}`]
  })
  return { not: Object.fromEntries(not), err }
}
const allAre = (told: string) => Object.fromEntries(members.map((member) => [member, told]))
const services = ['DEEPGRAM', 'ANTHROPIC', 'OPENAI', 'CARTESIA'] as const

test('every service says that it accepts its key', async () => {
  expect(await connect()).toEqual({ not: {}, err: '' })
})

test('a key that a service refuses is named wherever it is used, and the others are asked none the less', async () => {
  vi.stubEnv('DEEPGRAM_API_KEY', 'canary-old')
  expect((await connect()).not).toEqual({
    'stt (deepgram-stt)': 'refused provider-auth',
    'tts/1 (deepgram-tts)': 'refused provider-auth',
  })
})

test('keys that are all refused are all named at once', async () => {
  for (const name of services) vi.stubEnv(`${name}_API_KEY`, 'canary-old')
  expect((await connect()).not).toEqual(allAre('refused provider-auth'))
})

test('a model that the service does not know is refused', async () => {
  vi.stubEnv('HEARD_BY', 'nova-99')
  const { not, err } = await connect()
  expect(not).toEqual({ 'stt (deepgram-stt)': 'refused provider-invalid' })
  expect(err).toContain('nova-99')
})

test('a voice of somebody else is refused by name, though another could speak', async () => {
  vi.stubEnv('SPOKEN_BY', 'aura-2-thalia-en')
  const { not, err } = await connect()
  expect(not).toEqual({ 'tts (cartesia-tts)': 'refused provider-invalid' })
  expect(err).toContain(`bot.yaml:15:10 error provider-invalid
  cartesia-tts refused the request: "aura-2-thalia-en" is no voice of Cartesia, whose ids are UUIDs; it may be another vendor's.
`)
})

test('a proxy that answers with a page is no service', async () => {
  const { port } = proxy.address() as AddressInfo
  for (const name of services) vi.stubEnv(`${name}_URL`, `http://127.0.0.1:${port}`)
  expect((await connect()).not).toEqual(allAre('refused provider-server'))
})

test('an endpoint where nobody listens cannot be reached', async () => {
  // Nobody may listen there, on any machine.
  for (const name of services) vi.stubEnv(`${name}_URL`, 'http://127.0.0.1:1')
  expect((await connect()).not).toEqual(allAre('refused provider-connectivity'))
})

test('one that cannot be reached is a warning while another takes over', async () => {
  vi.stubEnv('CARTESIA_URL', 'http://127.0.0.1:1')
  const { not, err } = await connect()
  expect(not).toEqual({ 'tts (cartesia-tts)': 'doubtful provider-connectivity' })
  expect(err).toContain('bot.yaml:15:10 warning provider-connectivity')
})

test('programs ask in the same way before they take calls', async () => {
  const program = await loadGraph(join(folder, 'bot.yaml'))
  const asked = async (): Promise<readonly string[]> =>
    (await verifyProviders(program, { clock: createLiveClock() })).map(
      ({ members: [first = ''], state }) => `${first} ${state}`,
    )
  const names = ['stt', 'llm', 'llm/1', 'tts', 'tts/1']
  expect(await asked()).toEqual(names.map((name) => `${name} accepted`))
  emulators.get('openai')?.fail({ fault: 'overloaded', when: 'open' })
  expect(await asked()).toContain('llm/1 doubtful')
  vi.stubEnv('OPENAI_API_KEY', '')
  await expect(loadGraph(join(folder, 'bot.yaml'))).rejects.toThrow(GraphError)
  await expect(loadGraph(join(folder, 'bot.yaml'), { needKeys: false })).resolves.toBeDefined()
})

test('a service that says nothing is given up, and the others are ready none the less', async () => {
  const deepgram = emulators.get('deepgram')
  deepgram?.fail({ fault: 'stall', when: 'open', times: 2 })
  const program = await loadGraph(join(folder, 'bot.yaml'))
  const verified = await verifyProviders(program, { clock: createLiveClock(), timeoutMs: 300 })
  expect(verified.map(({ state, error }) => [state, error?.code])).toEqual([
    ['refused', 'provider-timeout'],
    ['accepted', undefined],
    ['accepted', undefined],
    ['accepted', undefined],
    ['doubtful', 'provider-timeout'],
  ])
})
