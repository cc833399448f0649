import { expect, test } from 'vitest'
import { createHost } from '../../graph/host.ts'
import type { HandoffTarget, PlanAgent } from '../../graph/plan-agents.ts'
import { defineBrain } from '../../define/index.ts'
import { programOf } from '../program.ts'
import { checkReferences } from './check-references.ts'
import { readTest } from './read-test.ts'

const brain = defineBrain({
  id: 'quiet',
  summary: 'Says nothing.',
  options: { type: 'object', properties: {} },
  setup: () => ({ respond: () => [] }),
})

function agent(id: string, ...targets: readonly HandoffTarget[]): PlanAgent {
  const handoffs = targets.map((target) => {
    const name = target.kind === 'agent' ? target.agent : target.kind
    return { name, tool: `transfer_to_${name}`, target }
  })
  const more = { role: 'floor', brain: `${id}/llm`, enter: { kind: 'reply' }, consults: [] }
  return { id, handoffs, ...more } as unknown as PlanAgent
}

const { plan } = programOf({
  nodes: { 'triage/llm': brain, 'billing/llm': brain },
  flow: [],
  vars: { caller_name: { type: 'string', schema: { type: 'string' }, default: '' } },
})
const agents = {
  start: 'triage',
  agents: [
    agent('triage', { kind: 'agent', agent: 'billing' }, { kind: 'end' }),
    agent('billing', { kind: 'transfer', destination: '+4420' }),
  ],
}

/** What is wrong with steps for a graph with the agents triage and billing. */
async function faultsOf(...steps: readonly string[]): Promise<readonly string[]> {
  const lines = steps.map((step) => `      - ${step}\n`).join('')
  const text = `version: 1\ntarget: ./bot.yaml\ncases:\n  - name: a\n    steps:\n${lines}`
  const host = await createHost({ cwd: '/tests', env: {} })
  const readText = () => Promise.resolve(new TextEncoder().encode(text))
  const { report, scenario } = await readTest('a.test.yaml', { ...host, readText })
  expect(report.diagnostics()).toEqual([])
  if (scenario !== undefined) checkReferences(report, scenario, { ...plan, name: 'bot', agents })
  return report.diagnostics().map(({ message, help }) => `${message} ${help}`)
}

test('agents, their nodes, their tools and whoever gets the call can be named', async () => {
  expect(
    await faultsOf(
      'expect: { agent: billing, says: hello }',
      'expect: { agent: billing/llm }',
      'expect: { handoff: billing }',
      'expect: { handoff: { to: end, from: triage, state: started } }',
      'expect: { handoff: { to: transfer, pass: { reason: /charged/ }, context: summary } }',
      'expect: { tool: transfer_to_billing }',
      'expect: { interrupted: billing }',
      'expect: { vars: { caller_name: Ada } }',
      'fail: { node: billing/llm, with: refuse }',
      'feed: { billing/llm.text: hello }',
      'hangup',
      '{ hangup: true, at: { after: billing.first_audio, delay: 300ms } }',
      '{ hangup: true, at: triage/llm.text }',
    ),
  ).toEqual([])
})

test('an agent that is not there is reported with the one that was meant', async () => {
  expect(
    await faultsOf(
      'expect: { agent: biling, says: hello }',
      'expect: { handoff: triag }',
      'expect: { handoff: { to: sales } }',
      'never: { handoff: { from: trige } }',
      'expect: { interrupted: biling }',
      'fail: { node: billing, with: error }',
      'expect: { vars: { callername: Ada } }',
      'fail: { tool: transfer_to_billing, with: error }',
      '{ hangup: true, at: biling.first_audio }',
    ),
  ).toEqual([
    'bot has no agent "biling". did you mean "billing"? Agents: billing, triage.',
    'bot has no agent "triag" that could get the call. did you mean "triage"? The call can go to: billing, end, transfer, triage.',
    'bot has no agent "sales" that could get the call. The call can go to: billing, end, transfer, triage.',
    'bot has no agent "trige". did you mean "triage"? Agents: billing, triage.',
    'bot has no node "biling". did you mean "billing"? Agents: billing, triage. Nodes: billing/llm, triage/llm.',
    'bot has no node "billing". Nodes: billing/llm, triage/llm.',
    'bot has no variable "callername". did you mean "caller_name"? Variables: caller_name.',
    'bot has no tool "transfer_to_billing". Tools: end_call, press_keys, transfer_call.',
    'bot has no node "biling". did you mean "billing"? Agents: billing, triage. Nodes: billing/llm, triage/llm.',
  ])
})
