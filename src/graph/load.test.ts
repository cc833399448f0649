import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import { defineMemory, defineProcessor, defineTool, manifestOf } from '../define/index.ts'
import { VoxgraphError } from '../errors/index.ts'
import { check } from './check.ts'
import { createHost } from './host.ts'
import { load, loadMemory, type Import } from './load.ts'
import type { Plan } from './plan.ts'

const mask = defineProcessor({
  id: 'mask',
  summary: 'Masks words.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => ({}),
})
const lookUp = defineTool({ description: 'Looks up.', parameters: {}, run: () => null })

const text = `version: 1
nodes:
  phone: twilio
  stt: deepgram-stt
  first: ./mask.ts
  second: ./mask.ts#again
  llm: { use: anthropic-llm, with: { tools: [look_up] } }
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> first -> second -> llm -> tts -> phone
tools: { look_up: ./mask.ts#lookUp }
`

async function planOf(): Promise<Plan> {
  const { kind: _, run: __, ...tool } = lookUp
  const exports = {
    default: manifestOf(mask),
    again: manifestOf(mask),
    lookUp: { kind: 'tool', ...tool } as const,
  }
  const { plan, diagnostics } = await checkText(text, {
    modules: { '/bots/mask.ts': { kind: 'module', exports } },
  })
  expect(diagnostics).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  return plan
}

test('every module is imported once, built-ins by their door and local ones by path', async () => {
  const asked: string[] = []
  const importer: Import = async (specifier) => {
    asked.push(specifier)
    return specifier.startsWith('file:')
      ? { default: mask, again: mask, lookUp }
      : { default: { ...mask, id: specifier } }
  }
  const { definitions, tools } = await load(await planOf(), importer)
  expect(asked.sort()).toEqual([
    'file:///bots/mask.ts',
    'voxgraph/processors/anthropic-llm',
    'voxgraph/processors/cartesia-tts',
    'voxgraph/processors/deepgram-stt',
    'voxgraph/transports/twilio',
  ])
  expect([...definitions.keys()]).toEqual(['phone', 'stt', 'first', 'second', 'llm', 'tts'])
  expect(definitions.get('second')).toBe(mask)
  expect(tools.get('look_up')).toBe(lookUp)
})

test('a built-in that does not load says what to install, and keeps the cause', async () => {
  const cause = new Error("Cannot find package 'deepgram-sdk' imported from here")
  const failing: Import = async (specifier) => {
    if (specifier.endsWith('deepgram-stt')) throw cause
    return { default: mask, again: mask, lookUp }
  }
  const error = await load(await planOf(), failing).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(VoxgraphError)
  expect(error).toMatchObject({
    code: 'builtin-failed',
    message:
      "The built-in deepgram-stt could not be loaded: Cannot find package 'deepgram-sdk' imported from here",
    help: 'Run: npm install deepgram-sdk',
    cause,
  })
})

test('a module that changed after it was checked is refused', async () => {
  const changed: Import = async (specifier) =>
    specifier.startsWith('file:') ? { default: mask } : { default: mask }
  await expect(load(await planOf(), changed)).rejects.toMatchObject({ code: 'no-such-export' })
  const swapped: Import = async () => ({ default: lookUp, again: lookUp, lookUp })
  await expect(load(await planOf(), swapped)).rejects.toMatchObject({ code: 'wrong-kind' })
})

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'voxgraph-load-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const manifest = `{
  kind: 'processor', id: 'tone', summary: 'A tone.', role: 'source',
  ports: { in: {}, out: { audio: 'audio' } },
  options: { type: 'object', properties: {} },
  frames: [], safety: false, realTime: false, setup: () => ({}),
}`

test('a file on disk is checked in a worker and then loaded', async () => {
  writeFileSync(join(folder, 'tone.ts'), `export default ${manifest} as object\n`)
  writeFileSync(
    join(folder, 'bot.yaml'),
    'version: 1\nnodes: { a: ./tone.ts, b: ./tone.ts, rec: recorder }\n' +
      'flow: { a: a -> rec.caller, b: b -> rec.bot }\n',
  )
  const builtin = { ...manifestOf(mask), id: 'recorder' }
  const port = { type: 'audio', main: false, many: false, required: false, live: false } as const
  const recorder = { ...builtin, ports: { in: { caller: port, bot: port }, out: {} } }
  const host = await createHost({ cwd: folder, env: {}, builtins: [recorder] })
  const { plan, diagnostics } = await check('bot.yaml', host)
  expect(diagnostics).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  const { definitions } = await load(plan, (specifier) =>
    specifier.startsWith('file:')
      ? (import(specifier) as Promise<Record<string, unknown>>)
      : Promise.resolve({ default: mask }),
  )
  expect(definitions.get('a')).toBe(definitions.get('b'))
  expect(definitions.get('a')?.id).toBe('tone')
})

test('variables come from the environment, and below it from .env', async () => {
  writeFileSync(join(folder, '.env'), 'ONE=file\nTWO="in quotes"\n')
  const env = process.env['ONE']
  process.env['ONE'] = 'process'
  try {
    const host = await createHost({ cwd: folder, builtins: [] })
    expect(host.env['ONE']).toBe('process')
    expect(host.env['TWO']).toBe('in quotes')
  } finally {
    if (env === undefined) delete process.env['ONE']
    else process.env['ONE'] = env
  }
})

test('a directory, a missing file and a huge one are told apart without reading them', async () => {
  writeFileSync(join(folder, 'huge.yaml'), 'x'.repeat(11))
  const host = await createHost({ cwd: folder, env: {}, builtins: [] })
  expect(await host.readText(folder, 10)).toEqual({ failed: 'directory' })
  expect(await host.readText(join(folder, 'none'), 10)).toEqual({ failed: 'not-found' })
  expect(await host.readText(join(folder, 'huge.yaml'), 10)).toEqual({ failed: 'too-large' })
  expect(await host.readText('/dev/zero', 10)).toEqual({ failed: 'unreadable' })
})

test('the memory of a plan is loaded with it, or alone, and must be one', async () => {
  const memory = defineMemory({
    id: 'process-memory',
    summary: 'Remembers.',
    options: { type: 'object' },
    open: () => Promise.reject(new Error('for tests')),
  })
  const { plan } = await checkText(`version: 1
vars: { name: string }
memory: { use: process-memory, keep: [name] }
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: anthropic-llm
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
`)
  if (plan === undefined) throw new Error('no plan')
  const asked: string[] = []
  const importer: Import = async (specifier) => {
    asked.push(specifier)
    return { default: specifier.endsWith('/process-memory') ? memory : mask }
  }
  expect(await loadMemory(plan, importer)).toBe(memory)
  expect(asked).toEqual(['voxgraph/processors/process-memory'])
  expect((await load(plan, importer)).memory).toBe(memory)
  expect((await load({ ...plan, memory: undefined }, importer)).memory).toBeUndefined()
  await expect(loadMemory(plan, async () => ({ default: mask }))).rejects.toMatchObject({
    code: 'wrong-kind',
    message: 'process-memory is a processor, but the entry memory needs a memory.',
  })
  await expect(load(plan, async () => ({ default: memory }))).rejects.toMatchObject({
    code: 'wrong-kind',
  })
})
