import { describe, expect, it } from 'vitest'
import { defineMemory, manifestOf } from '../define/index.ts'
import { checkText } from '../../test/fixtures/memory-host.ts'

const graph = (memory: string): string => `version: 1
vars: { caller_name: { type: string, default: there }, plan: string, customer: string }
memory: ${memory}
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: { use: anthropic-llm, with: { prompt: 'Greet {{caller_name}}. Known: {{call.known}}.' } }
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
`

const planned = async (memory: string) => (await checkText(graph(memory))).plan?.memory

describe('memory in a graph', () => {
  it('is nothing unless it is written', async () => {
    const { plan } = await checkText(graph('x').replace(/^memory.*\n/m, ''))
    expect(plan).toHaveProperty('memory', undefined)
  })

  it('knows callers by their number unless told otherwise', async () => {
    const plan = await planned('{ use: process-memory, keep: [caller_name, plan, plan] }')
    expect(plan).toMatchObject({
      use: 'process-memory',
      code: { kind: 'builtin', name: 'process-memory' },
      manifest: { kind: 'memory', ports: { in: {}, out: {} } },
      caller: 'call.from',
      keep: ['caller_name', 'plan'],
      options: {},
    })
  })

  it('takes options like a node, with their defaults and values from outside', async () => {
    const text = graph(
      '{ use: sqlite-memory, with: { path: "${env:DATA}/callers.db" }, caller: customer, keep: [plan] }',
    )
    const { plan } = await checkText(text, { env: { DATA: '/srv' } })
    expect(plan?.memory).toMatchObject({
      options: { path: '/srv/callers.db', days: 365 },
      caller: 'customer',
    })
  })

  it('uses the variables that it keeps, and the one that says who calls', async () => {
    const { diagnostics } = await checkText(
      graph('{ use: process-memory, caller: customer, keep: [plan] }'),
    )
    expect(diagnostics).toEqual([])
  })

  it('can be a local module, and nothing else can', async () => {
    const options = { type: 'object', properties: {} } as const
    const open = () => Promise.reject(new Error('for tests'))
    const mine = manifestOf(defineMemory({ id: 'mine', summary: 'Mine.', options, open }))
    const other = { kind: 'other', type: 'function' } as const
    const exports = { default: mine, other }
    const modules = { '/bots/mine.ts': { kind: 'module', exports } } as const
    const good = await checkText(graph('{ use: ./mine.ts, keep: [plan] }'), { modules })
    expect(good.plan?.memory?.code).toEqual({
      kind: 'file',
      path: '/bots/mine.ts',
      export: 'default',
    })
    const bad = await checkText(graph('{ use: "./mine.ts#other", keep: [plan] }'), { modules })
    const errors = bad.diagnostics.filter(({ severity }) => severity === 'error')
    expect(errors).toMatchObject([
      { code: 'wrong-kind', help: 'Export what defineMemory of voxgraph/plugin returns.' },
    ])
  })

  it.each([
    ['process-memory', 'wrong-shape'],
    ['{ use: process-memory, keep: [] }', 'wrong-shape'],
    ['{ use: process-memory, keep: [[plan]] }', 'wrong-shape'],
    ['{ use: process-memory, keep: ["${env:X}"] }', 'interpolation-in-shape'],
    ['{ use: process-memory, keep: [plan], caller: now }', 'undeclared-var'],
    ['{ use: process-memory, keep: [plan], caller: "{{call.from}}" }', 'undeclared-var'],
    ['{ use: process-memory, keep: [plan], with: 3 }', 'wrong-shape'],
    ['{ usee: process-memory, keep: [plan] }', 'unknown-key'],
    ['{ use: sqlite-memory, keep: [plan] }', 'missing-option'],
  ])('%s is refused: %s', async (memory, code) => {
    const { diagnostics, plan } = await checkText(graph(memory))
    expect(diagnostics.map((one) => one.code)).toContain(code)
    expect(diagnostics.filter((one) => one.severity === 'error')).toHaveLength(1)
    expect(plan).toBeUndefined()
  })
})
