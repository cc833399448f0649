import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { payments, support } from '../../test/fixtures/agent-graphs.ts'
import { checkText } from '../../test/fixtures/memory-host.ts'
import { check } from './check.ts'
import { createHost } from './host.ts'
import { load } from './load.ts'
import type { PlanAgent } from './plan-agents.ts'
import type { Plan, PlanEdge } from './plan.ts'

async function planOf(text: string, warnings: readonly string[] = []): Promise<Plan> {
  const { plan, diagnostics } = await checkText(text)
  expect(diagnostics.map(({ code }) => code)).toEqual(warnings)
  if (plan === undefined) throw new Error('no plan')
  return plan
}

const agentOf = (plan: Plan, id: string): PlanAgent | undefined =>
  plan.agents?.agents.find((agent) => agent.id === id)
const edgeOf = (plan: Plan, id: string): PlanEdge | undefined =>
  plan.edges.find((edge) => edge.id === id)
const edgeIds = (plan: Plan): string[] => plan.edges.map(({ id }) => id).sort()

test('the nodes of an agent carry its name, and stand between the two ends of the floor', async () => {
  const plan = await planOf(support)
  const ids = plan.nodes.map(({ id }) => id)
  const owned = plan.nodes.filter(({ agent }) => agent !== undefined)
  expect(owned.map(({ id, agent }) => id.startsWith(`${agent}/`))).not.toContain(false)
  for (const id of ['triage/llm', 'triage/tts', 'tech/llm', 'fraud/llm', 'notes/llm']) {
    expect(ids.indexOf('agents/in')).toBeLessThan(ids.indexOf(id))
    expect(ids.indexOf(id)).toBeLessThan(ids.indexOf('agents/out'))
  }
  expect(ids).not.toContain('fraud/tts')
})

test('the floor has one output and one input for each agent that speaks', async () => {
  const { nodes } = await planOf(support)
  const entry = nodes.find(({ id }) => id === 'agents/in')
  const exit = nodes.find(({ id }) => id === 'agents/out')
  expect(entry).toMatchObject({
    use: 'agents',
    code: { kind: 'floor' },
    onInterrupt: 'ignore',
    inserted: true,
    agent: undefined,
  })
  expect(Object.keys(entry?.manifest.ports.in ?? {})).toEqual(['text', 'dtmf'])
  expect(Object.keys(entry?.manifest.ports.out ?? {})).toEqual(
    ['triage', 'billing', 'tech'].flatMap((id) => [id, `${id}.dtmf`]),
  )
  expect(Object.keys(exit?.manifest.ports.in ?? {})).toEqual(['triage', 'billing', 'tech'])
  expect(Object.keys(exit?.manifest.ports.out ?? {})).toEqual(['audio', 'message'])
})

test('what the caller says goes to each agent, and what they say comes together', async () => {
  const plan = await planOf(support)
  expect(edgeIds(plan)).toEqual(
    expect.arrayContaining([
      'stt.transcript -> agents/in.text',
      'agents/in.triage -> triage/llm.text',
      'triage/llm.text -> triage/tts.text',
      'agents/out.audio -> phone.audio',
    ]),
  )
})

test('all agents speak in the form that the transport takes, each through a converter of its own', async () => {
  const plan = await planOf(support)
  const phone = { sampleRate: 8000, channels: 1, encoding: 'mulaw' }
  for (const id of ['triage', 'billing', 'tech']) {
    const converter = plan.nodes.find((node) => node.id === `${id}/tts~agents/out`)
    expect(converter).toMatchObject({ agent: id, options: { to: phone } })
    expect(edgeOf(plan, `${id}/tts~agents/out.audio -> agents/out.${id}`)?.format).toEqual(phone)
  }
  expect(edgeOf(plan, 'agents/out.audio -> phone.audio')?.format).toEqual(phone)
})

test('a hand-off is a tool with everything that it needs', async () => {
  const plan = await planOf(support)
  const [billing, tech, desk] = agentOf(plan, 'triage')?.handoffs ?? []
  expect(billing).toEqual({
    name: 'billing',
    tool: 'transfer_to_billing',
    target: { kind: 'agent', agent: 'billing' },
    when: 'Questions about invoices, charges, refunds or payment methods.',
    carry: 'transcript',
    pass: {
      type: 'object',
      properties: {
        customer: { type: 'string' },
        reason: { type: 'string', enum: ['fault', 'question'] },
      },
      required: ['customer'],
      additionalProperties: false,
    },
    say: 'One moment, I will put you through to billing.',
    onlyIf: {},
    set: { customer_id: 'customer' },
    max: 5,
    timeoutMs: 3000,
  })
  expect(tech).toMatchObject({
    tool: 'ask_a_technician',
    carry: { last: 4 },
    onlyIf: { caller_name: 'Ada' },
    max: 2,
    timeoutMs: 500,
  })
  expect(desk?.target).toEqual({ kind: 'transfer', destination: 'queue:{{caller_name}}' })
})

test('roles follow from who is named where', async () => {
  const { agents } = await planOf(support)
  expect(agents?.start).toBe('triage')
  expect(agents?.agents.map(({ id, role, brain }) => [id, role, brain])).toEqual([
    ['triage', 'floor', 'triage/llm'],
    ['billing', 'floor', 'billing/llm'],
    ['tech', 'floor', 'tech/llm'],
    ['fraud', 'adviser', 'fraud/llm'],
    ['notes', 'background', 'notes/llm'],
  ])
  const [first] = agents?.agents ?? []
  expect(first?.consults).toEqual([
    {
      agent: 'fraud',
      tool: 'consult_fraud',
      when: 'Says whether this may be a fraud.',
      timeoutMs: 4000,
    },
  ])
})

test('an agent enters as it says; the one that answers the call waits otherwise', async () => {
  const plan = await planOf(support)
  const text = 'Greet {{caller_name}} and ask how Acme support can help.'
  expect(agentOf(plan, 'triage')?.enter).toEqual({ kind: 'instruct', text })
  expect(agentOf(plan, 'billing')?.enter).toEqual({ kind: 'reply' })
  const silent = support.replace(/enter: .*\n/, 'enter: false\n')
  expect(agentOf(await planOf(silent), 'triage')?.enter).toEqual({ kind: 'wait' })
  const says = support.replace(/enter: .*\n/, 'enter: { say: "Hello {{caller_name}}." }\n')
  const said = agentOf(await planOf(says), 'triage')?.enter
  expect(said).toEqual({ kind: 'say', text: 'Hello {{caller_name}}.' })
})

test('prompt, tools and interruptible become options of the brain, the prompt as it stands', async () => {
  const text = support.replace('deepgram-stt\n', 'deepgram-stt\n  # x\n')
  const plan = await planOf(text.replaceAll('    interruptible: { after: 400ms }\n', ''))
  const brain = plan.nodes.find(({ id }) => id === 'triage/llm')
  expect(brain?.options).toMatchObject({
    prompt: 'You find out what {{caller_name}} needs.',
    tools: ['end_call'],
    temperature: 0.5,
  })
  expect(brain?.templates).toEqual([])
})

test('a voice with other options is the default with those; another voice is another', async () => {
  const plan = await planOf(support)
  const voice = (id: string): unknown => plan.nodes.find((node) => node.id === id)?.options
  expect(voice('billing/tts')).toEqual({ voice: 'Adam', sample_rate: 16_000 })
  expect(plan.nodes.find(({ id }) => id === 'tech/llm')?.use).toBe('script-llm')
})

test('what is wrong with a default is told once, however many agents have it', async () => {
  const wrong = support.replace(
    'temperature: 0.5',
    'temprature: 0.5, filler: { say: ["{{nobody}}"] }',
  )
  const { diagnostics } = await checkText(wrong)
  const codes = diagnostics.map(({ code }) => code)
  expect(codes).toEqual(['unknown-option', 'undeclared-var'])
})

test('what agents say may feed back to what is shared, and a loop without ~> is one', async () => {
  const echo = support
    .replace('  vad: silero-vad\n', '  vad: silero-vad\n  echo: aec\n')
    .replace(
      'flow: phone -> vad',
      'flow:\n  echo: agents ~> echo.reference\n  main: phone -> echo -> vad',
    )
  const plan = await planOf(echo)
  const back = plan.edges.find(({ feedback }) => feedback)
  expect(back?.from).toEqual({ node: 'agents/out', port: 'audio' })
  const { diagnostics } = await checkText(echo.replace('agents ~> echo', 'agents -> echo'))
  expect(diagnostics.map(({ code }) => code)).toEqual(['loop'])
})

test('the result of a tool sets variables that the file has', async () => {
  const files = { '/bots/crm.ts': '' }
  const tool = { kind: 'tool', description: 'Finds.', parameters: { type: 'object' } } as const
  const modules = { '/bots/crm.ts': { kind: 'module', exports: { find: tool } } } as const
  const text = support.concat(
    'tools: { find: { use: ./crm.ts#find, set: { customer_id: customer.id } } }\n',
  )
  const used = text.replace('[end_call, agents.fraud]', '[end_call, find, agents.fraud]')
  const { plan } = await checkText(used, { files, modules })
  expect(plan?.tools[0]?.set).toEqual({ customer_id: 'customer.id' })
  const { diagnostics } = await checkText(
    used.replace('customer_id: customer.id', 'custmer_id: "..", caller_name: "."'),
    { files, modules },
  )
  expect(diagnostics.map(({ code }) => code)).toEqual(['undeclared-var', 'bad-value'])
})

test.each(['timeout: 500ms', 'timeout: 4s'])('no time at all is a mistake: %s', async (written) => {
  expect(support).toContain(written)
  const { diagnostics } = await checkText(support.replace(written, 'timeout: 0s'))
  expect(diagnostics.map(({ code }) => code)).toEqual(['bad-value'])
})

test('agents that hear for themselves get sound, and the names inside them are their own', async () => {
  const plan = await planOf(payments)
  expect(agentOf(plan, 'host')?.brain).toBe('host/s2s')
  expect(edgeIds(plan)).toEqual(
    expect.arrayContaining([
      'phone.dtmf -> agents/in.dtmf',
      'agents/out.message -> phone.message',
      'agents/in.payments -> payments/vad.audio',
      'payments/tts~agents/out.audio -> agents/out.payments',
      'redact.text -> audit.text',
    ]),
  )
  const entry = plan.nodes.find(({ id }) => id === 'agents/in')
  expect(entry?.manifest.ports.in['audio']).toMatchObject({ type: 'audio', main: true })
  expect(edgeOf(plan, 'agents/in.host -> host/stt.audio')?.format?.sampleRate).toBe(16_000)
})

test('an agent that begins with what takes anything gets what the others get', async () => {
  const port = { type: 'any', main: true, many: false, required: true, live: false } as const
  const tap = {
    kind: 'processor',
    id: 'tap',
    summary: 'Takes anything.',
    role: 'sink',
    ports: { in: { any: port }, out: {} },
    options: {},
    safety: false,
    realTime: false,
  } as const
  const modules = { '/bots/tap.ts': { kind: 'module', exports: { default: tap } } } as const
  const text = support.replace(
    '    tools: [end_call, agents.fraud]\n',
    '    tools: [end_call, agents.fraud]\n    nodes: { tap: ./tap.ts }\n' +
      '    flow: { tap: in -> tap, main: in -> llm -> tts -> out }\n',
  )
  const { plan } = await checkText(text, { modules })
  expect(plan && edgeOf(plan, 'agents/in.triage -> triage/tap.any')?.type).toBe('text')
})

test('a graph may put another processor in the place of one of an agent', async () => {
  const use = { 'tech/tts': { use: 'cartesia-tts', with: { voice: 'Test' } } }
  const { plan } = await checkText(support, { use })
  expect(plan?.nodes.find(({ id }) => id === 'tech/tts')?.options['voice']).toBe('Test')
  const { diagnostics } = await checkText(support, { use: { 'tech/tss': { use: 'tone' } } })
  expect(diagnostics[0]).toMatchObject({ code: 'unknown-override' })
  expect(diagnostics[0]?.help).toContain('did you mean "tech/tts"?')
})

test('the sample with three agents loads, with keys for every brain', async () => {
  const folder = fileURLToPath(new URL('../../test/fixtures/agents/', import.meta.url))
  const host = await createHost({ cwd: folder, env: {} })
  const { plan, diagnostics } = await check('three.yaml', host)
  expect(diagnostics).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  expect(edgeIds(plan)).toContain('agents/in.tech.dtmf -> tech/llm.dtmf')
  const { definitions } = await load(plan)
  expect([...definitions.keys()]).toContain('billing/llm')
  expect([...definitions.keys()]).not.toContain('agents/in')
})

const names = ['ada', 'bea', 'cleo', 'dora', 'eve']

/** Agents that hand off to each other in a ring, in some order of their keys. */
const ring = (
  agents: readonly string[],
  order: readonly string[],
  keys: readonly number[],
): string => {
  const next = (id: string): string => agents[(agents.indexOf(id) + 1) % agents.length] ?? id
  const written = order.map((id) => {
    const lines = [
      `    prompt: You are ${id}.`,
      agents.length > 1
        ? `    handoffs: { ${next(id)}: The caller asks for ${next(id)}. }`
        : '    handoffs: { end: The caller is done. }',
      '    enter: false',
      `    tts: { use: cartesia-tts, with: { voice: ${id} } }`,
      '    llm: anthropic-llm',
    ]
    return [`  ${id}:`, ...keys.map((key) => lines[key])].join('\n')
  })
  const chain = 'flow: phone -> stt -> agents -> phone'
  const head = `version: 1\nnodes: { phone: twilio, stt: deepgram-stt }\n${chain}`
  return `${head}\nstart: ${agents[0]}\nagents:\n${written.join('\n')}\n`
}

test('any agents in any order, with their keys in any order, give the same plan', async () => {
  const cast = fc.subarray(names, { minLength: 1 })
  const drawn = cast.chain((agents) =>
    fc.tuple(
      fc.constant(agents),
      fc.shuffledSubarray(agents, { minLength: agents.length }),
      fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
    ),
  )
  await fc.assert(
    fc.asyncProperty(drawn, async ([agents, order, keys]) => {
      const usual = await planOf(ring(agents, agents, [0, 1, 2, 3, 4]))
      const other = await planOf(ring(agents, order, keys))
      const byId = <T extends { readonly id: string }>(all: readonly T[]): readonly T[] =>
        all.toSorted((one, two) => (one.id < two.id ? -1 : 1))
      expect(byId(other.edges)).toEqual(byId(usual.edges))
      expect(byId(other.nodes)).toEqual(byId(usual.nodes))
      expect(byId(other.agents?.agents ?? [])).toEqual(byId(usual.agents?.agents ?? []))
    }),
    { numRuns: 40 },
  )
})

test('a graph that is damaged anywhere has an error, or a plan that hangs together', async () => {
  const texts = [support, payments]
  const odd = ['- ', '[]', '{}', 'null', '{{', '${env:X}', '~>', '7', 'true', 'back', '__proto__']
  const words = [...new Set(texts.join(' ').match(/[\w.{}[\]:~>-]+/g)), ...odd]
  const edit = fc.record({ at: fc.nat(2000), word: fc.constantFrom(...words), kind: fc.nat(3) })
  const damage = fc.array(edit, { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...texts), damage, async (text, edits) => {
      const pieces = text.split(/(?<=[ \n])/)
      for (const { at, word, kind } of edits) {
        const index = at % pieces.length
        const piece = pieces[index] ?? ''
        if (kind === 0) pieces.splice(index, 1)
        else if (kind === 1) pieces.splice(index, 0, pieces[(at * 7) % pieces.length] ?? '')
        else pieces[index] = piece.replace(kind === 2 ? /\w+/ : /\w+:/, word)
      }
      const { plan, diagnostics } = await checkText(pieces.join(''))
      expect(plan === undefined).toBe(diagnostics.some(({ severity }) => severity === 'error'))
      const ids = plan?.nodes.map(({ id }) => id) ?? []
      const named = plan?.edges.flatMap(({ from, to }) => [from.node, to.node]) ?? []
      const brains = plan?.agents?.agents.map(({ brain }) => brain) ?? []
      expect(ids).toEqual(expect.arrayContaining([...named, ...brains]))
      expect(ids.includes('agents/in')).toBe(plan?.agents !== undefined)
    }),
    { numRuns: 300 },
  )
})
