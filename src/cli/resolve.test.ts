import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCli } from '../../test/terminal.ts'

let cwd: string
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'voxgraph-resolve-'))
  await writeFile(join(cwd, 'base.yaml'), base)
  await writeFile(join(cwd, 'bot.yaml'), bot)
  await writeFile(join(cwd, 'caller.wav'), '')
})
afterAll(() => rm(cwd, { recursive: true }))

const base = `version: 1
nodes:
  phone: { use: websocket, with: { port: 8765 } }
  stt: { use: pocketsphinx-stt, with: { phrases: [hello] } }
  llm: { use: script-llm, with: { start: Hello., rules: [{ on: hello, say: Hi. }] } }
  tts: flite-tts
flow: phone -> stt -> llm -> tts -> phone
`
const bot = `version: 1
extends: ./base.yaml
nodes:
  tts: { with: { voice: kal } }
profiles:
  fast: { nodes: { phone: { use: file, with: { in: caller.wav } } } }
  broken: { nodes: { tts: { with: { voise: slt } } } }
`
const run = (...args: readonly string[]) => runCli(args, { cwd })

describe('voxgraph resolve', () => {
  test('prints the graph with the origin of each line', async () => {
    const { code, out, err } = await run('resolve', 'bot.yaml', '--profile', 'fast')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out.replaceAll(/ +#/g, '  #')).toBe(`version: 1  # bot.yaml:1
nodes:  # base.yaml:2
  phone:  # bot.yaml:6
    use: file  # bot.yaml:6
    with:  # bot.yaml:6
      in: caller.wav  # bot.yaml:6
  stt:  # base.yaml:4
    use: pocketsphinx-stt  # base.yaml:4
    with:  # base.yaml:4
      phrases: [hello]  # base.yaml:4
  llm:  # base.yaml:5
    use: script-llm  # base.yaml:5
    with:  # base.yaml:5
      start: Hello.  # base.yaml:5
      rules:  # base.yaml:5
        - on: hello  # base.yaml:5
          say: Hi.  # base.yaml:5
  tts:  # base.yaml:6
    use: flite-tts  # base.yaml:6
    with:  # bot.yaml:4
      voice: kal  # bot.yaml:4
flow: phone -> stt -> llm -> tts -> phone  # base.yaml:7
`)
  })

  test('gives programs the values, and where each of them was written', async () => {
    const { out } = await run('resolve', 'bot.yaml', '--json')
    expect(JSON.parse(out)).toMatchObject({
      file: 'bot.yaml',
      profile: null,
      graph: { nodes: { tts: { use: 'flite-tts', with: { voice: 'kal' } } } },
      origins: { '/nodes/tts/use': 'base.yaml:6', '/nodes/tts/with/voice': 'bot.yaml:4' },
    })
  })

  test('shows a graph that is wrong, and says so', async () => {
    const { code, out, err } = await run('resolve', 'bot.yaml', '--profile', 'broken')
    expect(code).toBe(1)
    expect(out).toContain('voise: slt')
    expect(err).toContain('bot.yaml:7:37 error unknown-option')
  })

  test('wants one graph, and a profile that there is', async () => {
    expect(await run('resolve')).toMatchObject({ code: 2 })
    expect(await run('resolve', 'bot.yaml', 'base.yaml')).toMatchObject({ code: 2 })
    const { code, err, out } = await run('resolve', 'bot.yaml', '--profile', 'fats')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('help: did you mean "fast"?')
  })
})

describe('--profile', () => {
  test('is drawn, and priced, and checked by itself', async () => {
    const drawn = await run('graph', 'bot.yaml', '--profile', 'fast', '--format', 'json')
    expect(drawn.out).toContain('"file"')
    expect(drawn.out).not.toContain('"websocket"')
    expect(await run('cost', 'bot.yaml', '--profile', 'fast')).toMatchObject({ code: 0 })
    const { code, out } = await run('check', 'base.yaml', 'bot.yaml', '--profile', 'broken')
    expect({ code, out }).toEqual({ code: 1, out: '' })
  })

  test('is not needed to find a profile that is wrong', async () => {
    const { code, out, err } = await run('check', 'bot.yaml')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(`bot.yaml:7:37 error unknown-option
  "voise" is not an option of flite-tts.
    7 |   broken: { nodes: { tts: { with: { voise: slt } } } }
      |                                     ^^^^^
  in the profile broken
  help: did you mean "voice"?
`)
    expect(err).toContain('1 error\n')
  })
})
