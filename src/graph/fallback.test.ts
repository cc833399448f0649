import { expect, test } from 'vitest'
import { manifests } from '../../test/fixtures/manifests.ts'
import { checkText } from '../../test/fixtures/memory-host.ts'
import { defineStt, defineTts, manifestOf, type AudioFormatSpec } from '../define/index.ts'
import { renderDiagnostics } from '../errors/diagnostics.ts'
import type { Host } from './host.ts'
import type { Plan, PlanNode } from './plan.ts'

type More = Parameters<typeof checkText>[1]

async function planOf(text: string, more: More = {}): Promise<Plan> {
  const { plan, diagnostics } = await checkText(text, more)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return plan!
}
const nodeOf = (plan: Plan, id: string): PlanNode => plan.nodes.find((node) => node.id === id)!

const bot = (nodes: string, vars = ''): string => `version: 1
${vars}
nodes:
  phone: twilio
  stt: deepgram-stt
${nodes}
flow: phone -> stt -> llm -> tts -> phone
tools: {}
`

const usualRetry = { max: 1, backoffMs: 200 }
const usualBreaker = { failures: 1, resetMs: 10_000 }

test('a node that says nothing has the usual limits, and nothing takes its place', async () => {
  const plan = await planOf(
    bot('  llm: script-llm\n  tts: { use: cartesia-tts, with: { voice: R } }'),
  )
  for (const node of plan.nodes) {
    const usual = { timeoutMs: undefined, retry: usualRetry, breaker: usualBreaker }
    expect([node.id, node.limits, node.fallback]).toEqual([node.id, usual, []])
  }
})

test('limits and fallbacks of a node are in the plan, each with its own', async () => {
  const plan = await planOf(
    bot(`  llm: script-llm
  tts:
    use: cartesia-tts
    with: { voice: R }
    timeout: 1500ms
    retry: { max: 2 }
    fallback:
      - { use: cartesia-tts, with: { voice: S, speed: slow }, retry: 3, breaker: { reset: 1m } }
      - { use: cartesia-tts, with: { voice: "\${env:VOICE}" }, retry: false, timeout: 3s }`),
    { env: { VOICE: 'T' } },
  )
  const { limits, fallback, options } = nodeOf(plan, 'tts')
  expect(options).toEqual({ voice: 'R', sample_rate: 24_000 })
  const retry = { max: 2, backoffMs: 200 }
  expect(limits).toEqual({ timeoutMs: 1500, retry, breaker: usualBreaker })
  const code = { kind: 'builtin', name: 'cartesia-tts' }
  expect(fallback).toEqual([
    {
      use: 'cartesia-tts',
      code,
      manifest: expect.objectContaining({ id: 'cartesia-tts' }),
      options: { voice: 'S', sample_rate: 24_000, speed: 'slow' },
      templates: [],
      limits: {
        timeoutMs: undefined,
        retry: { max: 3, backoffMs: 200 },
        breaker: { failures: 1, resetMs: 60_000 },
      },
    },
    {
      use: 'cartesia-tts',
      code,
      manifest: expect.objectContaining({ id: 'cartesia-tts' }),
      options: { voice: 'T', sample_rate: 24_000 },
      templates: [],
      limits: { timeoutMs: 3000, retry: { max: 0, backoffMs: 200 }, breaker: usualBreaker },
    },
  ])
})

test('nodes and what takes their places may share what is written once', async () => {
  const text = `version: 1
x-voices: [&ann { use: cartesia-tts, with: { voice: ann }, retry: 2 }]
nodes:
  phone: twilio
  stt: deepgram-stt
  llm: script-llm
  tts: { use: cartesia-tts, with: { voice: S }, fallback: [*ann, *ann] }
flow: phone -> stt -> llm -> tts -> phone
`
  const { fallback } = nodeOf(await planOf(text), 'tts')
  expect(fallback.map(({ options, limits }) => [options['voice'], limits.retry.max])).toEqual([
    ['ann', 2],
    ['ann', 2],
  ])
})

test('limits may come from the environment', async () => {
  const text =
    bot(`  llm: { use: script-llm, timeout: "\${env:PATIENCE}", retry: { max: "\${env:TRIES}" } }
  tts: { use: cartesia-tts, with: { voice: R } }`)
  const { limits } = nodeOf(await planOf(text, { env: { PATIENCE: '5s', TRIES: '4' } }), 'llm')
  expect(limits).toMatchObject({ timeoutMs: 5000, retry: { max: 4, backoffMs: 200 } })
  const { diagnostics } = await checkText(text, { env: { PATIENCE: 'long', TRIES: '4' } })
  expect(diagnostics.map(({ message }) => message)).toEqual([
    '${env:PATIENCE} is set, but timeout must be a length of time such as 250ms, 2s, 1m or 1h.',
  ])
})

test('a brain in the place of another is told the same and has the same tools, unless it says otherwise', async () => {
  const plan = await planOf(
    bot(
      `  llm:
    use: anthropic-llm
    with: { prompt: "Greet {{name}}.", tools: [end_call], temperature: 1, interruptible: false }
    fallback:
      - anthropic-llm
      - { use: anthropic-llm, with: { prompt: Be brief., tools: [] } }
      - script-llm
  tts: { use: cartesia-tts, with: { voice: R } }`,
      'vars: { name: string }',
    ),
  )
  const [same, other, script] = nodeOf(plan, 'llm').fallback
  expect(same?.options).toMatchObject({
    prompt: 'Greet {{name}}.',
    tools: ['end_call'],
    interruptible: false,
  })
  expect(same?.options).not.toHaveProperty('temperature')
  expect(other?.options).toMatchObject({ prompt: 'Be brief.', tools: [], interruptible: false })
  expect(script?.options).toEqual({ prompt: 'Greet {{name}}.', tools: ['end_call'] })
})

const team = (defaults: string, agents: string): string => `version: 1
start: triage
defaults:
  agent:
    llm: script-llm
    tts: ${defaults}
nodes: { phone: twilio, stt: deepgram-stt }
flow: phone -> stt -> agents -> phone
agents:
${agents}
`
const usual =
  '{ use: cartesia-tts, with: { voice: R }, timeout: 1s, retry: { max: 4, backoff: 1s }, fallback: [{ use: cartesia-tts, with: { voice: "{{voice}}" } }] }'

test('what agents have in common is merged with what an agent says, until it names another processor', async () => {
  const text = `${team(
    usual,
    `  triage: { prompt: Be kind., tts: { with: { voice: S }, retry: { max: 0 } } }
  billing: { prompt: Be exact., tts: { use: cartesia-tts, with: { voice: T } } }
  tech: { prompt: Be quick., tts: { fallback: [] } }`,
  )}vars: { voice: string }\n`
  const plan = await planOf(text)
  const triage = nodeOf(plan, 'triage/tts')
  expect(triage.options['voice']).toBe('S')
  expect(triage.limits).toMatchObject({ timeoutMs: 1000, retry: { max: 0, backoffMs: 1000 } })
  expect(triage.fallback.map(({ options }) => options['voice'])).toEqual(['{{voice}}'])
  const billing = nodeOf(plan, 'billing/tts')
  expect(billing.limits).toMatchObject({ timeoutMs: undefined, retry: usualRetry })
  expect(billing.fallback).toEqual([])
  expect(nodeOf(plan, 'tech/tts')).toMatchObject({ limits: { timeoutMs: 1000 }, fallback: [] })
})

test('a brain of an agent and what takes its place share the prompt of the agent', async () => {
  const text = team(
    '{ use: cartesia-tts, with: { voice: R } }',
    '  triage: { prompt: Be kind., tools: [end_call], llm: { use: anthropic-llm, fallback: [script-llm] } }',
  )
  const { fallback } = nodeOf(await planOf(text), 'triage/llm')
  expect(fallback[0]?.options).toEqual({ prompt: 'Be kind.', tools: ['end_call'] })
})

test('another processor that is given from outside leaves nothing of the old one behind', async () => {
  const text = bot(`  llm: script-llm
  tts: { use: cartesia-tts, with: { voice: R }, timeout: 1s, retry: 2, breaker: { reset: 1s }, on_interrupt: ignore, fallback: [{ use: cartesia-tts, with: { voice: S } }] }`)
  const use: Host['use'] = { tts: { use: 'cartesia-tts', with: { voice: 'T' } } }
  const tts = nodeOf(await planOf(text, { use }), 'tts')
  expect(tts.options['voice']).toBe('T')
  expect(tts.onInterrupt).toBe('ignore')
  expect([tts.fallback, tts.limits.timeoutMs, tts.limits.retry]).toEqual([
    [],
    undefined,
    usualRetry,
  ])
})

test('parts have fallbacks inside, and take none themselves', async () => {
  const part = `version: 1
params: { voice: string }
nodes:
  tts:
    use: cartesia-tts
    with: { voice: R }
    fallback: [{ use: cartesia-tts, with: { voice: "\${param:voice}" } }]
flow: in -> tts -> out
`
  const files = { '/bots/voice.yaml': part }
  const whole = bot('  llm: script-llm\n  tts: { use: ./voice.yaml, with: { voice: S } }')
  const [member] = nodeOf(await planOf(whole, { files }), 'tts/tts').fallback
  expect(member?.options['voice']).toBe('S')
  const refused = whole.replace(
    'with: { voice: S }',
    'with: { voice: S }, timeout: 1s, fallback: [tone]',
  )
  const { diagnostics } = await checkText(refused, { files })
  expect(diagnostics.map(({ code }) => code)).toEqual(['part-key', 'part-key'])
})

const keyed = bot(`  llm: { use: anthropic-llm, fallback: [anthropic-llm] }
  tts: { use: cartesia-tts, with: { voice: R } }`)
const keys = { DEEPGRAM_API_KEY: 'canary-deepgram', ANTHROPIC_API_KEY: 'canary-anthropic' }

test('a key that the file does not give comes from the environment, for fallbacks too', async () => {
  const plan = await planOf(keyed, { env: keys, needKeys: true })
  expect(nodeOf(plan, 'stt').options['api_key']).toBe('canary-deepgram')
  const { options, fallback } = nodeOf(plan, 'llm')
  expect([options, fallback[0]?.options].map((one) => one?.['api_key'])).toEqual([
    'canary-anthropic',
    'canary-anthropic',
  ])
})

test('a key that the file gives is not looked for in the environment', async () => {
  const given = keyed.replace(
    'stt: deepgram-stt',
    'stt: { use: deepgram-stt, with: { api_key: "${env:MINE}" } }',
  )
  const env = { ...keys, DEEPGRAM_API_KEY: '', MINE: 'canary-mine' }
  const plan = await planOf(given, { env, needKeys: true })
  expect(nodeOf(plan, 'stt').options['api_key']).toBe('canary-mine')
})

test('without keys a graph can be checked, and is told of all of them where they are needed', async () => {
  const plan = await planOf(keyed, { env: { DEEPGRAM_API_KEY: '' } })
  expect(nodeOf(plan, 'stt').options).not.toHaveProperty('api_key')
  const { diagnostics } = await checkText(keyed, { needKeys: true })
  expect(renderDiagnostics(diagnostics)).toContain(
    '2 environment variables are not set: DEEPGRAM_API_KEY (line 5), ANTHROPIC_API_KEY (line 6).',
  )
  const drawn = await checkText(keyed, { needKeys: true, lenient: true })
  expect(drawn.diagnostics).toEqual([])
})

test('a variable that the file names is missed even where no keys are needed', async () => {
  const named = keyed.replace(
    'use: anthropic-llm',
    'use: anthropic-llm, with: { api_key: "${env:ANTHROPIC_API_KEY}" }',
  )
  const { diagnostics } = await checkText(named)
  expect(diagnostics.map(({ message }) => message)).toEqual([
    '1 environment variable is not set: ANTHROPIC_API_KEY (line 6).',
  ])
})

test('an empty key is a mistake, and a written one too', async () => {
  const withKey = (key: string): string =>
    keyed.replace('use: anthropic-llm', `use: anthropic-llm, with: { api_key: ${key} }`)
  const messages = async (key: string): Promise<readonly string[]> =>
    (await checkText(withKey(key), { env: keys })).diagnostics.map(({ message }) => message)
  const empty = 'api_key must be text of at least 1 character; this value is not.'
  expect(await messages('""')).toEqual([empty])
  expect(await messages('"${env:NONE:-}"')).toEqual([empty])
  expect(await messages('canary-written')).toEqual([
    'api_key is a secret and must not be written in the file.',
  ])
})

const mulaw = { sampleRate: 8000, channels: 1, encoding: 'mulaw' } as const
const at = (sampleRate: number) => ({ sampleRate, channels: 1 })
const options = { type: 'object', properties: {} } as const
const setup = () => Promise.reject(new Error('for tests'))
const ear = (...formats: readonly AudioFormatSpec[]) =>
  manifestOf(
    defineStt({ id: 'ear', summary: 'Hears.', options, formats, finalWithinMs: 300, setup }),
  )
const voice = (...formats: readonly AudioFormatSpec[]) =>
  manifestOf(defineTts({ id: 'voice', summary: 'Speaks.', options, formats, setup }))

const telephone = `version: 1
nodes:
  phone: twilio
  stt: { use: "./ears.ts#best", fallback: [./ears.ts#next] }
  llm: script-llm
  tts: { use: "./ears.ts#voice", fallback: [./ears.ts#other] }
flow: phone -> stt -> llm -> tts -> phone
`
const heardAs = async (
  best: readonly AudioFormatSpec[],
  next: readonly AudioFormatSpec[],
): Promise<unknown> => {
  const exports = {
    best: ear(...best),
    next: ear(...next),
    voice: voice(mulaw),
    other: voice(at(24_000)),
  }
  const modules = { '/bots/ears.ts': { kind: 'module', exports } as const }
  const { plan, diagnostics } = await checkText(telephone, { modules })
  if (plan === undefined) return diagnostics.map(({ message }) => message)
  return plan.edges.find(({ to }) => to.node === 'stt')?.format
}

test('a recogniser hears what all can hear that may take its place; voices are converted by the runtime', async () => {
  const pcm = (sampleRate: number) => ({ ...at(sampleRate), encoding: 'pcm' })
  expect(await heardAs([at(16_000), mulaw], [mulaw])).toEqual(mulaw)
  expect(await heardAs([mulaw, at(16_000)], [at(16_000)])).toEqual(pcm(16_000))
  expect(await heardAs([{ channels: 1 }], [at(16_000)])).toEqual(pcm(16_000))
  expect(await heardAs([at(16_000)], [at(8000), { channels: 1 }])).toEqual(pcm(16_000))
  expect(await heardAs([at(16_000)], [at(8000), mulaw])).toEqual([
    'The fallback ./ears.ts#next takes audio of 8000 Hz pcm or audio of 8000 Hz mulaw, but stt (./ears.ts#best) takes audio of 16000 Hz pcm.',
  ])
})

test('where a vendor is emulated, neither its key nor its address is read', async () => {
  const emulated = ['deepgram', 'anthropic']
  const builtins = manifests.map((one) => ({ ...one, vendor: one.id.split('-')[0] ?? '' }))
  const more = { needKeys: true, emulated, builtins }
  const plan = await planOf(keyed, more)
  const options = plan.nodes.flatMap((node) => [node, ...node.fallback].map((one) => one.options))
  expect(options.filter((one) => 'api_key' in one)).toEqual([])
  const given = keyed.replace(
    'stt: deepgram-stt',
    'stt: { use: deepgram-stt, with: { api_key: "${env:NOBODY_HAS_IT}" } }',
  )
  await planOf(given, more)
})
