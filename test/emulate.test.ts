import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLiveClock, emulatorKey, readCallerScript } from 'voxgraph/testing'
import { openEmulated } from '../src/cli/emulate.ts'
import { placeCall } from '../src/cli/live-caller.ts'
import { speakScript } from '../src/cli/live-voice.ts'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-emulate-'))
})
afterAll(() => rm(folder, { recursive: true }))

const sampleRate = 16_000
const cli = [
  '--unhandled-rejections=strict',
  '-C',
  '@voxgraph/source',
  join(root, 'src/cli/main.ts'),
]

/** What `run --json` says, line by line. */
type Told = Readonly<Record<string, unknown>> & { readonly type: string }

interface Served {
  readonly code: number | null
  readonly told: readonly Told[]
  /** Everything that was written: by the process, and into its files. */
  readonly written: string
  readonly problem: string | undefined
}

/** Serves a graph on emulated vendors in a process of its own, without a key, and calls it once. */
async function callEmulated(graph: string, emulation: string, lines: string): Promise<Served> {
  const cwd = await mkdtemp(join(folder, 'call-'))
  await writeFile(join(cwd, 'it.emulate.yaml'), emulation)
  const path = join(cwd, 'caller.yaml')
  const script = readCallerScript(`version: 1\npause: 700ms\nlines:\n${lines}`, path)
  const sounds = await speakScript(script, path, sampleRate)
  // Whether vendors are asked first is tested elsewhere: here it has five seconds, in which SDKs are loaded.
  const args = ['run', join(root, graph), '--emulate', 'it.emulate.yaml', '--json', '--no-verify']
  // Not even the search path is needed: no variable is there, so no key.
  const server = spawn(process.execPath, [...cli, ...args], { cwd, env: { NO_COLOR: '1' } })
  const told: Told[] = []
  const written: string[] = []
  const [opened, ended] = [Promise.withResolvers<string>(), Promise.withResolvers<void>()]
  server.stderr.setEncoding('utf8').on('data', (text: string) => written.push(text))
  createInterface({ input: server.stdout }).on('line', (line) => {
    written.push(line)
    const one = JSON.parse(line) as Told
    told.push(one)
    if (one.type === 'open') opened.resolve(String(one['address']))
    if (one.type === 'ended') ended.resolve()
  })
  const closed = new Promise<number | null>((resolve) => server.on('close', resolve))
  // Whoever waits for the call learns that nobody is left to hold it.
  ended.promise.catch(() => undefined)
  void closed.then((code) => {
    const gone = new Error(`${code}: ${written.join('\n')}`)
    opened.reject(gone)
    ended.reject(gone)
  })
  const clock = createLiveClock()
  const { signal } = new AbortController()
  const url = await opened.promise
  const problem = await placeCall({
    ...{ clock, script, sounds, sampleRate, url, signal, onNote: () => undefined },
  })
  await ended.promise
  server.kill('SIGINT')
  const code = await closed
  const [call = ''] = await readdir(join(cwd, 'out'))
  written.push(await readFile(join(cwd, 'out', call, 'transcript.jsonl'), 'utf8'))
  return { code, told, written: written.join('\n'), problem }
}

const of = (told: readonly Told[], type: string): readonly Told[] =>
  told.filter((one) => one.type === type)
const texts = (told: readonly Told[], type: string): string =>
  of(told, type)
    .map(({ text }) => String(text))
    .join(' ')

describe('a call to a graph whose vendors are all emulated', () => {
  it('goes through the real SDKs, and goes on with another voice where one breaks off', async () => {
    const { code, told, written, problem } = await callEmulated(
      'graphs/front-desk.cloud.yaml',
      `
version: 1
ear:
  slots: { place: [swimming pool, restaurant], day: [Sunday, Monday] }
  phrases: [what time is breakfast, "is the {place} open on {day}", "no thank you [goodbye]"]
minds: [{ match: front desk, script: "${join(root, 'graphs/mocks/front-desk.yaml')}" }]
# Behind the phrases of trouble and the greeting: the answer about the swimming pool.
faults: [{ vendor: cartesia, fault: abrupt-close, after: 6 }]
`,
      '  - Is the swimming pool open on Sunday?\n  - No thank you. Goodbye.\n',
    )
    expect(problem).toBeUndefined()
    expect(code).toBe(0)
    expect(of(told, 'emulated')).toEqual([
      { type: 'emulated', vendors: ['deepgram', 'anthropic', 'cartesia', 'elevenlabs'] },
    ])
    expect(texts(told, 'caller')).toBe('is the swimming pool open on sunday no thank you goodbye')
    expect(of(told, 'tool').map(({ name }) => name)).toEqual(['opening_hours', 'end_call'])
    expect(texts(told, 'bot')).toBe(
      'Hello, this is the Harbour Hotel. How can I help you? On Sunday the swimming pool is open from eight in the morning to six. Thank you for calling the Harbour Hotel. Goodbye!',
    )
    expect(of(told, 'takeover')).toMatchObject([
      { from: 'cartesia-tts', to: 'elevenlabs-tts', isRest: true },
    ])
    expect(of(told, 'ended')).toMatchObject([{ reason: 'the agent ended the call' }])
    expect(of(told, 'vendor').map(({ vendor, violations }) => [vendor, violations])).toEqual([
      ['deepgram', []],
      ['anthropic', []],
      ['cartesia', []],
      ['elevenlabs', []],
    ])
    expect(written).not.toContain(emulatorKey)
  }, 60_000)

  it('is handed from one vendor to another with the agents', async () => {
    const { code, told, written, problem } = await callEmulated(
      'graphs/support.cloud.yaml',
      `
version: 1
ear: { phrases: [my router does not work, I want to talk to a human] }
minds:
  - { match: answer the phone of Acme, script: "${join(root, 'graphs/mocks/triage.yaml')}" }
  - { match: Ray from technical support, script: "${join(root, 'graphs/mocks/tech.yaml')}" }
  - { script: { otherwise: "", rules: [{ on: a human, say: wants a human }] } }
`,
      '  - My router does not work.\n  - I want to talk to a human.\n',
    )
    expect(problem).toBeUndefined()
    expect(code).toBe(0)
    expect(of(told, 'handoff').map(({ state, to }) => [to, state])).toEqual([
      ['tech', 'started'],
      ['tech', 'done'],
      ['human', 'started'],
      ['human', 'done'],
    ])
    expect(texts(told, 'bot')).toContain('Technical support, Ray speaking.')
    expect(texts(told, 'note')).toBe('wants a human')
    expect(of(told, 'vendor').flatMap(({ violations }) => violations)).toEqual([])
    const sent = Object.fromEntries(
      of(told, 'vendor').map((one) => [one['vendor'], one['sentBytes']]),
    )
    for (const vendor of ['deepgram', 'anthropic', 'cartesia']) {
      expect(sent[vendor]).toBeGreaterThan(1000)
    }
    expect(written).not.toContain(emulatorKey)
  }, 60_000)
})

describe('voxgraph run --emulate', () => {
  const run = (...args: string[]) => runCli(['run', ...args], { cwd: folder })
  const graph = join(root, 'graphs/front-desk.cloud.yaml')

  it('names what is wrong with the file', async () => {
    await writeFile(join(folder, 'a.yaml'), 'version: 1\nears: {}\n')
    await expect(run(graph, '--emulate', 'a.yaml')).rejects.toThrow(
      'a.yaml: the file has no key "ears"',
    )
    await expect(run(graph, '--emulate', 'none.yaml')).rejects.toThrow(
      'none.yaml cannot be read: there is no such file or folder',
    )
    await writeFile(join(folder, 'b.yaml'), 'version: 1\nminds: [{ script: ./no.yaml }]\n')
    await expect(run(graph, '--emulate', 'b.yaml')).rejects.toThrow('./no.yaml cannot be read')
    await writeFile(join(folder, 'c.yaml'), 'version: 1\near: { phrases: [] }\n')
    await expect(run(graph, '--emulate', 'c.yaml')).rejects.toThrow(
      'c.yaml: pocketsphinx-stt: phrases',
    )
    await writeFile(
      join(folder, 'd.yaml'),
      'version: 1\nfaults: [{ vendor: openai, fault: stall }]\n',
    )
    await expect(run(graph, '--emulate', 'd.yaml')).rejects.toThrow(
      'd.yaml: faults.0: the graph does not work with openai',
    )
    await writeFile(join(folder, 'e.yaml'), 'version: 1\nminds: [{ script: { rules: [] } }]\n')
    await expect(run(graph, '--emulate', 'e.yaml')).rejects.toThrow('e.yaml: ')
  })

  it('finds the file beside the graph, and needs none', async () => {
    const terminal = { out: process.stdout, err: process.stderr, cwd: folder }
    const { signal } = new AbortController()
    const beside = await openEmulated(graph, undefined, { ...terminal, signal }, {})
    const deepgram = beside?.program.plan.nodes.find(({ id }) => id === 'stt')
    const emulator = beside?.emulators.find(({ vendor }) => vendor === 'deepgram')
    expect(deepgram?.options).toMatchObject({ endpoint: emulator?.endpoint, api_key: emulatorKey })
    await beside?.close()
    await writeFile(
      join(folder, 'any.yaml'),
      `
version: 1
nodes:
  phone: websocket
  vad: webrtc-vad
  stt: { use: openai-stt, with: { model: gpt-4o-transcribe, endpoint: "\${env:NOWHERE}" } }
  llm: { use: openai-llm, with: { model: gpt-5.4-mini, prompt: You help. } }
  tts: { use: openai-tts, with: { model: gpt-4o-mini-tts, voice: marin } }
flow: phone -> vad -> stt -> llm -> tts -> phone
`,
    )
    const any = await openEmulated('any.yaml', undefined, { ...terminal, signal }, {})
    expect(any?.emulators.map(({ vendor }) => vendor)).toEqual(['openai'])
    await any?.close()
  })

  it('is told of in the help, and takes one file', async () => {
    const { out } = await run('--help')
    expect(out).toContain('--emulate')
    expect(out).toContain('no vendor is asked, no key needed: each is emulated here')
    expect(await run(graph, '--emulate', 'a.yaml', 'b.yaml')).toMatchObject({ code: 2 })
  })

  it('is not for calls faster than time', async () => {
    const { code, err } = await runCli(['demo', 'front-desk.cloud', '--emulate', '--fast'])
    expect(code).toBe(2)
    expect(err).toContain('--fast is not for services: they cannot be made to wait.')
  })
})
