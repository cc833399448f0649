import { expect, test } from 'vitest'
import { audio, handoff, response, text, toolCall, toolResult } from '../../frames/index.ts'
import { defineProcessor, defineTransport, type ProcessorDefinition } from '../../define/index.ts'
import { drivers } from '../../drivers.ts'
import { createHost } from '../../graph/host.ts'
import { createShared } from '../../kernel/shared.ts'
import { programOf } from '../program.ts'
import type { CaseResult } from './case-result.ts'
import { readTest } from './read-test.ts'
import { runCase } from './run-case.ts'
import { openSnapshots } from './snapshots.ts'
import { timeLineOf } from './time-line.ts'

const none = { type: 'object', properties: {} } as const

/** Whatever one of the agents says, and a hand-off as their runtime does it. */
const say = (agent: string, words: string, span: number) => [
  response({ state: 'started', agent, reason: 'turn' }),
  text({ text: words, span }),
  response({ state: 'ended', agent }),
]
const pass = { reason: 'charged twice', invoice: 42 }
const reason = 'Questions about invoices'
const move = { from: 'triage', to: 'billing', reason, pass, context: 'summary' }

/** Gives the call to billing, whatever the caller says. */
const triage = defineProcessor({
  id: 'triage',
  summary: 'Stands in for an agent.',
  role: 'llm',
  ports: {
    in: { text: { type: 'text', main: true } },
    out: { text: { type: 'text', main: true } },
  },
  options: none,
  setup: () => ({
    text(frame) {
      if (frame.type === 'text' || !frame.final) return []
      const call = { callId: 'c1', name: 'transfer_to_billing' }
      return [
        toolCall({ ...call, arguments: pass }),
        handoff({ ...move, state: 'started' }),
        toolResult({ ...call, result: { status: 'ok', value: null } }),
        handoff({ ...move, state: 'done' }),
      ]
    },
  }),
})

/** Speaks as soon as it has the floor. */
const billing = defineProcessor({
  id: 'billing',
  summary: 'Stands in for an agent.',
  role: 'llm',
  ports: {
    in: { text: { type: 'text', main: true } },
    out: { text: { type: 'text', main: true } },
  },
  options: none,
  setup: () => ({
    text: () => [],
    signal: (frame) =>
      frame.type === 'handoff' && frame.state === 'done'
        ? say('billing', 'This is billing, I see two charges for invoice 42.', 1)
        : undefined,
  }),
})

const engine = (role: 'stt' | 'tts'): ProcessorDefinition =>
  defineProcessor({
    id: role,
    summary: 'The test has none of its own.',
    role,
    ports:
      role === 'stt'
        ? {
            in: { audio: { type: 'audio', main: true } },
            out: { text: { type: 'transcript', main: true } },
          }
        : {
            in: { text: { type: 'text', main: true } },
            out: { audio: { type: 'audio', main: true } },
          },
    options: none,
    setup: () =>
      ({
        audio: () => audio({ role: 'agent', samples: new Int16Array(1), sampleRate: 16_000 }),
      }) as never,
  })

const phone = defineTransport({
  id: 'line',
  summary: 'The test brings its own.',
  ports: {
    in: { audio: { type: 'audio', main: true, many: true } },
    out: { audio: { type: 'audio', main: true } },
  },
  listen: () => Promise.reject(new Error('nobody listens')),
})

const program = programOf({
  nodes: {
    phone,
    stt: engine('stt'),
    'triage/llm': triage,
    'triage/tts': engine('tts'),
    'billing/llm': billing,
    'billing/tts': engine('tts'),
  },
  flow: [
    'phone -> stt -> triage/llm -> triage/tts -> phone',
    'stt -> billing/llm -> billing/tts -> phone',
  ],
  vars: { caller_name: { type: 'string', schema: { type: 'string' }, default: 'Ada' } },
})

/** Runs steps of a test file against two agents. */
async function run(...steps: readonly string[]): Promise<CaseResult> {
  const lines = steps.map((step) => `      - ${step}\n`).join('')
  const written = `version: 1\ntarget: ./bot.yaml\ncases:\n  - name: a\n    steps:\n${lines}`
  const host = await createHost({ cwd: '/tests', env: {} })
  const readText = () => Promise.resolve(new TextEncoder().encode(written))
  const { report, scenario } = await readTest('a.test.yaml', { ...host, readText })
  expect(report.diagnostics()).toEqual([])
  const [testCase] = scenario?.cases ?? []
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
  return runCase({
    file: 'a.test.yaml',
    testCase: testCase!,
    program,
    drivers,
    shared: createShared(log),
    sounds: () => Promise.resolve(new Map()),
    snapshots: await openSnapshots('/nowhere/a.test.yaml', false),
    mostRealMs: 10_000,
  })
}

const charged = 'user: I was charged twice.'

test('a hand-off is expected by whom, to whom, why, and what is passed on', async () => {
  const { failure } = await run(
    charged,
    'expect: { agent: triage, tool: transfer_to_billing, with: { invoice: 42 } }',
    'expect: { handoff: { to: billing, state: started, context: summary } }',
    'expect: { handoff: { to: billing, from: triage, reason: invoices, pass: { reason: /^charged/, invoice: 42 } } }',
    'expect: { agent: billing }',
    'expect: { agent: billing, says: invoice 42 }',
    'expect: { agent: billing, heard: This is billing }',
    'never: { agent: triage, says: /./ }',
    'never: { handoff: triage }',
  )
  expect(failure).toBeUndefined()
})

test('what is known of the caller is expected at any time', async () => {
  const { failure } = await run(
    'expect: { vars: { caller_name: Ada } }',
    charged,
    'expect: { handoff: billing }',
    'expect: { vars: { caller_name: /^A/ } }',
    'never: { vars: { caller_name: Bob } }',
  )
  expect(failure).toBeUndefined()
})

test('a moment and an interruption go by agent or by node', async () => {
  const { failure } = await run(
    charged,
    'expect: { handoff: billing }',
    '{ wait: 1ms }',
    '{ fail: { node: triage/llm, with: error }, at: { after: billing.first_audio, delay: 300ms } }',
    '{ hangup: true, at: { after: billing/tts.first_audio, delay: 900ms } }',
    'expect: { ended: true }',
  )
  expect(failure).toBeUndefined()
})

test('what was not passed on is said with what was, and the time line tells who has the floor', async () => {
  const result = await run(charged, 'expect: { handoff: { to: billing, pass: { invoice: 43 } } }')
  expect(result.failure?.message).toBe(
    'expected handoff: { to: billing, pass: { invoice: 43 } } within 10 s, and nothing like it came',
  )
  expect(result.failure?.candidates.map((line) => line.replace(/^[\d.]+ s {2}/, ''))).toEqual([
    'triage hands over to billing: Questions about invoices { reason: "charged twice", invoice: 42 }',
    'billing has the floor',
  ])
  const lines = timeLineOf(result).lines.map(({ who, text: told }) => `${who} ${told}`)
  expect(lines).toContain('triage/llm billing has the floor')
  expect(lines.some((line) => line.startsWith('billing is heard #'))).toBe(true)
})
