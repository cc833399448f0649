import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createHost } from '../../graph/host.ts'
import { readTest } from './read-test.ts'

const graphs = new URL('../../../graphs/', import.meta.url)
const good = readFileSync(new URL('front-desk.test.yaml', graphs), 'utf8')
const agents = '../test/fixtures/agents/three.test.yaml'
const goodToo = readFileSync(new URL(agents, graphs), 'utf8')

async function read(text: string) {
  const host = await createHost({ cwd: '/tests', env: {} })
  return readTest('a.test.yaml', {
    ...host,
    readText: () => Promise.resolve(new TextEncoder().encode(text)),
  })
}

test('a case has its steps, each with its line and what it says', async () => {
  const { scenario, report } = await read(good)
  expect(report.diagnostics()).toEqual([])
  expect(scenario?.target).toBe('/tests/front-desk.yaml')
  const [first] = scenario?.cases ?? []
  expect(first?.name).toBe('greets with the name of the hotel')
  expect(first?.vars).toEqual({ hotel: 'the Grand Budapest' })
  const lines = good.split('\n')
  for (const { line, kind } of first?.steps ?? []) expect(lines[line - 1]).toContain(`- ${kind}:`)
  expect(first?.steps[1]?.shown).toBe('expect: heard: "How can I help you?", within: 6s')
})

test('a mock is a dialogue, a processor, or one of the test’s own folder', async () => {
  const { scenario } = await read(`version: 1
target: ../bots/bot.yaml
mocks:
  llm: { start: Hello, rules: [] }
  tts: { use: flite-tts, with: { voice: kal } }
  stt: ./mocks/ears.ts
cases: [{ name: a, steps: [hangup] }]
`)
  expect(scenario?.mocks).toEqual({
    llm: {
      ...{ use: 'script-llm', with: { start: 'Hello', rules: [] } },
      keeps: expect.arrayContaining(['tools', 'prompt']) as string[],
    },
    tts: { use: 'flite-tts', with: { voice: 'kal' } },
    stt: { use: '../tests/mocks/ears.ts' },
  })
})

test('a mock of a node of an agent can be a dialogue in a file', async () => {
  const { scenario, report } = await read(`version: 1
target: ./bot.yaml
mocks: { billing/llm: ./mocks/billing.yaml }
cases: [{ name: a, steps: [hangup] }]
`)
  expect(report.diagnostics()).toEqual([])
  expect(scenario?.mocks['billing/llm']).toMatchObject({ use: 'script-llm', with: { version: 1 } })
})

test('whatever is missing from a test file, or too much in it, is reported and never thrown', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(good, goodToo),
      fc.nat(good.length),
      fc.nat(40),
      fc.constantFrom('', ': ', '[', '}', '- ', '&a ', '*a', '/(/', '"', '\n', '3s', '\t'),
      async (text, at, length, added) => {
        const { report, scenario } = await read(text.slice(0, at) + added + text.slice(at + length))
        expect(scenario === undefined).toBe(report.hasErrors)
        report.diagnostics()
      },
    ),
    { numRuns: 300 },
  )
})
