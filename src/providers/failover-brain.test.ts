import { describe, expect, it } from 'vitest'
import {
  ProviderError,
  type Brain,
  type BrainDefinition,
  type Inference,
  type Said,
} from '../define/index.ts'
import { drivers } from '../drivers.ts'
import type { Host } from '../kernel/host.ts'
import type { BrainSetup } from '../kernel/make-node.ts'
import type { VirtualClock } from '../time/virtual-clock.ts'
import { openBrain } from './failover-brain.ts'
import type { ErrorCategory, Frame } from '../frames/index.ts'
import { createProbe } from '../testing/probe.ts'
import { testSession } from '../testing/session.ts'
import { scriptedBrain, source } from './rig.ts'
import { transcript } from '../frames/index.ts'

const broken = (category: ErrorCategory): ProviderError =>
  new ProviderError(category, { provider: 'one', reason: 'it broke' })

/** A call in which the caller says one thing; `said` is all that is spoken. */
async function call(brains: readonly [BrainDefinition, ...BrainDefinition[]]) {
  const probe = createProbe()
  const [definition, ...fallback] = brains
  const { session, clock, start, end, frames, logs } = testSession({
    nodes: { ears: source('text'), llm: { definition, fallback }, probe: probe.definition },
    flow: ['ears -> llm -> probe'],
  })
  await start()
  await clock.advance(100)
  const askedAt = clock.now()
  session.feed('ears', 'in', transcript({ text: 'Where is my order?', final: true }))
  await clock.advance(30_000)
  const { error } = await end()
  const spoken = probe.frames.filter(
    (frame): frame is Extract<Frame, { type: 'text' }> => frame.type === 'text',
  )
  return {
    said: spoken.map(({ text }) => text).join(''),
    times: spoken.map(({ at }) => at - askedAt),
    errors: frames.filter((frame) => frame.type === 'error'),
    logs: logs.map(({ message }) => message),
    error,
  }
}
/** A mind that is asked by hand. */
async function ask(
  definition: BrainDefinition,
  reader: (said: AsyncIterable<Said>, clock: VirtualClock) => Promise<void>,
) {
  let brain: Brain | undefined
  const { clock, start, end } = testSession(
    { nodes: { ears: source('text'), llm: definition }, flow: ['ears -> llm'] },
    {
      drivers: {
        ...drivers,
        brain: async (host: Host, { members, process, plan }: BrainSetup) => {
          const context = { tools: [], toolset: [], prompt: () => '' }
          const phrases = plan.turns.options.trouble
          brain = await openBrain({
            host,
            members,
            process,
            phrases,
            context,
            line: () => undefined,
          })
          return {}
        },
      },
    },
  )
  await start()
  const inference: Inference = {
    ...{
      reason: 'turn' as const,
      prompt: '',
      instruction: undefined,
      messages: [],
      tools: [],
      vars: {},
    },
    signal: new AbortController().signal,
  }
  await reader(brain!.respond(inference) as AsyncIterable<Said>, clock)
  await end()
}
const isTurn = ({ reason }: Inference): boolean => reason === 'turn'
const fine = (id: string, answer = 'It is on its way.'): BrainDefinition =>
  scriptedBrain(id, async function* (inference) {
    if (isTurn(inference)) yield answer
  })

describe('a mind with others behind it', () => {
  it('leaves the question to the next when it fails before a word', async () => {
    const one = scriptedBrain('one', async function* (inference) {
      yield* []
      if (isTurn(inference)) throw broken('overloaded')
    })
    const { said, errors, error } = await call([one, fine('two')])
    expect(said).toBe('It is on its way.')
    expect(errors.map((frame) => [frame.node, frame.attempt])).toEqual([
      ['llm', 1],
      ['llm', 2],
    ])
    expect(error).toBeUndefined()
  })

  it('lets the next go on with an answer that broke off', async () => {
    let shown: Inference | undefined
    const one = scriptedBrain('one', async function* (inference) {
      if (!isTurn(inference)) return
      yield 'Your order '
      throw broken('auth')
    })
    const two = scriptedBrain('two', async function* (inference) {
      shown = inference
      yield 'is on its way.'
    })
    expect((await call([one, two])).said).toBe('Your order is on its way.')
    expect(shown?.messages.at(-1)).toMatchObject({ role: 'assistant', text: 'Your order ' })
    expect(shown?.instruction).toContain('Go on with the very next word')
  })

  it('asks the caller to wait, and gives up a mind that keeps silent', async () => {
    let aborted = 0
    const one = scriptedBrain('one', async function* (inference, sleep) {
      yield* []
      if (!isTurn(inference)) return
      inference.signal.addEventListener('abort', () => aborted++)
      await sleep(60_000)
    })
    const { said, times } = await call([one, fine('two')])
    expect(said).toBe('One moment, please. It is on its way.')
    expect(times.at(-1)! - times[0]!).toBe(2500 - 1100)
    expect(aborted).toBe(1)
  })

  it('gives up a mind that stops in the middle of a sentence', async () => {
    const one = scriptedBrain('one', async function* (inference, sleep) {
      if (!isTurn(inference)) return
      yield 'Your order '
      await sleep(60_000)
    })
    const { said, times } = await call([one, fine('two', 'is here.')])
    expect(said).toBe('Your order is here.')
    // It was asked at once, and heard when the turn was over.
    expect(times.at(-1)).toBe(1500)
  })

  it('is not given up when it is its reader who takes long', async () => {
    const one = scriptedBrain('one', async function* (_, sleep) {
      yield 'Your order '
      await sleep(10)
      yield 'is here.'
    })
    const said: Said[] = []
    await ask(one, async (answer, clock) => {
      const reading = (async () => {
        for await (const part of answer) {
          said.push(part)
          await clock.sleep(5000)
        }
      })()
      await clock.advance(20_000)
      await reading
    })
    expect(said).toEqual(['Your order ', 'is here.'])
  })

  it('counts a sign of life as one', async () => {
    const one = scriptedBrain('one', async function* (inference, sleep) {
      if (!isTurn(inference)) return
      yield 'Your order '
      for (let i = 0; i < 5; i++) {
        await sleep(1000)
        yield ''
      }
      yield 'is here.'
    })
    const { said, errors } = await call([one])
    expect(said).toBe('Your order is here.')
    expect(errors).toEqual([])
  })

  it('says that it is in trouble when all have failed, and asks once more', async () => {
    let asked = 0
    const one = scriptedBrain('one', async function* (inference) {
      if (!isTurn(inference)) return
      if (asked++ < 2) throw broken('server')
      yield 'It is here.'
    })
    const { said, error } = await call([one])
    expect(said).toBe('I am sorry, I am having trouble. One moment, please. It is here.')
    expect(error).toBeUndefined()
  })

  it('fails when nobody can answer', async () => {
    const one = scriptedBrain('one', async function* (inference) {
      yield* []
      if (isTurn(inference)) throw broken('auth')
    })
    const { said, logs } = await call([one])
    expect(said).toContain('I am sorry, I am having trouble.')
    expect(logs.join('\n')).toContain('one did not accept the key: it broke. Nobody else is left.')
  })
})
