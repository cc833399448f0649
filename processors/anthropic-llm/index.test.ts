import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import process from 'node:process'
import { afterEach, describe, expect, it } from 'vitest'
import { ProviderError, type Message } from 'voxgraph/plugin'
import { createBench } from '../../test/claude-bench.ts'
import { openBrain } from 'voxgraph/testing'
import { Clients } from './client.ts'
import anthropicLlm from './index.ts'
import { optionsOf } from './testing.ts'

const bench = createBench()
afterEach(() => bench.close())
const { open } = bench

describe('anthropic-llm', () => {
  it.each([
    ['refusal', ['Well', ' I am sorry, I cannot help with that.'], /refused/],
    ['max_tokens', ['Well'], /cut at 1024 tokens/],
    ['model_context_window_exceeded', ['Well'], /longer than the model takes/],
    ['pause_turn', ['Well'], /paused/],
  ] as const)('lives with an answer that ends with %s', async (stop, said, warning) => {
    const { brain } = await open({ answer: () => [{ text: 'Well' }, { stop }] })
    expect(await brain.ask()).toEqual(said)
    expect(brain.logs.map(({ message }) => message)).toEqual([expect.stringMatching(warning)])
  })

  it('says nothing to the caller of a refusal that nobody hears', async () => {
    const { brain } = await open({ answer: () => [{ stop: 'refusal' }] })
    expect(await brain.ask({ reason: 'summary' })).toEqual([])
    expect(await brain.ask()).toEqual(['I am sorry, I cannot help with that.'])
  })

  it('fails where the conversation is too long for any answer', async () => {
    const { brain } = await open({ answer: () => [{ stop: 'model_context_window_exceeded' }] })
    await expect(brain.ask()).rejects.toMatchObject({ category: 'invalid' })
  })

  it('fails where arguments are no JSON', async () => {
    const { brain } = await open({ answer: () => [{ tool: 'price', json: '{"room":' }] })
    await expect(brain.ask()).rejects.toMatchObject({
      category: 'server',
      message: expect.stringContaining('the arguments for price are no JSON object') as string,
    })
  })

  it.each([
    ['overloaded_error', 'overloaded'],
    ['rate_limit_error', 'rate-limit'],
    ['api_error', 'server'],
    ['authentication_error', 'auth'],
    ['permission_error', 'auth'],
    ['invalid_request_error', 'invalid'],
    ['request_too_large', 'invalid'],
    ['billing_error', 'quota'],
    ['timeout_error', 'timeout'],
    ['an_error_of_tomorrow', 'server'],
  ])('takes %s in the middle of an answer for %s', async (errorType, category) => {
    const { emulator, brain } = await open({ errorType })
    emulator.fail({ fault: 'error-mid-stream', when: 'answer' })
    const failure = await brain.ask().then(undefined, (thrown: unknown) => thrown)
    expect(failure).toBeInstanceOf(ProviderError)
    expect(failure).toMatchObject({
      category,
      message: expect.stringContaining(errorType) as string,
    })
  })

  it('tells what each question cost, also one that was interrupted', async () => {
    const never = Promise.withResolvers<void>()
    const { brain } = await open({
      async *answer({ said }) {
        yield { text: 'One two three four.' }
        if (said.includes('wait')) await never.promise
      },
    })
    await brain.ask()
    const controller = new AbortController()
    const messages: readonly Message[] = [{ role: 'user', text: 'wait' }]
    let pieces = 0
    await brain.ask({ signal: controller.signal, messages }, () => {
      if (++pieces === 4) controller.abort()
    })
    never.resolve()
    await expect.poll(() => brain.usages.length).toBe(2)
    const [whole, cut] = brain.usages.map(({ vendor, model, usage }) => ({
      vendor,
      model,
      ...usage,
    }))
    expect(whole).toMatchObject({
      vendor: 'anthropic',
      model: 'claude-haiku-4-5',
      output_tokens: 5,
    })
    expect(cut).toMatchObject({ input_tokens: expect.any(Number) as number, output_tokens: 5 })
    expect(brain.metrics.map(({ name }) => name)).toEqual([
      ...['llm.first_token', 'llm.cached_share', 'llm.first_token', 'llm.cached_share'],
    ])
  })

  it('is prepared when the call begins: long prompts are kept, short ones open the connection', async () => {
    const long = 'All rooms look out over the harbour. '.repeat(600)
    const short = await open({}, { prewarm: true })
    const paths = () => short.emulator.received.map(({ path }) => path)
    await expect.poll(paths).toEqual(['/v1/models/claude-haiku-4-5'])
    const { brain, emulator } = await open({}, { prewarm: true }, long)
    await expect.poll(() => brain.usages.length).toBe(1)
    await brain.ask({ reason: 'start', messages: [] })
    const [before, first] = brain.usages.map(({ usage }) => usage)
    expect(first?.cache_read_tokens).toBe(before?.cache_write_tokens)
    expect(emulator.violations).toEqual([])
    const refused = await open({}, { prewarm: true, model: 'claude-of-tomorrow' })
    await expect.poll(() => refused.brain.logs.length).toBe(1)
    expect(refused.brain.logs[0]?.message).toMatch(/could not prepare the first question: .*404/)
  })

  it.each([200, 403, 404, 502])(
    'says that something else answers with %d and a page',
    async (status) => {
      const proxy = createServer((_, response) => {
        response.writeHead(status, { 'content-type': 'text/html' }).end('<html>Sign in</html>')
      })
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
      const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
      const options = optionsOf({ endpoint, api_key: 'k', prewarm: false })
      const brain = await openBrain({ definition: anthropicLlm, options })
      const log = { debug: () => undefined, info: () => undefined, warn: () => undefined }
      const verified = anthropicLlm.verify?.({ options, log, signal: AbortSignal.any([]) } as never)
      for (const asked of [brain.ask(), verified]) {
        await expect(asked).rejects.toMatchObject({
          category: 'server',
          message: expect.stringContaining('something else answers') as string,
        })
      }
      await brain.close()
      proxy.close()
    },
  )

  it('takes nothing from the environment, and sends its key as the service wants it', async () => {
    const names = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'] as const
    for (const name of names) process.env[name] = 'http://127.0.0.1:9'
    try {
      const { brain } = await open()
      expect(await brain.ask()).not.toEqual([])
    } finally {
      for (const name of names) delete process.env[name]
    }
  })

  it('says which package to install', async () => {
    const missing = Object.assign(new Error("Cannot find package '@anthropic-ai/sdk'"), {
      code: 'ERR_MODULE_NOT_FOUND',
    })
    const load = Clients.load(() => Promise.reject(missing))
    await expect(load).rejects.toMatchObject({
      category: 'invalid',
      code: 'provider-sdk',
      help: 'Run: npm install @anthropic-ai/sdk@1.11.0',
    })
  })

  it('shares a client between calls with the same key, and with no other', async () => {
    const clients = await Clients.load()
    const one = clients.of(optionsOf({ api_key: 'a' }))
    expect(clients.of(optionsOf({ api_key: 'a' })).client).toBe(one.client)
    expect(clients.of(optionsOf({ api_key: 'b' })).client).not.toBe(one.client)
    const elsewhere = optionsOf({ api_key: 'a', endpoint: 'http://localhost:1' })
    expect(clients.of(elsewhere).client).not.toBe(one.client)
  })
})
