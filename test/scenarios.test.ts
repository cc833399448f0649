import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { loadTest } from '../src/testing/scenario/load-test.ts'
import { runTest, type TestRun } from '../src/testing/scenario/run-test.ts'
import { runCli } from './terminal.ts'

const root = new URL('..', import.meta.url).pathname

test.for([
  'graphs/front-desk.test.yaml',
  'graphs/front-desk.audio.test.yaml',
  'graphs/barge-in.test.yaml',
  'graphs/barge-in.audio.test.yaml',
  'graphs/support.test.yaml',
  'graphs/support.guard.test.yaml',
  'graphs/front-desk.cloud.test.yaml',
  'graphs/support.cloud.test.yaml',
  'test/fixtures/agents/three.test.yaml',
  'test/fixtures/agents/sound.test.yaml',
  'test/fixtures/tools/desk.test.yaml',
  'test/fixtures/tools/agents.test.yaml',
])('the scenarios of %s hold', async (file) => {
  const { code, out, err } = await runCli(['test', file], { cwd: root })
  expect(code, out + err).toBe(0)
})

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-scenarios-'))
  await writeFile(join(folder, 'bot.yaml'), bot)
})
afterAll(() => rm(folder, { recursive: true }))

const bot = `
version: 1
name: bot
nodes:
  phone: websocket
  stt: { use: pocketsphinx-stt, with: { phrases: [hello] } }
  llm:
    use: script-llm
    with:
      start: Good morning.
      tools: [end_call]
      rules:
        - { on: what is new, say: Nothing at all. }
        - { on: keys one two, say: Twelve. }
        - { on: goodbye, say: Goodbye., end_call: true }
  tts: flite-tts
flow:
  main: phone -> stt -> llm -> tts -> phone
  keys: phone.dtmf -> llm.dtmf
`

/** Runs steps against the bot, and gives what came of it. */
async function runSteps(steps: string, more: Partial<TestRun> = {}) {
  const text = `version: 1\ntarget: ./bot.yaml\ncases:\n  - name: it\n    steps:\n${steps
    .trim()
    .split('\n')
    .map((line) => `      ${line.trimEnd()}`)
    .join('\n')}\n`
  await writeFile(join(folder, 'it.test.yaml'), text)
  const { scenario, program, diagnostics } = await loadTest('it.test.yaml', { cwd: folder })
  expect(diagnostics).toEqual([])
  if (scenario === undefined || program === undefined) throw new Error('not loaded')
  const [result] = await runTest({ scenario, program, ...more })
  if (result === undefined) throw new Error('no result')
  return result
}
const messageOf = async (steps: string): Promise<string> =>
  (await runSteps(steps)).failure?.message ?? 'passed'

describe('a scenario', () => {
  it('runs the same to the event every time', async () => {
    const steps = `
- user: What is new?
- expect: { heard: Nothing at all }
- user: Goodbye.
- expect: { ended: true }`
    const [one, other] = [await runSteps(steps), await runSteps(steps)]
    expect(one.failure).toBeUndefined()
    expect(other.events).toEqual(one.events)
    expect(other.virtualMs).toBe(one.virtualMs)
  })

  it('says what was expected, and what there was instead', async () => {
    const { failure, marks } = await runSteps(`
- user: What is new?
- expect: { says: A lot, within: 2s }`)
    expect(failure?.message).toBe('expected says: A lot within 2 s, and nothing like it came')
    expect(failure?.candidates).toEqual([expect.stringMatching(/s {2}"Nothing at all\."$/)])
    expect(failure?.step?.line).toBe(7)
    expect(marks.map(({ failed }) => failed)).toEqual([false, true])
  })

  it('says how late something came', async () => {
    const steps = '- user: What is new?\n- expect: { says: Nothing, within: 10ms }'
    expect(await messageOf(steps)).toMatch(/and nothing like it came$/)
    const late = `
- user: What is new?
- wait: 3s
- expect: { turn: { within: 10ms }, within: 1s }`
    expect(await messageOf(late)).toMatch(/nothing like it came$/)
    const fine = '- user: What is new?\n- expect: { turn: { within: 900ms } }'
    expect(await messageOf(fine)).toBe('passed')
  })

  it('fails where something happens that never must', async () => {
    const steps = '- user: What is new?\n- never: { says: nothing, for: 5s }'
    expect(await messageOf(steps)).toMatch(/^must never happen, but did at \d+\.\d\d s: says: noth/)
    expect(await messageOf('- never: { says: everything, for: 5s }')).toBe('passed')
  })

  it('does not wait for a call that has ended', async () => {
    const result = await runSteps('- hangup\n- expect: { says: hello }')
    expect(result.failure?.message).toMatch(/, but the call ended: the caller hung up$/)
    expect(result.virtualMs).toBeLessThan(1000)
  })

  it('speaks when it is told to, and not when the moment has passed', async () => {
    const early = `
- user: What is new?
  at: 200ms
- expect: { interrupted: true, within: 1s }
- expect: { says: Nothing at all }`
    expect(await messageOf(early)).toBe('passed')
    const missed = '- wait: 3s\n- user: What is new?\n  at: 2s'
    expect(await messageOf(missed)).toBe('its moment (2.00 s) has passed: it is 3.00 s already')
    const nowhere =
      '- user: What is new?\n  at: { after: tts.first_audio }\n- user: Eh?\n  at: stt.turn'
    expect(await messageOf(nowhere)).toMatch(/^waited 10 s for stt\.turn/)
  })

  it('feeds ports, and sees what comes to them', async () => {
    const steps = `
- feed: { llm.text: what is new }
- expect: { at: tts.text, matches: Nothing, from: llm, type: text }
- expect: { at: tts.text, equals: " at" }`
    expect(await messageOf(steps)).toBe('passed')
    expect(
      await messageOf('- user: What is new?\n- expect: { at: llm.text, equals: hello }'),
    ).toMatch(/nothing like it came$/)
  })

  it('presses keys', async () => {
    const steps = `
- user: { dtmf: "12#" }
- expect: { turn: { text: "keys: 12#" } }`
    expect(await messageOf(steps)).toBe('passed')
  })

  it('knows who speaks', async () => {
    const steps = `
- expect: { agent: llm }
- user: What is new?
- expect: { agent: llm, says: nothing }`
    expect(await messageOf(steps)).toBe('passed')
    expect(await messageOf('- expect: { agent: tts, says: morning }')).toMatch(/nothing like it/)
  })

  it('makes nodes and lines fail', async () => {
    const voice = `
- fail: { node: tts, with: error }
- user: What is new?
- user: What is new?
- expect: { ended: tts failed }`
    expect(await messageOf(voice)).toBe('passed')
    const slow = `
- wait: 3s
- fail: { node: llm, with: slow, delay: 2s, times: 1 }
- user: What is new?
- never: { says: nothing, for: 2s }
- expect: { says: nothing, within: 1s }`
    expect(await messageOf(slow)).toBe('passed')
    const line = '- fail: { node: phone, with: disconnect }\n- expect: { ended: connection }'
    expect(await messageOf(line)).toBe('passed')
  })

  it('fails when the call ends with an error that nobody expects', async () => {
    const ask = '- user: What is new?\n'
    const steps = `- fail: { node: tts, with: error }\n${ask}${ask}- wait: 20s`
    expect(await messageOf(steps)).toMatch(/^the call ended with an error: /)
  })

  it('is stopped when it takes too much real time', async () => {
    const { failure } = await runSteps('- wait: 9m', { mostRealMs: 0 })
    expect(failure?.message).toBe('the case took more than 0 s of real time')
    expect(await messageOf('- wait: 9m\n- wait: 9m')).toBe('the call lasted more than 10 minutes')
  })

  it('records a snapshot the first time, and compares it afterwards', async () => {
    const steps = (words: string): string => `
- user: ${words}
- expect: { heard: nothing at all }
- snapshot: llm.text`
    expect(await messageOf(steps('What is new?'))).toBe('passed')
    const path = join(folder, '__snapshots__/it.test.json')
    expect(await readFile(path, 'utf8')).toContain('What is new?')
    expect(await messageOf(steps('What is new?'))).toBe('passed')
    expect(await messageOf(steps('So what is new?'))).toMatch(/^llm.text is not as it was recorded/)
    const updated = await runSteps(steps('So what is new?'), { update: true })
    expect(updated.status).toBe('passed')
    expect(await messageOf(steps('So what is new?'))).toBe('passed')
  })
})

describe('voxgraph test', () => {
  const write = (name: string, cases: string) =>
    writeFile(join(folder, name), `version: 1\ntarget: ./bot.yaml\ncases:\n${cases}`)
  const run = (...args: string[]) => runCli(['test', ...args], { cwd: folder })

  it('tells of each case, and of a failing one what happened', async () => {
    await write(
      'mixed.test.yaml',
      `  - { name: greets, steps: [{ expect: { says: Good morning } }] }
  - { name: sings, steps: [{ expect: { says: La la la, within: 1s } }] }
  - { name: dances, skip: no legs, steps: [hangup] }
`,
    )
    const { code, out } = await run('mixed.test.yaml')
    expect(code).toBe(1)
    expect(out).toMatch(/^ {2}ok {3}greets {2}\d\.\d s of call in \d+ ms$/m)
    expect(out).toMatch(/^ {2}skip dances {2}no legs$/m)
    expect(out).toMatch(/^ {4}mixed\.test\.yaml:5 expected says: La la la/m)
    expect(out).toMatch(/^ {2}x +0\.0\d s {2}>> expect: says: La la la, within: 1s$/m)
    expect(out).toMatch(/^ +\d\.\d\d s {2}llm +writes #1 "Good morning\."$/m)
    expect(out).toMatch(/^1 passed, 1 failed, 1 skipped: /m)
  })

  it('runs the cases that are asked for', async () => {
    const { code, out } = await run('mixed.test.yaml', '--filter', 'greet', '--timeline')
    expect(code).toBe(0)
    expect(out).toContain('writes #1')
    expect(out).not.toContain('sings')
    expect(await run('mixed.test.yaml', '--filter', 'nothing')).toMatchObject({ code: 2 })
  })

  it('gives one object a line to programs', async () => {
    const { out } = await run('mixed.test.yaml', '--json')
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; status?: string; failure?: object })
    expect(lines.map(({ status }) => status)).toEqual(['passed', 'failed', 'skipped', undefined])
    expect(lines[1]?.failure).toMatchObject({ step: 5 })
    expect(lines[3]).toEqual({ type: 'done', passed: 1, failed: 1, skipped: 1 })
  })

  it('finds tests by itself, and shows what is wrong with them', async () => {
    await write('wrong.test.yaml', '  - { name: a, steps: [{ expects: { says: a } }] }\n')
    const { code, out, err } = await run('--filter', 'greets')
    expect(code).toBe(1)
    expect(err).toMatch(/^wrong\.test\.yaml:4:\d+ error unknown-key$/m)
    expect(out).toContain('greets')
    expect(await runCli(['test'], { cwd: join(folder, '__snapshots__') })).toMatchObject({
      code: 2,
    })
  })
})
