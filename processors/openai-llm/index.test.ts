import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ProviderError, type BrainContext, type Message, type Said } from 'voxgraph/plugin'
import {
  createLiveClock,
  emulateOpenAi,
  faultNames,
  type ChatPiece,
  type Emulator,
  type FaultName,
  type OpenAiInit,
} from 'voxgraph/testing'
import type { Clients } from '../openai.ts'
import definition from './index.ts'
import type { ChatOptions } from './options.ts'

let emulator: Emulator
let pieces: readonly ChatPiece[] = []
const begin = async (init: OpenAiInit = {}): Promise<void> => {
  await emulator?.close()
  emulator = await emulateOpenAi({ answer: () => pieces, ...init })
}
beforeEach(() => {
  pieces = [{ text: 'Good morning.' }]
  return begin()
})
afterEach(() => emulator.close())

const base = {
  model: 'gpt-5.4-mini',
  prewarm: false,
  max_tokens: 200,
  refusal: 'I cannot.',
  body: {},
}
const tool = {
  name: 'weather',
  description: 'Tells the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
} as const

/** A brain in a call, and what it reports. */
async function brain(options: Partial<ChatOptions> = {}) {
  const told: { usage: unknown[]; metrics: string[]; warnings: string[] } = {
    ...{ usage: [], metrics: [], warnings: [] },
  }
  const shared = (await definition.share?.({
    log: silent,
    signal: AbortSignal.abort(),
  })) as Clients
  const ctx: BrainContext<ChatOptions, Clients> = {
    options: {
      ...base,
      api_key: emulator.key,
      endpoint: emulator.endpoint,
      ...options,
    },
    ...{ shared, node: 'llm', tools: ['weather'], toolset: [tool], clock: createLiveClock() },
    log: { ...silent, warn: (message) => void told.warnings.push(message) },
    prompt: () => 'You sell tea.',
    signal: new AbortController().signal,
    metric: (name) => void told.metrics.push(name),
    usage: (used) => void told.usage.push(used),
  }
  const made = await definition.setup(ctx as never)
  const ask = (messages: readonly Message[] = [hello], more: object = {}) =>
    made.respond({
      ...{ reason: 'turn', prompt: 'You sell tea.', instruction: undefined, vars: {} },
      ...{ messages, tools: [tool], signal: new AbortController().signal },
      ...more,
    }) as AsyncIterable<Said>
  return { ask, told }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined }
const hello: Message = { role: 'user', text: 'Hello?' }
async function all(stream: AsyncIterable<Said>): Promise<Said[]> {
  const said: Said[] = []
  for await (const one of stream) said.push(one)
  return said
}
const bodies = () => emulator.received.map(({ body }) => body as Record<string, unknown>)

/** What an answer fails with. */
async function failure(said: AsyncIterable<Said>): Promise<ProviderError> {
  const thrown = await all(said).then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(thrown).toBeInstanceOf(ProviderError)
  return thrown as ProviderError
}

describe('an answer', () => {
  it('comes as it is said, and what it cost is told', async () => {
    pieces = [{ text: 'We have green tea and black.' }]
    const { ask, told } = await brain()
    const said = await all(ask())
    expect(said.length).toBeGreaterThan(3)
    expect(said.join('')).toBe('We have green tea and black.')
    expect(told.usage).toEqual([
      {
        ...{ vendor: 'openai', model: 'gpt-5.4-mini' },
        usage: {
          ...{ input_tokens: expect.any(Number), cache_read_tokens: 0, output_tokens: 7 },
        },
      },
    ])
    expect(told.metrics).toEqual(['llm.first_token', 'llm.cached_share'])
    expect(emulator.violations).toEqual([])
  })

  it('calls several tools at once', async () => {
    pieces = [
      { text: 'One moment.' },
      { tool: 'weather', arguments: { city: 'Oslo' } },
      { tool: 'weather', arguments: {} },
    ]
    const said = await all((await brain()).ask())
    const calls = said.filter((one) => typeof one === 'object')
    expect(calls).toMatchObject([
      { tool: 'weather', arguments: { city: 'Oslo' } },
      { tool: 'weather', arguments: {} },
    ])
    const [one, other] = calls as { callId: string }[]
    expect(one?.callId).toMatch(/^[0-9a-z]{9}$/)
    expect(other?.callId).not.toBe(one?.callId)
  })

  it('may come from a server that leaves out ids, the index of a call and what it cost', async () => {
    await begin({ without: ['ids', 'index', 'usage'] })
    pieces = [
      { tool: 'weather', arguments: { city: 'Oslo' } },
      { tool: 'weather', arguments: { city: 'Rome' } },
    ]
    const { ask, told } = await brain()
    expect(await all(ask())).toMatchObject([
      { arguments: { city: 'Oslo' } },
      { arguments: { city: 'Rome' } },
    ])
    expect(told.usage).toMatchObject([{ usage: { output_tokens: expect.any(Number) } }])
  })

  it('that is empty says nothing', async () => {
    pieces = []
    expect(await all((await brain()).ask())).toEqual([])
  })

  it('that is too long ends where it ends, without the call it had begun', async () => {
    pieces = [{ tool: 'weather', json: '{"city": "Os' }, { stop: 'length' }]
    const { ask, told } = await brain()
    expect(await all(ask())).toEqual([])
    expect(told.warnings).toHaveLength(1)
  })

  it('that is held back by the server ends with a sentence', async () => {
    pieces = [{ text: 'First,' }, { stop: 'content_filter' }]
    const { ask } = await brain()
    expect((await all(ask())).join('')).toBe('First, I cannot.')
  })

  it('whose arguments are no JSON fails', async () => {
    pieces = [{ tool: 'weather', json: '{"city": Oslo}' }]
    const { category, message } = await failure((await brain()).ask())
    expect(category).toBe('server')
    expect(message).toContain('weather')
  })
})

describe('a question', () => {
  it('has tools, limits and what the graph adds to it', async () => {
    const more = { body: { seed: 7, max_tokens: null, max_completion_tokens: 9 } }
    const { ask } = await brain({ temperature: 0.5, effort: 'none', ...more })
    await all(ask())
    expect(bodies()).toMatchObject([
      {
        ...{ model: 'gpt-5.4-mini', stream: true, stream_options: { include_usage: true } },
        ...{ temperature: 0.5, reasoning_effort: 'none', seed: 7, max_completion_tokens: 9 },
        tools: [{ type: 'function', function: { name: 'weather' } }],
      },
    ])
    expect(bodies()[0]).not.toHaveProperty('max_tokens')
    expect(emulator.violations).toEqual([])
  })

  it('goes to a server that wants no key without one', async () => {
    await begin({ key: '' })
    pieces = [{ text: 'Hello.' }]
    expect(await all((await brain({ api_key: '' })).ask())).toEqual(['Hello.'])
  })

  it('finds a connection that was opened when the call began', async () => {
    await brain({ prewarm: true })
    await expect.poll(() => emulator.received.map(({ path }) => path)).toEqual(['/v1/models'])
  })

  it('does not go to OpenAI without a key', async () => {
    const endpoint = 'https://api.openai.com/v1'
    await expect(brain({ api_key: ' ', endpoint })).rejects.toMatchObject({ category: 'auth' })
  })
})

describe('an abort', () => {
  it('ends the request in its tick, and the next question is answered', async () => {
    await begin({ tokenMs: 5 })
    pieces = [{ text: 'one two three four five six seven eight nine ten' }]
    const { ask, told } = await brain()
    const cut = new AbortController()
    const said: Said[] = []
    for await (const piece of ask([hello], { signal: cut.signal })) {
      said.push(piece)
      if (said.length === 2) cut.abort()
    }
    expect(said).toHaveLength(2)
    expect(told.usage).toHaveLength(1)
    const sent = emulator.sentBytes
    pieces = [{ text: 'Yes.' }]
    expect(await all(ask())).toEqual(['Yes.'])
    // What was cut would have been some thousand bytes long: of it, at most the piece under way was sent.
    expect(emulator.sentBytes - sent).toBeLessThan(1500)
  })

  it('before the answer asks nothing', async () => {
    const { ask } = await brain()
    expect(await all(ask([hello], { signal: AbortSignal.abort() }))).toEqual([])
    expect(emulator.received).toEqual([])
  })

  it('while headers are waited for is no error', async () => {
    const { ask } = await brain()
    emulator.fail({ fault: 'stall', when: 'open' })
    const cut = new AbortController()
    const over = all(ask([hello], { signal: cut.signal }))
    await expect.poll(() => emulator.received.length).toBe(1)
    cut.abort()
    expect(await over).toEqual([])
  })
})

describe('a fault', () => {
  const opening: readonly [FaultName, string][] = [
    ['refuse', 'connectivity'],
    ['unauthorized', 'auth'],
    ['rate-limit', 'rate-limit'],
    ['overloaded', 'overloaded'],
    ['garbage', 'server'],
  ]
  it.each(opening)('at the beginning: %s is %s', async (fault, category) => {
    emulator.fail({ fault, when: 'open', retryAfterS: 3 })
    const error = await failure((await brain()).ask())
    expect(error.category).toBe(category)
    expect(error.retryAfterMs).toBe(fault === 'rate-limit' ? 3000 : undefined)
    expect(`${error.message} ${error.stack}`).not.toContain(emulator.key)
  })

  const lasting: readonly FaultName[] = ['stall', 'drip', 'half-open']
  const middle = faultNames.filter((fault) => !lasting.includes(fault))
  it.each(middle)('in the middle: %s ends the answer with an error of ours', async (fault) => {
    pieces = [{ text: 'one two three four five' }]
    emulator.fail({ fault, when: 'answer' })
    const error = await failure((await brain()).ask())
    expect(error.category).not.toBe('bug')
    expect(`${error.message} ${error.stack}`).not.toContain(emulator.key)
    expect(await all((await brain()).ask())).not.toEqual([])
  })

  it.each([
    ['insufficient_quota', 'quota'],
    ['server_error', 'server'],
    ['rate_limit_error', 'rate-limit'],
    ['overloaded_error', 'overloaded'],
  ])('in the middle: an error of type %s is %s', async (errorType, category) => {
    await begin({ errorType })
    pieces = [{ text: 'one two three four five' }]
    emulator.fail({ fault: 'error-mid-stream', when: 'answer' })
    expect((await failure((await brain()).ask())).category).toBe(category)
  })

  it('nobody listens: the connection cannot be made', async () => {
    const { ask } = await brain({ endpoint: 'http://127.0.0.1:9/v1' })
    expect((await failure(ask())).category).toBe('connectivity')
  })
})

describe('verify', () => {
  const verify = (options: Partial<ChatOptions> = {}) => {
    const given = {
      ...base,
      api_key: emulator.key,
      endpoint: emulator.endpoint,
      ...options,
    }
    return definition.verify?.({
      ...{ options: given, log: silent, signal: new AbortController().signal },
    } as never)
  }

  it('accepts a key and a model', async () => {
    await expect(verify()).resolves.toBeUndefined()
    expect(emulator.received.map(({ path }) => path)).toEqual(['/v1/models'])
  })

  it.each([
    ['a wrong key', { api_key: 'wrong-key' }, 'auth', 'key'],
    ['an unknown model', { model: 'claude-haiku-4-5' }, 'invalid', 'no model "claude-haiku-4-5"'],
  ])('refuses %s', async (_, options, category, words) => {
    await expect(verify(options)).rejects.toMatchObject({
      category,
      message: expect.stringContaining(words) as string,
    })
  })

  it('says where the version is missing in the endpoint', async () => {
    await expect(verify({ endpoint: emulator.endpoint.replace('/v1', '') })).rejects.toMatchObject({
      category: 'invalid',
      message: expect.stringContaining('/v1') as string,
    })
  })

  it('says that something else answers', async () => {
    emulator.fail({ fault: 'garbage', when: 'open' })
    await expect(verify()).rejects.toMatchObject({
      category: 'server',
      message: expect.stringContaining('something else answers') as string,
    })
  })
})
