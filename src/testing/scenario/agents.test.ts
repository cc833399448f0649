import { expect, test } from 'vitest'
import { audio } from '../../frames/index.ts'
import {
  defineBrain,
  defineProcessor,
  defineTransport,
  type Inference,
  type NodeDefinition,
  type ProcessorDefinition,
  type Said,
} from '../../define/index.ts'
import { drivers } from '../../drivers.ts'
import { createHost } from '../../graph/host.ts'
import { createShared } from '../../kernel/shared.ts'
import { programOf } from '../program.ts'
import type { CaseResult } from './case-result.ts'
import { readTest } from './read-test.ts'
import { runCase } from './run-case.ts'
import { openSnapshots } from './snapshots.ts'
import { timeLineOf } from './time-line.ts'

/** An agent that answers by what it is asked for. */
const agent = (id: string, respond: (inference: Inference) => readonly Said[]): NodeDefinition =>
  defineBrain({
    id,
    summary: 'Answers as the test says.',
    options: { type: 'object', properties: {} },
    setup: () => ({ respond }),
  })
const pass = { reason: 'charged twice', invoice: 42 }

/** Gives the call to billing when it can. */
const triage = agent('triage', ({ reason, messages }) => {
  const said = messages.findLast(({ role }) => role === 'user')
  const wants = said?.role === 'user' && said.text.includes('goodbye') ? 'end' : 'billing'
  return reason === 'turn'
    ? [{ tool: `transfer_to_${wants}`, arguments: pass }]
    : ['I am sorry, nobody is there.']
})
const billing = agent('billing', () => ['This is billing, I see two charges for invoice 42.'])

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
    options: { type: 'object', properties: {} },
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
    'triage/brain': triage,
    'triage/tts': engine('tts'),
    'billing/brain': billing,
    'billing/tts': engine('tts'),
  },
  flow: [
    'phone -> stt -> agents/in',
    'agents/in.triage -> triage/brain -> triage/tts -> agents/out.triage',
    'agents/in.billing -> billing/brain -> billing/tts -> agents/out.billing',
    'agents/out -> phone',
  ],
  agents: {
    triage: {
      handoffs: {
        billing: { when: 'Questions about invoices.', say: 'One moment.', carry: 'all' },
        end: { say: 'Have a nice day.' },
      },
    },
    billing: {},
  },
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
    'expect: { handoff: { to: billing, state: started, context: all } }',
    'expect: { agent: triage, heard: One moment }',
    'expect: { handoff: { to: billing, from: triage, reason: invoices, pass: { reason: /^charged/, invoice: 42 } } }',
    'expect: { agent: billing }',
    'expect: { agent: billing, says: invoice 42 }',
    'expect: { agent: billing/brain, heard: This is billing }',
    'never: { agent: triage, says: /./ }',
    'never: { handoff: triage }',
  )
  expect(failure).toBeUndefined()
})

test('a hand-off to the end of the call is expected like any other', async () => {
  const { failure } = await run(
    'user: goodbye',
    'expect: { handoff: end }',
    'expect: { heard: nice day }',
    'expect: { ended: triage ended the call }',
  )
  expect(failure).toBeUndefined()
})

test('an agent that cannot start gives the floor back', async () => {
  const { failure } = await run(
    'fail: { node: billing/brain, with: refuse }',
    charged,
    'expect: { handoff: { to: billing, state: returned, reason: as the test wants it } }',
    'expect: { agent: triage, heard: nobody is there }',
    'never: { agent: billing }',
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
    '{ user: wait please, at: { after: billing.first_audio, delay: 300ms } }',
    'expect: { interrupted: billing, within: 1s }',
    charged,
    'expect: { agent: billing }',
    '{ user: wait please, at: { after: billing/tts.first_audio, delay: 300ms } }',
    'expect: { agent: billing/tts, interrupted: billing/tts, within: 1s }',
  )
  expect(failure).toBeUndefined()
})

test('a caller who is not told when to speak waits until a hand-off is over', async () => {
  const { failure, events } = await run(charged, 'user: Are you there?')
  expect(failure).toBeUndefined()
  const order = events.flatMap(({ agent: whose, does }) =>
    does.type === 'caller' || does.type === 'over' ? [whose ?? 'caller'] : [],
  )
  expect(order).toEqual(['caller', 'triage', 'billing', 'caller'])
})

test('what was not passed on is said with what was, and the time line tells who has the floor', async () => {
  const result = await run(charged, 'expect: { handoff: { to: billing, pass: { invoice: 43 } } }')
  expect(result.failure?.message).toBe(
    'expected handoff: { to: billing, pass: { invoice: 43 } } within 10 s, and nothing like it came',
  )
  expect(result.failure?.candidates.map((line) => line.replace(/^[\d.]+ s {2}/, ''))).toEqual([
    'triage hands over to billing: Questions about invoices. { reason: "charged twice", invoice: 42 }',
    'billing has the floor',
  ])
  const lines = timeLineOf(result).lines.map(({ who, text }) => `${who} ${text}`)
  expect(lines).toContain('billing/brain billing has the floor')
  expect(lines.some((line) => line.startsWith('billing is heard #'))).toBe(true)
})
