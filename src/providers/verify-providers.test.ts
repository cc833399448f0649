import { expect, test } from 'vitest'
import {
  defineBrain,
  defineTts,
  ProviderError,
  vendorOptions,
  type VendorSpec,
} from '../define/index.ts'
import { VoxgraphError } from '../errors/index.ts'
import type { ErrorCategory } from '../frames/index.ts'
import type { PlanNode, Program } from '../graph/plan.ts'
import { programOf, type NodeInit, type ProgramInit } from '../testing/program.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { verifyProviders, type Verified } from './verify-providers.ts'

const properties = {
  ...vendorOptions('SPEAK_API_KEY', 'https://speak.example'),
  voice: { type: 'string', 'x-template': true, description: 'Voice.' },
} as const
const schema = { type: 'object', additionalProperties: false, properties } as const
type Options = Readonly<Record<string, unknown>>
type Verify = NonNullable<VendorSpec<Options>['verify']>

const voiceWith = (verify: Verify | undefined, id = 'speak-tts') =>
  defineTts({
    id,
    summary: 'Speaks.',
    vendor: 'speak',
    options: schema,
    formats: [{ sampleRate: 16_000, channels: 1 }],
    ...(verify && { verify }),
    setup: () => ({ speak: async function* () {} }),
  })

const failing = (category: ErrorCategory, reason = 'so it is') =>
  voiceWith(() => Promise.reject(new ProviderError(category, { provider: 'speak-tts', reason })))

const mind = defineBrain({
  id: 'mind',
  summary: 'Thinks.',
  options: { type: 'object', properties: {} },
  setup: () => ({ respond: () => [] }),
})

const programWith = (nodes: Readonly<Record<string, NodeInit>>, more: Partial<ProgramInit> = {}) =>
  programOf({
    nodes: { ...nodes, llm: mind },
    flow: Object.keys(nodes).map((id) => `llm -> ${id}`),
    ...more,
  })

async function verify(program: Program): Promise<readonly Verified[]> {
  return verifyProviders(program, { clock: createVirtualClock() })
}
const states = (verified: readonly Verified[]) =>
  verified.map(({ members, state, error }) => [members.join(' '), state, error?.code])

test('each service is asked once, however many nodes use it in the same way', async () => {
  const asked: Options[] = []
  const voice = voiceWith(({ options }) => {
    asked.push(options)
    return Promise.resolve()
  })
  const ann = { api_key: 'one', voice: 'ann', prompt: 'Be kind.' }
  const verified = await verify(
    programWith({
      tts: {
        definition: voice,
        options: ann,
        fallback: [{ definition: voice, options: { ...ann, voice: 'bob' } }],
      },
      other: { definition: voice, options: { voice: 'ann', api_key: 'one', prompt: 'Be exact.' } },
      keyed: { definition: voice, options: { ...ann, api_key: 'two' } },
      quiet: voiceWith(undefined, 'quiet-tts'),
    }),
  )
  expect(states(verified)).toEqual([
    ['tts other', 'accepted', undefined],
    ['tts/1', 'accepted', undefined],
    ['keyed', 'accepted', undefined],
  ])
  expect(verified[0]).toMatchObject({ use: 'speak-tts', vendor: 'speak' })
  expect(asked).toHaveLength(3)
})

test('a program that uses no service asks nobody', async () => {
  expect(await verify(programWith({ tts: voiceWith(undefined) }))).toEqual([])
})

test('without another that takes over, whatever goes wrong is a reason not to begin', async () => {
  const categories = [
    'auth',
    'invalid',
    'quota',
    'rate-limit',
    'overloaded',
    'connectivity',
    'server',
  ] as const
  for (const category of categories) {
    const [verified] = await verify(programWith({ tts: failing(category) }))
    expect([verified?.state, verified?.error?.code]).toEqual(['refused', `provider-${category}`])
  }
})

test('one that cannot be reached is a warning while another takes over; a refused key never is', async () => {
  const good = { definition: voiceWith(() => Promise.resolve(), 'good-tts') }
  const bad = (category: ErrorCategory, fallback: NodeInit = good): NodeInit => ({
    definition: failing(category),
    fallback: [fallback],
  })
  for (const category of [
    'connectivity',
    'timeout',
    'server',
    'overloaded',
    'rate-limit',
    'bug',
  ] as const) {
    expect((await verify(programWith({ tts: bad(category) })))[0]?.state, category).toBe('doubtful')
  }
  for (const category of ['auth', 'invalid', 'quota'] as const) {
    expect((await verify(programWith({ tts: bad(category) })))[0]?.state, category).toBe('refused')
  }
  const none = { definition: voiceWith(() => Promise.reject(new Error('so it is')), 'bad-tts') }
  const both = await verify(programWith({ tts: bad('connectivity', none) }))
  expect(both.map(({ state }) => state)).toEqual(['refused', 'refused'])
  const silent = { definition: voiceWith(undefined, 'local-tts') }
  expect(states(await verify(programWith({ tts: bad('connectivity', silent) })))).toEqual([
    ['tts', 'doubtful', 'provider-connectivity'],
  ])
})

test('a fallback that cannot be reached is a warning, and one whose key is refused an error', async () => {
  const good = voiceWith(() => Promise.resolve(), 'good-tts')
  const withFallback = (category: ErrorCategory) =>
    verify(programWith({ tts: { definition: good, fallback: [failing(category)] } }))
  expect(states(await withFallback('connectivity'))).toEqual([
    ['tts', 'accepted', undefined],
    ['tts/1', 'doubtful', 'provider-connectivity'],
  ])
  expect(states(await withFallback('auth')).at(-1)).toEqual(['tts/1', 'refused', 'provider-auth'])
})

test('a service that two nodes use is needed when one of them has no other', async () => {
  const slow = failing('timeout')
  const good = { definition: voiceWith(() => Promise.resolve(), 'good-tts') }
  const verified = await verify(
    programWith({ tts: { definition: slow, fallback: [good] }, other: slow }),
  )
  expect(states(verified)[0]).toEqual(['tts other', 'refused', 'provider-timeout'])
})

test('all are asked at once, each for five seconds, and whoever watches is told of the slow ones', async () => {
  const clock = createVirtualClock()
  const aborted: number[] = []
  const slow = (id: string, ms: number) =>
    voiceWith(async ({ signal }) => {
      signal.addEventListener('abort', () => aborted.push(clock.now()))
      await clock.sleep(ms)
    }, id)
  const waited: string[] = []
  const asking = verifyProviders(
    programWith({ a: slow('a-tts', 900), b: slow('b-tts', 4900), c: slow('c-tts', 60_000) }),
    { clock, onSlow: ({ use, members }) => waited.push(`${use} ${members.join()}`) },
  )
  await clock.settle({ limitMs: 5000, isDone: () => aborted.length > 0 })
  expect(states(await asking)).toEqual([
    ['a', 'accepted', undefined],
    ['b', 'accepted', undefined],
    ['c', 'refused', 'provider-timeout'],
  ])
  expect(aborted).toEqual([5000])
  expect(waited).toEqual(['b-tts b', 'c-tts c'])
  expect((await asking)[2]?.error?.message).toBe(
    'c-tts did not answer in time: nothing came within 5 s.',
  )
})

test('whoever waits no longer gets the reason, and the question is over', async () => {
  const controller = new AbortController()
  const signals: AbortSignal[] = []
  const never = voiceWith(({ signal }) => {
    signals.push(signal)
    return new Promise(() => undefined)
  })
  const asking = verifyProviders(programWith({ tts: never }), {
    clock: createVirtualClock(),
    signal: controller.signal,
  })
  controller.abort(new Error('interrupted'))
  await expect(asking).rejects.toThrow('interrupted')
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
})

test('no key is in what is told, whatever was thrown', async () => {
  const key = 'canary-key'
  const thrown = [
    new ProviderError('auth', { provider: 'speak-tts', reason: `401 for ${key}` }),
    new Error(`fetch failed: https://speak.example?key=${key}`),
    `no ${key}`,
    new VoxgraphError('builtin-failed', { name: key, reason: 'x', hint: '' }),
    { category: 'quota', message: key, params: { reason: `${key} is empty` } },
  ]
  for (const one of thrown) {
    const voice = voiceWith(() => Promise.reject(one as Error))
    const [verified] = await verify(
      programWith({ tts: { definition: voice, options: { api_key: key } } }),
    )
    expect(verified?.error?.message).toContain('***')
    expect(JSON.stringify(verified) + String(verified?.error?.stack)).not.toContain('canary')
    expect(verified?.error?.cause).toBe(undefined)
  }
})

test('an error of another copy of this package is known by its shape', async () => {
  const foreign = { category: 'auth', message: 'no', params: { provider: 'speak', reason: '401' } }
  const voice = voiceWith(() => Promise.reject(foreign as unknown as Error))
  const [verified] = await verify(programWith({ tts: voice }))
  expect(verified?.error?.message).toBe('speak did not accept the key: 401.')
})

test('a package that is not there keeps its remedy', async () => {
  const sdk = 'speak-sdk@1.0.0'
  const missing = new ProviderError('invalid', { provider: 'speak-tts', reason: 'no', sdk })
  const voice = voiceWith(() => Promise.reject(missing))
  const [verified] = await verify(programWith({ tts: voice }))
  expect(verified).toMatchObject({
    state: 'refused',
    error: { code: 'provider-sdk', help: 'Run: npm install speak-sdk@1.0.0' },
  })
})

test('what is thrown before there is a promise is told like the rest', async () => {
  const voice = voiceWith(() => {
    throw new TypeError('voice is not a function')
  })
  expect(states(await verify(programWith({ tts: voice })))).toEqual([
    ['tts', 'refused', 'provider-bug'],
  ])
})

test('variables have their defaults in what is asked; what only a call knows is not asked', async () => {
  const asked: unknown[] = []
  const voice = voiceWith(({ options }) => {
    asked.push(options['voice'])
    return Promise.resolve()
  })
  const spoken = (text: string, usual: unknown): Program => {
    const program = programWith(
      { tts: { definition: voice, options: { voice: text } } },
      { vars: { name: { type: 'string', schema: { type: 'string' }, default: usual } } },
    )
    const templates: PlanNode['templates'] = [{ path: ['voice'], isPath: false }]
    const nodes = program.plan.nodes.map((node) =>
      node.id === 'tts' ? { ...node, templates } : node,
    )
    return { ...program, plan: { ...program.plan, nodes } }
  }
  expect(states(await verify(spoken('{{name}}-x', 'ann')))[0]?.[1]).toBe('accepted')
  expect(states(await verify(spoken('{{name}}', undefined)))[0]?.[1]).toBe('unasked')
  expect(states(await verify(spoken('{{call.from}}', 'ann')))[0]?.[1]).toBe('unasked')
  expect(asked).toEqual(['ann-x'])
})
