import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadGraph } from 'voxgraph'
import { loadTest, type LoadedRun } from '../src/testing/scenario/load-test.ts'
import { setStage } from '../src/testing/scenario/stage.ts'
import { root } from './sources.ts'
import { runCli } from './terminal.ts'

const fixtures = join(root, 'test/fixtures/profiles')
const run = (...args: readonly string[]) => runCli(['test', ...args], { cwd: fixtures })

describe('a test that names profiles', () => {
  it('runs every case under each of them, spoken and written', async () => {
    const { code, out, err } = await run('desk.test.yaml')
    expect(`${out}${err}`).not.toContain('FAIL')
    expect(code).toBe(0)
    const names = [...out.matchAll(/^ {2}ok +(.*?) {2}/gm)].map(([, name]) => name)
    expect(names).toHaveLength(9)
    expect(names).toContain('presses keys (browser)')
    expect(names).toContain('hears what is said aloud (phone)')
    expect(names).toContain('answers, and says goodbye (daily)')
  })

  it('runs under the one that is picked', async () => {
    const { out } = await run('desk.test.yaml', '--profile', 'phone', '--filter', 'keys')
    expect(out).toContain('ok   presses keys (phone)')
    expect(out).toContain('1 passed')
    const none = await run('desk.test.yaml', '--profile', 'fax')
    expect(none).toMatchObject({ code: 2 })
    expect(none.err).toContain('No test names the profile "fax".')
  })

  it('stands in for the line with the sound of the line, echo and all', async () => {
    const { runs } = await loadTest('desk.test.yaml', { cwd: fixtures })
    const shown = ({ profile, program }: LoadedRun) => {
      const { callerFormat, phone } = setStage(program, 'audio', () => undefined)
      const { sampleRate, encoding } = callerFormat
      return [profile, sampleRate, encoding, phone?.manifest.echoes === true]
    }
    expect(runs.map(shown)).toEqual([
      ['browser', 16_000, 'pcm', false],
      ['phone', 8000, 'mulaw', true],
      ['daily', 48_000, 'pcm', false],
    ])
  })
})

describe('what is wrong', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'voxgraph-profiles-'))
    await writeFile(join(folder, 'bot.yaml'), bot)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const bot = `version: 1
nodes:
  phone: websocket
  stt: { use: pocketsphinx-stt, with: { phrases: [hello] } }
  llm: { use: script-llm, with: { start: Hello., rules: [{ on: hello, say: Hi. }] } }
  tts: flite-tts
flow: phone -> stt -> llm -> tts -> phone
profiles:
  slow: { nodes: { tts: { with: { voise: slt } } } }
  late: { nodes: { tts: { with: { voise: kal } } } }
  loud: {}
`
  const problems = async (profiles: string) => {
    const text = `version: 1\ntarget: ./bot.yaml\nprofiles: ${profiles}\ncases:
  - { name: a, steps: [{ expect: { at: ttss.text } }] }\n`
    await writeFile(join(folder, 'bot.test.yaml'), text)
    const { diagnostics } = await loadTest('bot.test.yaml', { cwd: folder })
    return diagnostics.map(({ file, range, code, profiles: of }) =>
      [`${file}:${range?.start.line}`, code, ...(of ?? [])].join(' '),
    )
  }

  it('with a test is told once, however many profiles it runs under', async () => {
    expect(await problems('[loud]')).toEqual(['bot.test.yaml:5 test-node'])
  })

  it('with a graph under one profile says which', async () => {
    expect(await problems('[loud, slow, late]')).toEqual([
      'bot.test.yaml:3 test-target',
      'bot.test.yaml:3 test-target',
      'bot.test.yaml:5 test-node',
      'bot.yaml:9 unknown-option slow',
      'bot.yaml:10 unknown-option late',
    ])
    expect(await problems('[sloww]')).toEqual([
      'bot.test.yaml:3 test-target',
      'bot.yaml:undefined unknown-profile',
    ])
    expect(await problems('loud')).toEqual(['bot.test.yaml:3 wrong-shape'])
  })
})

it('a program loads the profile that it is asked for', async () => {
  const { plan } = await loadGraph(join(fixtures, 'desk.yaml'), { profile: 'daily' })
  expect(plan.nodes.find(({ id }) => id === 'phone')?.use).toBe('./line.ts#room')
  await expect(loadGraph(join(fixtures, 'desk.yaml'), { profile: 'dayli' })).rejects.toThrow(
    'There is no profile "dayli".',
  )
})
