import { expect, test } from 'vitest'
import { support } from '../../test/fixtures/agent-graphs.ts'
import { checkText } from '../../test/fixtures/memory-host.ts'

const bot = (budgets: string): string => `version: 1
params:
  patience: { type: duration, default: 2s }
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: anthropic-llm
  tts: { use: cartesia-tts, with: { voice: Rachel } }
flow: phone -> stt -> llm -> tts -> phone
${budgets}`

test('a graph without budgets has none', async () => {
  const { plan } = await checkText(bot(''))
  expect(plan?.budgets).toEqual([])
  expect(plan?.costBudget).toBeUndefined()
})

test('a length of time alone is the p95 of a stage; the two ends of anything else are events', async () => {
  const { plan, diagnostics } = await checkText(
    bot(`budgets:
  x-note: ours
  llm: 500ms
  turn: { p50: 900ms, p95: "\${param:patience}" }
  first_sound: { from: user.stopped, to: phone.first_audio, p95: 1.2s }
`),
  )
  expect(diagnostics).toEqual([])
  expect(plan?.budgets).toEqual([
    { name: 'llm', stage: 'llm', p50Ms: undefined, p95Ms: 500 },
    { name: 'turn', stage: 'turn', p50Ms: 900, p95Ms: 2000 },
    {
      name: 'first_sound',
      from: 'user.stopped',
      to: 'phone.first_audio',
      p50Ms: undefined,
      p95Ms: 1200,
    },
  ])
})

test('what a call may cost is a budget too: a number alone is told of when it is not enough', async () => {
  const read = async (budgets: string) => checkText(bot(`${budgets}\n`))
  const { plan, diagnostics } = await read('budgets: { cost: 0.50, llm: 500ms }')
  expect(diagnostics).toEqual([])
  expect(plan?.costBudget).toEqual({ usd: 0.5, over: 'warn', say: undefined })
  expect(plan?.budgets.map(({ name }) => name)).toEqual(['llm'])
  const ends = await read('budgets: { cost: { usd: 2, over: end, say: "Bye, {{call.from}}." } }')
  expect(ends.diagnostics).toEqual([])
  expect(ends.plan?.costBudget).toEqual({ usd: 2, over: 'end', say: 'Bye, {{call.from}}.' })
})

test('of a node that is wrong itself nothing more is said', async () => {
  const wrong = bot('budgets: { x: { from: stt.done, to: tts.done, p95: 1s } }\n')
  const { diagnostics } = await checkText(wrong.replace('deepgram-stt', 'deepgrm-stt'))
  expect(diagnostics.map(({ code }) => code)).toEqual(['unknown-processor'])
})

test('budgets that are no map are refused, once', async () => {
  for (const [written, code] of [
    ['budgets: 500ms', 'wrong-shape'],
    ['budgets: [500ms]', 'wrong-shape'],
    ['budgets: { llm: [500ms] }', 'bad-value'],
  ] as const) {
    const { diagnostics } = await checkText(bot(`${written}\n`))
    expect(diagnostics.map((one) => one.code)).toEqual([code])
  }
})

test('an event of an agent is one of its mind or its voice', async () => {
  const budgets =
    'budgets: { b: { from: billing.first_text, to: billing.first_audio, p95: 900ms } }\n'
  const { plan, diagnostics } = await checkText(`${support}${budgets}`)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(plan?.budgets).toMatchObject([
    { from: 'billing/llm.first_text', to: 'billing/tts.first_audio' },
  ])
})
