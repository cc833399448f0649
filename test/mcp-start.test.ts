import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLiveClock, loadGraph, runProgram, type Log } from 'voxgraph'
import { createShared } from '../src/kernel/shared.ts'
import { runCli } from './terminal.ts'

const server = new URL('./fixtures/mcp/desk.ts', import.meta.url).pathname
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-mcp-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A graph with a tool of a server. */
function graphWith(tool: string, command: readonly string[] = [process.execPath, server, 'stdio']) {
  const file = join(folder, 'bot.yaml')
  writeFileSync(
    file,
    `version: 1
nodes:
  phone: { use: websocket, with: { port: 0 } }
  stt: { use: pocketsphinx-stt, with: { phrases: [hello] } }
  llm:
    use: script-llm
    with:
      tools: [find]
      rules: [{ on: find her, tool: { name: find, with: { name: ada } }, say: "She is {result.tier}." }]
  tts: flite-tts
flow: phone -> stt -> llm -> tts -> phone
tools: { find: mcp:crm/${tool} }
mcp:
  crm: { command: ${JSON.stringify(command)} }
`,
  )
  return file
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined }

test('what is wrong with a server is said before the phone rings', async () => {
  const program = await loadGraph(graphWith('find_custmer'))
  const calls = runProgram(program, { clock: createLiveClock(), log: silent })
  await expect(calls.listen()).rejects.toMatchObject({ code: 'tool-missing' })
  await calls.close('the test is over')
})

test('voxgraph run ends with it', async () => {
  const run = runCli(['run', graphWith('find_custmer')], { cwd: folder })
  await expect(run).rejects.toMatchObject({
    code: 'tool-missing',
    help: expect.stringContaining('did you mean find_customer?') as string,
  })
})

test('voxgraph check asks no server', async () => {
  const { code } = await runCli(['check', graphWith('anything', ['no-such-program'])], {
    cwd: folder,
  })
  expect(code).toBe(0)
})

test('all calls of a process share one server, which ends with them', async () => {
  const program = await loadGraph(graphWith('find_customer'))
  const shared = createShared(silent)
  const clock = createLiveClock()
  const [one, other] = await Promise.all([
    shared.tools(program, clock),
    shared.tools(program, clock),
  ])
  const find = one.get('find')
  expect(find).toBeDefined()
  expect(other.get('find')).toBe(find)
  const ctx = { signal: new AbortController().signal, progress: () => undefined }
  const run = (): unknown => find?.run({ name: 'ada' } as never, ctx as never)
  expect(await run()).toEqual({ name: 'ada', tier: 'gold' })
  await shared.close()
  await expect(run()).rejects.toThrow('it is closed')
})
