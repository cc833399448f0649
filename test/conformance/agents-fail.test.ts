import { describe, expect, it } from 'vitest'
import { defineProcessor, defineTool, type NodeDefinition, type Said } from 'voxgraph/plugin'
import { agentsCall, router, voiceOf, type AgentAnswer, type TestAgent } from './agents-call.ts'

const never = (): Promise<never> => new Promise(() => undefined)
async function* hangs(): AsyncGenerator<Said> {
  yield await never()
}
const fails = (): Promise<never> => Promise.reject(new Error('no set-up'))

/** Hands over when billing is named, and says what became of it. */
const desk: AgentAnswer = (inference) => {
  const last = inference.messages.findLast(({ role }) => role === 'tool')
  if (inference.reason === 'tool-result' && last?.role === 'tool') {
    return [last.result.status === 'error' ? 'Billing is not there.' : 'Done.']
  }
  return router('desk', ['billing'])(inference)
}
const deskOf = (timeoutMs = 3_000): TestAgent => ({
  answer: desk,
  does: { handoffs: { billing: { timeoutMs } } },
})
const billing: TestAgent = { answer: router('billing', ['back']), does: { handoffs: { back: {} } } }

/** A voice that fails from its `from`th piece of text on. */
const brokenVoice = (from = 1): NodeDefinition => {
  let pieces = 0
  return defineProcessor({
    id: 'broken-voice',
    summary: 'Fails.',
    role: 'tts',
    ports: { in: { text: 'text' }, out: { audio: 'audio' } },
    setup: (ctx) => {
      const voice = voiceOf(2000) as Extract<NodeDefinition, { kind: 'processor' }>
      const made = voice.setup(ctx as never) as { text: (frame: unknown) => Iterable<never> }
      return {
        text: (frame) => {
          if (++pieces >= from) throw new Error('no voice')
          return made.text(frame)
        },
      }
    },
  })
}

async function* broken(): AsyncGenerator<Said> {
  yield await Promise.reject(new Error('no mind'))
}

describe('an agent that cannot take the call', () => {
  it.for<[string, TestAgent]>([
    ['whose set-up throws', { ...billing, setup: fails }],
    ['whose set-up hangs', { ...billing, setup: never }],
    ['whose voice fails on the first word', { ...billing, voice: brokenVoice() }],
    ['whose brain throws each time', { ...billing, answer: broken }],
    ['that never says anything', { ...billing, answer: hangs }],
  ])('%s gives it back within its deadline, and the old one says so', async ([, other]) => {
    const call = await agentsCall({ desk: deskOf(), billing: other })
    await call.say('billing please', 600 + 3_000 + 400)
    const returned = call.all('handoff').at(-1)
    expect(returned).toMatchObject({ state: 'returned', from: 'desk', to: 'billing' })
    expect(call.turns().at(-1)).toBe('desk tool-result')
    expect(call.told('desk')).toContain('tool: transfer_to_billing error')
    expect(call.all('text').at(-1)?.text).toContain('Billing is not there.')
    expect(call.voices()).toEqual(['desk'])
    await call.say('hello', 2_000)
    expect(call.turns().at(-1)).toBe('desk turn')
    expect((await call.end()).error).toBeUndefined()
  })

  it('is set up anew when it is asked for again', async () => {
    let tries = 0
    const setup = (): Promise<void> => (++tries < 3 ? fails() : Promise.resolve())
    const call = await agentsCall({ desk: deskOf(), billing: { ...billing, setup } })
    await call.say('billing please', 2_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    await call.say('billing again', 4_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing done')
    expect(call.voices()).toEqual(['desk', 'billing'])
    expect(tries).toBe(3)
  })

  it('is set up anew though its last set-up is still under way', async () => {
    let tries = 0
    const first = Promise.withResolvers<void>()
    const setup = (): Promise<void> => (++tries === 1 ? first.promise : Promise.resolve())
    const call = await agentsCall({ desk: deskOf(1_000), billing: { ...billing, setup } })
    await call.say('billing please', 2_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    await call.say('billing again', 3_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing done')
    first.resolve()
    await call.say('how much is it')
    expect(call.turns().at(-1)).toBe('billing turn')
    expect(call.told('billing')).toContain('user: how much is it')
    expect(tries).toBe(2)
  })

  it('has what the caller said meanwhile taken from it', async () => {
    const call = await agentsCall({ desk: deskOf(), billing: { ...billing, answer: hangs } })
    await call.say('billing please', 1_000)
    await call.say('are you there', 4_000)
    expect(call.told('desk')).toContain('user: are you there')
  })
})

describe('an agent that breaks down', () => {
  /** Answers so many times, and then no more. */
  const failing = (after: number): AgentAnswer => {
    let asked = 0
    return (inference) => (++asked > after ? broken() : router('billing', [])(inference))
  }

  it.for<[string, TestAgent]>([
    ['in its brain', { answer: failing(1) }],
    [
      'in its voice',
      { answer: () => ['One. ', 'Two. ', 'Three. ', 'Four. '], voice: brokenVoice(5) },
    ],
  ])(
    '%s is replaced by whoever it had the floor from, who knows what was said',
    async ([, other]) => {
      const call = await agentsCall({ desk: deskOf(), billing: other })
      await call.say('billing please', 3_000)
      expect(call.handoffs().at(-1)).toBe('desk > billing done')
      await call.say('how much is it', 4_000)
      expect(call.handoffs().at(-1)).toBe('desk > billing returned')
      expect(call.turns().at(-1)).toBe('desk handoff')
      expect(call.told('desk').slice(-2)).toEqual([
        'user: how much is it',
        'handoff: billing {} billing broke down.',
      ])
      expect(call.voices()).toEqual(['desk', 'billing', 'desk'])
      expect((await call.end()).error).toBeUndefined()
    },
  )

  it('tells its heir no more than it would have, and what nobody has answered', async () => {
    const does = { handoffs: { back: { carry: 'none' } } } as const
    const call = await agentsCall({ desk: deskOf(), billing: { answer: failing(2), does } })
    await call.say('billing please', 3_000)
    await call.say('my card is 4111', 3_000)
    await call.say('and pay it back', 4_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    const told = call.told('desk')
    expect(told.slice(-2)).toEqual([
      'user: and pay it back',
      'handoff: billing {} billing broke down.',
    ])
    expect(told.join(' ')).not.toContain('4111')
  })

  it('ends the call with the apology when it is the one who answered it', async () => {
    const call = await agentsCall({ desk: { answer: broken }, billing })
    await call.say('hello', 4_000)
    const { error, reason } = await call.session.ended
    expect([reason, error?.message]).toEqual(['desk/brain failed', 'no mind'])
    expect(call.voices()).toEqual(['desk'])
  })

  it('ends it with the apology in the voice of another when its own is broken', async () => {
    const answer: AgentAnswer = () => ['One. ', 'Two. ', 'Three. ', 'Four. ']
    const desk: TestAgent = { answer, voice: brokenVoice(), does: { handoffs: { billing: {} } } }
    const call = await agentsCall({ desk, billing })
    await call.say('hello', 4_000)
    expect((await call.session.ended).error?.message).toBe('no voice')
    expect(call.voices()).toEqual(['billing'])
  })

  it('ends the call, too, when the hand-off that it had begun comes to nothing', async () => {
    const answer: AgentAnswer = () => [
      'One. Two. Three. Four. Five. ',
      { tool: 'transfer_to_billing', arguments: {} },
    ]
    const call = await agentsCall({
      desk: { answer, voice: brokenVoice(2), does: { handoffs: { billing: {} } } },
      billing: { ...billing, setup: never },
    })
    await call.say('billing please', 20_000)
    expect((await call.session.ended).error).toBeDefined()
  })

  it('is not heard in the middle of what the next one says', async () => {
    const say = 'One two three four five six. Seven eight nine. Ten. Eleven. Twelve. Thirteen.'
    const call = await agentsCall({
      desk: {
        answer: desk,
        does: { handoffs: { billing: { say } } },
        voice: brokenVoice(4),
      },
      billing,
    })
    await call.say('billing please', 8_000)
    const { at = 0 } = call.all('handoff').find(({ state }) => state === 'done') ?? {}
    const late = call.heard.filter(
      ({ at: heardAt, frame }) => heardAt > at && frame.samples[0] !== 2000,
    )
    expect(late).toEqual([])
  })

  it('has its tools settled, and leaves the jobs of others alone', async () => {
    const work = (job?: true) =>
      defineTool({
        description: 'Takes its time.',
        parameters: { type: 'object', properties: {} },
        ...(job && { job }),
        run: (_, { sleep }) => sleep(6_000).then(() => 'done'),
      })
    const starts: AgentAnswer = (inference) =>
      inference.messages.length === 1 ? [{ tool: 'scan', arguments: {} }] : desk(inference)
    const asks: AgentAnswer = async function* ({ reason }) {
      yield 'One moment. '
      if (reason === 'handoff') return
      yield { tool: 'look', arguments: {} }
      throw new Error('no mind')
    }
    const call = await agentsCall(
      {
        desk: { ...deskOf(), answer: starts, tools: ['scan'] },
        billing: { answer: asks, tools: ['look'] },
      },
      { tools: { scan: work(true), look: work() } },
    )
    await call.say('hello')
    await call.say('billing please', 3_000)
    await call.say('how much is it', 8_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    const results = call.all('tool-result').map(({ name, result }) => `${name} ${result.status}`)
    expect(results.filter((one) => one.startsWith('scan'))).toEqual(['scan ok'])
    expect(new Set(results)).toEqual(
      new Set(['scan ok', 'transfer_to_billing ok', 'look cancelled']),
    )
    const settled = call.all('tool-result').map(({ callId }) => callId)
    expect(settled.toSorted()).toEqual(
      call
        .all('tool-call')
        .map(({ callId }) => callId)
        .toSorted(),
    )
  })
})

describe('a call with agents that nobody hears', () => {
  const consult: AgentAnswer = ({ reason, messages }) => {
    const tool = messages.findLast(({ role }) => role === 'tool')
    if (reason === 'turn') return [{ tool: 'consult_wise', arguments: { question: 'What now?' } }]
    return [tool?.role === 'tool' ? `It is ${tool.result.status}.` : '']
  }

  it.for<[string, TestAgent['answer'], string, number]>([
    ['throws', broken, 'error', 2_000],
    ['hangs', hangs, 'timeout', 12_000],
    [
      'answers after its deadline',
      async function* () {
        await late(15_000)
        yield 'Well.'
      },
      'timeout',
      30_000,
    ],
    [
      'floods',
      function* () {
        for (;;) yield 'more and more '
      },
      'ok',
      2_000,
    ],
  ])('goes on when an adviser %s', async ([, answer, status, waitMs]) => {
    const call = await agentsCall({
      desk: { answer: consult, does: { consults: ['wise'] } },
      wise: { answer, does: { role: 'adviser' } },
    })
    sleep = call.clock.sleep
    await call.say('hello', waitMs)
    expect(call.all('tool-result').map(({ result }) => result.status)).toEqual([status])
    expect(call.all('text').map(({ text }) => text)).toEqual([`It is ${status}.`])
    expect((await call.end()).error).toBeUndefined()
  })

  it.for<[string, TestAgent]>([
    ['throws', { answer: broken }],
    ['hangs', { answer: hangs }],
    ['cannot be set up', { answer: broken, setup: fails }],
    [
      'floods',
      {
        answer: function* () {
          for (;;) yield 'more and more '
        },
      },
    ],
  ])('goes on when an agent in the background %s', async ([, eve]) => {
    const call = await agentsCall({
      desk: { answer: router('desk', []) },
      eve: { ...eve, does: { role: 'background' } },
    })
    for (const text of ['one', 'two', 'three', 'four', 'five']) await call.say(text)
    expect(call.turns().filter((one) => one === 'desk turn')).toHaveLength(5)
    expect((await call.end()).error).toBeUndefined()
  })

  let sleep = (_: number): Promise<void> => Promise.resolve()
  const late = (ms: number): Promise<void> => sleep(ms)
})
