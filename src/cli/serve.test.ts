import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../test/terminal.ts'
import { createWavWriter } from '../audio/wav-writer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-serve-'))
  const writer = await createWavWriter({ path: join(folder, 'in.wav'), sampleRate: 16_000 })
  void writer.write(new Int16Array(1600).fill(1000))
  await writer.close()
  for (const name of ['one', 'two']) {
    await writeFile(
      join(folder, `${name}.yaml`),
      `
version: 1
name: ${name}
nodes:
  phone: { use: file, with: { in: ./in.wav, tail: 100ms } }
  rec: { use: recorder, with: { path: "out/{{call.id}}.wav" } }
flow: phone -> rec.caller
`,
    )
  }
})
afterAll(() => rm(folder, { recursive: true }))

const serve = (...args: string[]) =>
  runCli(['serve', ...args, ...(args.includes('--port') ? [] : ['--port', '0'])], { cwd: folder })

describe('voxgraph serve', () => {
  it('shows the calls of several graphs, each with its name, until there are no more', async () => {
    const { code, out } = await serve('one.yaml', 'two.yaml')
    expect(code).toBe(0)
    for (const name of ['one', 'two']) {
      expect(out).toMatch(new RegExp(`^${name} takes calls at .*in\\.wav$`, 'm'))
      expect(out).toMatch(new RegExp(`^${name} call \\S+ from in\\.wav$`, 'm'))
      expect(out).toMatch(
        new RegExp(`^${name} call \\S+ is over: the caller hung up, after 0`, 'm'),
      )
    }
    expect(out).toMatch(
      /^ready at http:\/\/127\.0\.0\.1:\d+ {2}\(Ctrl-C ends it when the calls are over\)$/m,
    )
  })

  it('gives one object a line to programs, and can leave the calls out', async () => {
    const lines = async (...args: string[]) =>
      (await serve('one.yaml', '--json', ...args)).out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string })
    const types = (await lines()).map(({ type }) => type)
    // The caller of a file is there before anybody knows the address.
    expect(types).toEqual(['started', 'open', 'ready', 'ended'])
    expect(await lines('--quiet')).toEqual([
      { type: 'open', graph: 'one', address: expect.stringContaining('in.wav') },
      { type: 'ready', address: expect.stringMatching(/^http:/) },
    ])
  })

  it('does not serve two graphs of one name, nor one that is wrong', async () => {
    await expect(serve('one.yaml', 'one.yaml')).rejects.toMatchObject({ code: 'graph-name-taken' })
    await writeFile(
      join(folder, 'bad.yaml'),
      'version: 1\nnodes: { phone: fiel }\nflow: phone -> phone\n',
    )
    const { code, err } = await serve('one.yaml', 'bad.yaml')
    expect(code).toBe(1)
    expect(err).toMatch(/^bad\.yaml:2:\d+ error unknown-processor\n/m)
  })

  it.each([
    [[], 'Which graphs?'],
    [['--port', 'x'], '--port takes a whole number from 0 to 65535, but got "x".'],
    [['--port', '65536'], '--port takes a whole number from 0 to 65535, but got "65536".'],
    [['--max-calls', '0'], '--max-calls takes a whole number from 1, but got "0".'],
    [['--max-call', '9'], `Unknown option '--max-call'. Did you mean "--max-calls"?`],
    [['--drain', '5'], '--drain takes a length of time (500ms, 60s), but got "5".'],
    [['--tls-cert', 'a.pem'], '--tls-cert and --tls-key belong together.'],
  ])('says what makes no sense in %o', async (args, message) => {
    const { code, err } = await serve(...(args.length === 0 ? [] : ['one.yaml', ...args]))
    expect([code, err.split('\n')[0]?.slice(0, message.length)]).toEqual([2, message])
  })

  it('says what cannot be used', async () => {
    const fails = (...args: string[]) => expect(serve('one.yaml', ...args)).rejects
    await fails('--tls-cert', 'a.pem', '--tls-key', 'b.pem').toMatchObject({
      code: 'tls-unreadable',
    })
    await fails('--trust-proxy', 'proxy.example').toMatchObject({ code: 'bad-proxy' })
    await fails('--public-url', 'voice.example').toMatchObject({ code: 'bad-public-url' })
    await fails('--public-url', 'https://a.example/?b').toMatchObject({ code: 'bad-public-url' })
  })
})
