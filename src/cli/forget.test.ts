import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Remembered } from 'voxgraph/plugin'
import sqliteMemory from 'voxgraph/processors/sqlite-memory'
import { runCli } from '../../test/terminal.ts'
import { createLiveClock } from '../time/live-clock.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'voxgraph-forget-'))
  path = join(folder, 'out/callers.db')
})
afterEach(() => rm(folder, { recursive: true }))

const forget = (...args: readonly string[]) => runCli(['forget', ...args], { cwd: folder })

const graph = (memory: string): Promise<void> =>
  writeFile(
    join(folder, 'bot.yaml'),
    `version: 1
params: { days: { type: integer, default: 30 } }
vars: { caller_name: string, plan: string }
${memory}
nodes:
  phone: websocket
  vad: webrtc-vad
  stt: { use: pocketsphinx-stt, with: { phrases: [hello] } }
  llm: { use: script-llm, with: { start: 'Hello {{caller_name}} {{plan}}', rules: [{ on: hello, say: Hello. }] } }
  tts: flite-tts
flow: phone -> vad -> stt -> llm -> tts -> phone
`,
  )

const sqlite = (more = ''): string =>
  `memory: { use: sqlite-memory, with: { path: ${path}, days: "\${param:days}" }, keep: [caller_name, plan]${more} }`

/** What the calls of a graph have left. */
async function remember(caller: string, values: Remembered): Promise<void> {
  const nothing = (): void => undefined
  const log = { debug: nothing, info: nothing, warn: nothing }
  const clock = createLiveClock()
  const memory = await sqliteMemory.open({ options: { path, days: 30 } as never, clock, log })
  await memory.remember(caller, values)
  await memory.close?.()
}

describe('voxgraph forget', () => {
  it('forgets one caller, and says how much there was', async () => {
    await graph(sqlite())
    await remember('+15550100', { caller_name: 'Maria', plan: 'gold' })
    await remember('+15550101', { plan: 'gold' })
    expect(await forget('bot.yaml', '--caller', '+15550100', '--set', 'days=20')).toEqual({
      code: 0,
      out: 'Forgot +15550100: 2 values.\n',
      err: '',
    })
    expect(await forget('bot.yaml', '--caller', '+15550100')).toEqual({
      code: 0,
      out: `Nothing was known of +15550100.\nIt was looked for in ${path}\n`,
      err: '',
    })
    const { out } = await forget('bot.yaml', '--caller', '+15550101')
    expect(out).toBe('Forgot +15550101: 1 value.\n')
  })

  it.each([
    ['', 'bot.yaml has no memory, so it has forgotten all its callers.\n'],
    [
      'memory: { use: process-memory, keep: [caller_name] }',
      'process-memory is in the process that takes the calls and ends with it; nobody can look into it from outside. End that process.\n',
    ],
  ])('cannot forget anything where there is: %s', async (memory, err) => {
    await graph(memory)
    expect(await forget('bot.yaml', '--caller', '+1')).toEqual({ code: 1, out: '', err })
  })

  it('tells mistakes of the graph, and does nothing', async () => {
    await graph(sqlite(', color: red'))
    const { code, out, err } = await forget('bot.yaml', '--caller', '+1')
    expect([code, out]).toEqual([1, ''])
    expect(err).toContain('"color" is not a key of memory.')
  })

  it('tells why a file cannot be opened', async () => {
    await graph(sqlite())
    await writeFile(join(folder, 'out'), '')
    await expect(forget('bot.yaml', '--caller', '+1')).rejects.toMatchObject({ code: 'unopenable' })
  })

  it.each([
    [[], 'Which graph?'],
    [['bot.yaml'], 'Who shall be forgotten?'],
    [['bot.yaml', '--caller', ''], 'Who shall be forgotten?'],
    [['bot.yaml', '--caller', 'anonymous'], 'Who shall be forgotten?'],
    [['bot.yaml', 'other.yaml', '--caller', '+1'], 'One graph at a time.'],
    [['bot.yaml', '--all'], "Unknown option '--all'"],
  ])('refuses %j', async (args, reason) => {
    const { code, out, err } = await forget(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(reason)
    expect(err).toContain('usage: voxgraph forget ')
  })

  it('has help', async () => {
    const { code, out } = await forget('--help')
    expect(code).toBe(0)
    expect(out).toContain('--caller <value>')
  })
})
