import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runNode } from './run-node.ts'
import { root } from './sources.ts'
import type { Ran } from './terminal.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-demo-'))
})
afterAll(() => rm(folder, { recursive: true }))

const program = ['-C', '@voxgraph/source', join(root, 'src/cli/main.ts'), 'demo', '--fast']

interface Demo extends Ran {
  /** Folder of the call. */
  readonly files: string
}

/** Runs the demo on virtual time in a folder of its own. */
async function demo(...more: readonly string[]): Promise<Demo> {
  const cwd = await mkdtemp(join(folder, 'call-'))
  const ran = await runNode([...program, ...more], cwd)
  const [call = ''] = await readdir(join(cwd, 'out'))
  return { ...ran, files: join(cwd, 'out', call) }
}

/** What does not depend on when the call was made. */
const timeless = (text: string): string =>
  text.replace(/\d{8}-\d{6}-[0-9a-f]{4}-\d+/g, 'CALL').replace(/"time":"[^"]*"/g, '"time":""')

describe('the front desk', () => {
  it('takes its call as scripted, the same every time', async () => {
    const [first, second] = [await demo(), await demo()]
    expect(first).toMatchObject({ code: 0, err: '' })
    const { out, files } = first
    expect(out).toMatch(/stale frames delivered +0$/m)
    expect(out).toMatch(/dropped frames +0$/m)
    expect(out).toMatch(/interruptions +1; the bot fell silent \d+ ms/)
    const [, talked] = /^([\d.]+) s of conversation in/m.exec(out) ?? []
    expect(Number(talked)).toBeGreaterThan(60)
    for (const file of ['call.wav', 'transcript.jsonl', 'graph.svg']) {
      expect((await stat(join(files, file))).size).toBeGreaterThan(1000)
    }
    const told = (one: Demo): string => timeless(one.out).replace(/^.*of conversation in.*$/m, '')
    expect(told(second)).toBe(told(first))
    const log = async (one: Demo): Promise<string> =>
      timeless(await readFile(join(one.files, 'transcript.jsonl'), 'utf8'))
    expect(await log(second)).toBe(await log(first))
    const sound = (one: Demo): Promise<Buffer> => readFile(join(one.files, 'call.wav'))
    expect((await sound(second)).equals(await sound(first))).toBe(true)
  })

  it('says so when there is nowhere to write', async () => {
    const cwd = await mkdtemp(join(folder, 'full-'))
    await writeFile(join(cwd, 'out'), '')
    const { code, err } = await runNode(program, cwd)
    expect(code).toBe(1)
    expect(err).toContain(
      `${join(cwd, 'out')} cannot be written: a part of its path is not a folder.`,
    )
    expect(err).toContain('Start it in a folder that you may write to.')
  })
})

describe('support', () => {
  it('takes a call through all its agents, the same every time, without a gap between voices', async () => {
    const [first, second] = [await demo('support'), await demo('support')]
    expect(first).toMatchObject({ code: 0, err: '' })
    const { out } = first
    expect(out).toMatch(/stale frames delivered +0$/m)
    for (const [from, to] of [
      ['triage', 'billing'],
      ['billing', 'triage'],
      ['triage', 'tech'],
    ]) {
      expect(out).toMatch(new RegExp(`${from} → ${to} .* ms`))
    }
    expect(out).toContain('human has the floor')
    const told = (one: Demo): string => timeless(one.out).replace(/^.*of conversation in.*$/m, '')
    expect(told(second)).toBe(told(first))
    const sound = (one: Demo): Promise<Buffer> => readFile(join(one.files, 'call.wav'))
    expect((await sound(second)).equals(await sound(first))).toBe(true)
  })

  it('is one of the demos that there are', async () => {
    const cwd = await mkdtemp(join(folder, 'none-'))
    const { code, err } = await runNode([...program, 'suport'], cwd)
    expect(code).toBe(2)
    expect(err).toContain('front-desk, support')
  })
})
