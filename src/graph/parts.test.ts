import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkText } from '../../test/fixtures/memory-host.ts'
import { renderGithub, renderJson } from '../errors/diagnostics.ts'
import type { Host } from './host.ts'
import type { Plan } from './plan.ts'

const bot = `version: 1
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: anthropic-llm
  voice: { use: ./parts/voice.yaml, with: { name: Rachel } }
flow: phone -> stt -> llm -> voice -> phone
`
const voice = `version: 1
params:
  name: string
  rate: { type: integer, default: 16000 }
nodes:
  clean: redactor
  tts: { use: cartesia-tts, with: { voice: "\${param:name}", sample_rate: "\${param:rate}" } }
flow: in -> clean -> tts -> out
`
const path = '/bots/parts/voice.yaml'

async function planOf(
  text: string,
  files: Readonly<Record<string, string>>,
  more: Partial<Host> = {},
): Promise<Plan> {
  const { plan, diagnostics } = await checkText(text, { files, ...more })
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (plan === undefined) throw new Error('no plan')
  return plan
}

const optionsOf = (plan: Plan, id: string): unknown =>
  plan.nodes.find((node) => node.id === id)?.options
const edgesOf = (plan: Plan): string[] =>
  plan.edges.map(({ id }) => id).filter((id) => !id.includes('~'))

test('the nodes of a part stand in the graph, with its chains joined to those around it', async () => {
  const plan = await planOf(bot, { [path]: voice })
  expect(edgesOf(plan)).toEqual(
    expect.arrayContaining(['llm.text -> voice/clean.text', 'voice/clean.text -> voice/tts.text']),
  )
  expect(plan.edges.map(({ id }) => id)).toContain('voice/tts~phone.audio -> phone.audio')
  expect(plan.nodes.map(({ id }) => id)).not.toContain('voice')
  expect(optionsOf(plan, 'voice/tts')).toEqual({ voice: 'Rachel', sample_rate: 16_000 })
})

test('each use of a part has params of its own, which may come from the environment', async () => {
  const text = bot
    .replace(
      '  voice:',
      '  rec: recorder\n  other: { use: ./parts/voice.yaml, with: { name: "${env:NAME}", rate: 8000 } }\n  voice:',
    )
    .replace('flow: phone', 'flow:\n  more: llm -> other -> rec.bot\n  main: phone')
  const plan = await planOf(text, { [path]: voice }, { env: { NAME: 'Adam' } })
  expect(optionsOf(plan, 'other/tts')).toEqual({ voice: 'Adam', sample_rate: 8000 })
  expect(optionsOf(plan, 'voice/tts')).toEqual({ voice: 'Rachel', sample_rate: 16_000 })
})

test('a part finds its files next to itself', async () => {
  const brain = `version: 1
nodes:
  llm: { use: script-llm, with: { script: ./script.yaml, prompt: "\${file:prompt.md}" } }
  log: ./deeper/log.ts
flow: in -> llm -> out
`
  const text = bot.replace('llm: anthropic-llm', 'llm: ./parts/brain.yaml')
  const manifest = {
    kind: 'failed',
    why: 'threw',
    reason: 'looked here',
    position: undefined,
  } as const
  const looked: string[] = []
  const files = {
    [path]: voice,
    '/bots/parts/brain.yaml': brain,
    '/bots/parts/prompt.md': 'Be kind.',
  }
  const { diagnostics } = await checkText(text, {
    files: { ...files, '/bots/parts/script.yaml': '', '/bots/parts/deeper/log.ts': '' },
    inspect: (module) => {
      looked.push(module)
      return Promise.resolve(manifest)
    },
  })
  expect(looked).toEqual(['/bots/parts/deeper/log.ts'])
  expect(diagnostics.map(({ code }) => code)).toEqual(['module-failed'])
  const whole = brain.replace('  log: ./deeper/log.ts\n', '')
  const plan = await planOf(text, {
    ...files,
    '/bots/parts/brain.yaml': whole,
    '/bots/parts/script.yaml': '',
  })
  expect(optionsOf(plan, 'llm/llm')).toMatchObject({
    script: '/bots/parts/script.yaml',
    prompt: 'Be kind.',
  })
})

test('ports of a part are named at its ends', async () => {
  const mixer = `version: 1
nodes:
  mixer: mixer
flow:
  left: in.left -> mixer.left
  right: in.right -> mixer.right
  out: mixer -> out
`
  const text = `version: 1
nodes:
  phone: twilio
  tone: tone
  mix: ./mix.yaml
flow:
  one: phone -> mix.left
  two: tone -> mix.right
  back: mix -> phone
`
  const plan = await planOf(text, { '/bots/mix.yaml': mixer })
  const ends = plan.edges.map(({ to }) => `${to.node}.${to.port}`)
  expect(ends).toEqual(expect.arrayContaining(['mix/mixer.left', 'mix/mixer.right']))
})

test('an agent may be a part, and its nodes may be parts', async () => {
  const agents = `version: 1
nodes: { phone: twilio, stt: deepgram-stt }
flow: phone -> stt -> agents -> phone
start: triage
agents:
  triage:
    prompt: You find out what the caller needs.
    enter: { say: Hello. }
    use: ./parts/agent.yaml
    with: { name: Rachel }
    handoffs: { billing: Questions about invoices. }
  billing:
    prompt: You answer questions about invoices.
    llm: anthropic-llm
    tts: { use: ./parts/voice.yaml, with: { name: Adam } }
    handoffs: { back: Anything else. }
`
  const agent = `version: 1
params: { name: string }
nodes:
  llm: anthropic-llm
  voice: { use: ./voice.yaml, with: { name: "\${param:name}" } }
flow: in -> llm -> voice -> out
`
  const plan = await planOf(agents, { [path]: voice, '/bots/parts/agent.yaml': agent })
  expect(optionsOf(plan, 'triage/llm')).toMatchObject({
    prompt: 'You find out what the caller needs.',
  })
  expect(optionsOf(plan, 'triage/voice/tts')).toMatchObject({ voice: 'Rachel' })
  expect(optionsOf(plan, 'billing/tts/tts')).toMatchObject({ voice: 'Adam' })
  expect(plan.nodes.find(({ id }) => id === 'triage/voice/tts')?.agent).toBe('triage')
  expect(edgesOf(plan)).toContain('triage/llm.text -> triage/voice/clean.text')
})

test('a node of a part can be swapped by its full name', async () => {
  const use = { 'voice/tts': { use: 'cartesia-tts', with: { voice: 'Test' } } }
  const plan = await planOf(bot, { [path]: voice }, { use })
  expect(optionsOf(plan, 'voice/tts')).toMatchObject({ voice: 'Test' })
})

test('what is wrong with a part says where it is used, to people and to programs', async () => {
  const wrong = voice.replace('clean -> tts', 'claen -> tts')
  const { diagnostics } = await checkText(bot, { files: { [path]: wrong } })
  expect(diagnostics).toHaveLength(1)
  const [only] = JSON.parse(renderJson(diagnostics)) as unknown[]
  expect(only).toMatchObject({
    file: 'parts/voice.yaml',
    range: { start: { line: 8, column: 13, offset: wrong.indexOf('claen') } },
    usedIn: [{ file: 'bot.yaml', range: { start: { line: 6 } } }],
    fix: { text: 'clean' },
  })
  expect(renderGithub(diagnostics)).toBe(
    '::error file=parts/voice.yaml,line=8,endLine=8,col=13,endColumn=18,title=unknown-node::' +
      'flow.main goes through "claen", but there is no node with that name.%0A' +
      'used in bot.yaml:6%0Ahelp: did you mean "clean"? Nodes here: clean, tts.\n',
  )
})

test('a secret in a part is masked in its excerpt', async () => {
  const leaky = voice.replace(
    'clean: redactor',
    'stt: { use: deepgram-stt, with: { api_key: hunter2hunter2 } }',
  )
  const { diagnostics } = await checkText(bot, { files: { [path]: leaky } })
  expect(diagnostics.map(({ code }) => code)).toContain('literal-secret')
  expect(JSON.stringify(diagnostics)).not.toContain('hunter2')
})

test('whatever stands in the file of a part, checking ends with a result', async () => {
  const pieces = fc.constantFrom(
    'version: 1\n',
    'nodes:\n',
    '  a: redactor\n',
    '  b: ./voice.yaml\n',
    'flow: in -> a -> out\n',
    'flow: [in, b, out]\n',
    'params: [',
    '- x\n',
    'in',
    '&a *a',
    '\u0000',
  )
  await fc.assert(
    fc.asyncProperty(fc.array(pieces, { maxLength: 8 }), async (parts) => {
      const { plan, diagnostics } = await checkText(bot, { files: { [path]: parts.join('') } })
      const hasErrors = diagnostics.some(({ severity }) => severity === 'error')
      expect(plan === undefined).toBe(hasErrors)
    }),
    { numRuns: 200 },
  )
})
