import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../../test/terminal.ts'
import { createWavWriter } from '../audio/wav-writer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-run-'))
  const writer = await createWavWriter({ path: join(folder, 'in.wav'), sampleRate: 16_000 })
  void writer.write(new Int16Array(1600).fill(1000))
  await writer.close()
  await writeFile(
    join(folder, 'record.yaml'),
    `
version: 1
params:
  tail: { type: duration, default: 1h }
nodes:
  phone: { use: file, with: { in: ./in.wav, tail: "\${param:tail}" } }
  rec: { use: recorder, with: { path: "out/{{call.id}}.wav" } }
flow: phone -> rec.caller
`,
  )
})
afterAll(() => rm(folder, { recursive: true }))

const run = (...args: string[]) => runCli(['run', ...args], { cwd: folder })

describe('voxgraph run', () => {
  it('serves a graph until there are no more calls', async () => {
    const { code, out } = await run('record.yaml', '--set', 'tail=100ms')
    expect(code).toBe(0)
    expect(out).toMatch(/^record takes calls at .*in\.wav {2}\(Ctrl-C ends it\)$/m)
    expect(out).toMatch(/^call \S+ from in\.wav$/m)
    expect(out).toMatch(/call \S+ is over: the caller hung up, after 0\.\d s\n$/)
  })

  it('gives one object a line to programs', async () => {
    const { out } = await run('record.yaml', '--set', 'tail=20ms', '--json')
    const types = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type)
    // The caller of a file is there before anybody knows the address.
    expect(types).toEqual(['started', 'open', 'ended'])
  })

  it('does not begin with a graph that is wrong, and shows where', async () => {
    await writeFile(
      join(folder, 'bad.yaml'),
      'version: 1\nnodes: { phone: fiel }\nflow: phone -> phone\n',
    )
    const { code, err } = await run('bad.yaml')
    expect(code).toBe(1)
    expect(err).toMatch(/^bad\.yaml:2:\d+ error unknown-processor\n/)
  })

  it('wants one graph, and settings with a value', async () => {
    expect(await run()).toMatchObject({ code: 2 })
    expect(await run('a.yaml', 'b.yaml')).toMatchObject({ code: 2 })
    expect(await run('record.yaml', '--set', 'tail')).toMatchObject({ code: 2 })
  })
})
