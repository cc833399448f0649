import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { root } from '../../test/sources.ts'
import { runCli } from '../../test/terminal.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(root, 'test/fixtures/cli/.connect-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  vi.stubEnv('HEAR_API_KEY', 'canary-hear')
  vi.stubEnv('SPEAK_API_KEY', 'canary-speak')
})
afterEach(() => vi.unstubAllEnvs())

/** A bot whose ear and voice are services; `stt` and `tts` are what their nodes hold beside `use`. */
async function cloud(stt = '', tts = ''): Promise<void> {
  const text = `version: 1
nodes:
  phone: websocket
  stt: { use: ../vendors.ts#hear${stt} }
  llm: ../vendors.ts#mind
  tts: { use: ../vendors.ts#speak${tts} }
flow: phone -> stt -> llm -> tts -> phone
`
  await writeFile(join(folder, 'bot.yaml'), text)
}

const check = (...args: readonly string[]) =>
  runCli(['check', ...args, 'bot.yaml'], { cwd: folder })

describe('voxgraph check --env', () => {
  test('names every missing key at once; without it a graph is checked that has none', async () => {
    vi.stubEnv('HEAR_API_KEY', '')
    vi.stubEnv('SPEAK_API_KEY', undefined)
    await cloud('', ', fallback: [../vendors.ts#speak]')
    expect(await check()).toMatchObject({ code: 0, err: '' })
    expect(await check('--env')).toEqual({
      code: 1,
      out: '',
      err: `bot.yaml:4:15 error env-missing
  2 environment variables are not set: HEAR_API_KEY (line 4), SPEAK_API_KEY (line 6).
    4 |   stt: { use: ../vendors.ts#hear }
      |               ^^^^^^^^^^^^^^^^^^
  help: Set them or add them to .env. A key can come from another variable: api_key: \${env:NAME}.

1 error
`,
    })
    expect(await check('--connect')).toMatchObject({ code: 1, out: '' })
  })
})

describe('voxgraph check --connect', () => {
  test('says of each service that it accepts the key', async () => {
    await cloud()
    expect(await check('--connect')).toEqual({
      code: 0,
      err: '',
      out: `ok bot.yaml  4 nodes (phone, stt, llm, tts), 4 edges
accepted bot.yaml  stt (../vendors.ts#hear)
accepted bot.yaml  tts (../vendors.ts#speak)
`,
    })
  })

  test.for([
    [
      'a key that is refused',
      ', with: { api_key: "${env:OLD_KEY}" }',
      '',
      `bot.yaml:4:15 error provider-auth
  hear-stt did not accept the key: 401 Invalid credentials.
    4 |   stt: { use: ../vendors.ts#hear, with: { api_key: "\${env:OLD_KEY}" } }
      |               ^^^^^^^^^^^^^^^^^^
  help: Check api_key and the environment variable it comes from, and what the key may do.
`,
    ],
    [
      'a model that is not known',
      ', with: { model: nova-9 }',
      '',
      `bot.yaml:4:15 error provider-invalid
  hear-stt refused the request: there is no model "nova-9".
    4 |   stt: { use: ../vendors.ts#hear, with: { model: nova-9 } }
      |               ^^^^^^^^^^^^^^^^^^
  help: Check the options of the node: model, voice, language.
`,
    ],
    [
      'a voice that is not known',
      '',
      ', with: { voice: nobody }',
      `bot.yaml:6:15 error provider-invalid
  speak-tts refused the request: there is no voice "nobody".
    6 |   tts: { use: ../vendors.ts#speak, with: { voice: nobody } }
      |               ^^^^^^^^^^^^^^^^^^^
  help: Check the options of the node: model, voice, language.
`,
    ],
    [
      'a voice of somebody else',
      '',
      ', with: { voice: aura-2-thalia-en }',
      `bot.yaml:6:15 error provider-invalid
  speak-tts refused the request: "aura-2-thalia-en" is a voice of Deepgram.
    6 |   tts: { use: ../vendors.ts#speak, with: { voice: aura-2-thalia-en } }
      |               ^^^^^^^^^^^^^^^^^^^
  help: Check the options of the node: model, voice, language.
`,
    ],
    [
      'an endpoint where nobody is',
      '',
      ', with: { endpoint: "http://127.0.0.1:9" }',
      `bot.yaml:6:15 error provider-connectivity
  speak-tts cannot be reached: connect ECONNREFUSED 127.0.0.1:9.
    6 |   tts: { use: ../vendors.ts#speak, with: { endpoint: "http://127.0.0.1:9" } }
      |               ^^^^^^^^^^^^^^^^^^^
  help: Check the network, and "endpoint" where it is set.
`,
    ],
    [
      'a proxy that answers with a page',
      '',
      ', with: { endpoint: "http://proxy.example" }',
      `bot.yaml:6:15 error provider-server
  speak-tts failed: something else answers at http://proxy.example, with HTML.
    6 |   tts: { use: ../vendors.ts#speak, with: { endpoint: "http://proxy.example" } }
      |               ^^^^^^^^^^^^^^^^^^^
  help: The fault is on its side, or of something between: check "endpoint" where it is set.
`,
    ],
  ] as const)('refuses %s, with the line and the remedy', async ([, stt, tts, told]) => {
    vi.stubEnv('OLD_KEY', 'canary-old')
    await cloud(stt, tts)
    const { code, out, err } = await check('--connect')
    expect([code, err]).toEqual([1, `${told}\n1 error\n`])
    expect(out.match(/^\w+/gm)?.sort()).toEqual(['accepted', 'refused'])
    expect(out + err).not.toContain('canary')
  })

  test('warns of one that cannot be reached while another takes its place', async () => {
    await cloud('', ', with: { endpoint: "http://127.0.0.1:9" }, fallback: [../vendors.ts#speak]')
    const { code, out, err } = await check('--connect')
    expect(code).toBe(0)
    expect(err).toContain('bot.yaml:6:15 warning provider-connectivity\n')
    expect(err).toMatch(/\n1 warning\n$/)
    expect(out.split('\n').slice(1)).toEqual([
      'accepted bot.yaml  stt (../vendors.ts#hear)',
      'doubtful bot.yaml  tts (../vendors.ts#speak): provider-connectivity',
      'accepted bot.yaml  tts/1 (../vendors.ts#speak)',
      '',
    ])
    expect((await check('--connect', '--strict')).code).toBe(1)
  })

  test('shows a fallback that is refused where the fallback stands', async () => {
    const fallback = ', fallback: [{ use: ../vendors.ts#speak, with: { voice: nobody } }]'
    await cloud('', fallback)
    const { code, err } = await check('--connect')
    expect(code).toBe(1)
    expect(err).toContain('bot.yaml:6:54 error provider-invalid\n')
  })

  test('tells programs of what was accepted, too', async () => {
    await cloud('', ', with: { voice: nobody }')
    const json = await check('--connect', '--json')
    expect(json.code).toBe(1)
    expect(JSON.parse(json.out)).toMatchObject([
      {
        code: 'provider-invalid',
        severity: 'error',
        file: 'bot.yaml',
        range: { start: { line: 6, column: 15 } },
        help: 'Check the options of the node: model, voice, language.',
      },
      {
        code: 'provider-accepted',
        severity: 'note',
        message:
          '../vendors.ts#hear is ready: the service accepts the key and knows what is asked of it.',
        range: { start: { line: 4, column: 15 } },
      },
    ])
    const github = await check('--connect', '--github')
    expect(github.out.split('\n').map((line) => line.slice(0, line.indexOf(',')))).toEqual([
      '::error file=bot.yaml',
      '::notice file=bot.yaml',
      '',
    ])
  })

  test('asks nobody for a graph that is wrong, and imports nothing that it must not import', async () => {
    await cloud(', with: { modle: nova-9 }')
    const { code, out, err } = await check('--connect')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('unknown-option')
    expect(await check('--connect', '--no-exec')).toMatchObject({ code: 2 })
  })
})

describe('voxgraph run', () => {
  test('takes no call before the services have accepted their keys', async () => {
    await cloud('', ', with: { voice: nobody }')
    const { code, out, err } = await runCli(['run', 'bot.yaml'], { cwd: folder })
    expect([code, out]).toEqual([1, ''])
    expect(err).toBe(`bot.yaml:6:15 error provider-invalid
  speak-tts refused the request: there is no voice "nobody".
    6 |   tts: { use: ../vendors.ts#speak, with: { voice: nobody } }
      |               ^^^^^^^^^^^^^^^^^^^
  help: Check the options of the node: model, voice, language.
no call was taken; --no-verify leaves the question out
`)
  })

  test('needs its keys', async () => {
    vi.stubEnv('SPEAK_API_KEY', '')
    await cloud()
    const { code, out, err } = await runCli(['run', '--no-verify', 'bot.yaml'], { cwd: folder })
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('1 environment variable is not set: SPEAK_API_KEY (line 6).')
  })
})

describe('other commands', () => {
  const fallback = ', fallback: [../vendors.ts#speak]'

  test('pictures show what takes the place of a node', async () => {
    await cloud('', fallback)
    const draw = (format: string) =>
      runCli(['graph', 'bot.yaml', '--format', format], { cwd: folder })
    expect((await draw('mermaid')).out).toContain(
      'tts["tts<br/>../vendors.ts#35;speak<br/>else ../vendors.ts#35;speak"]:::node',
    )
    expect((await draw('dot')).out).toContain('>else ../vendors.ts#speak</FONT>')
    expect((await draw('ascii')).out).toContain('else ../vendors.ts#speak')
    const { nodes } = JSON.parse((await draw('json')).out) as {
      readonly nodes: readonly { readonly id: string; readonly fallback: readonly string[] }[]
    }
    const found = nodes.flatMap(({ id, fallback: others }) =>
      others.length > 0 ? [id, ...others] : [],
    )
    expect(found).toEqual(['tts', '../vendors.ts#speak'])
  })

  test('pictures of agents show it, too', async () => {
    const text = `version: 1
start: triage
defaults: { agent: { llm: ../vendors.ts#mind, tts: { use: ../vendors.ts#speak${fallback} } } }
nodes: { phone: websocket, stt: ../vendors.ts#hear }
flow: phone -> stt -> agents -> phone
agents: { triage: { prompt: Be kind. } }
`
    await writeFile(join(folder, 'bot.yaml'), text)
    const { out } = await runCli(['graph', 'bot.yaml'], { cwd: folder })
    expect(out).toContain('../vendors.ts#mind → ../vendors.ts#speak (else ../vendors.ts#speak)')
  })

  test('a description says which variable a key comes from', async () => {
    const { out } = await runCli(['describe', '../vendors.ts#speak'], { cwd: folder })
    expect(out).toMatch(/^ {2}api_key +string +.*SPEAK_API_KEY unless given\. Secret\.$/m)
    expect(out).not.toContain('env:')
  })
})
