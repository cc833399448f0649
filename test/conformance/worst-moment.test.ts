import { describe, expect, it } from 'vitest'
import {
  audio,
  dtmf,
  defineProcessor,
  defineTool,
  text,
  transcript,
  type Frame,
  type Said,
} from 'voxgraph/plugin'
import { agentsCall, router, type AgentAnswer, type TestAgent } from './agents-call.ts'

const desk: TestAgent = {
  answer: router('desk', ['billing']),
  does: { handoffs: { billing: { say: 'One two three four five six seven eight nine ten.' } } },
}
const billing: TestAgent = { answer: router('billing', ['back']), does: { handoffs: { back: {} } } }

/** Words that break whatever handles them. */
const breaking = (): Frame => {
  const frame = { ...text({ text: '' }), id: 1_000_000 }
  return Object.defineProperty(frame, 'text', {
    get: () => {
      throw new Error('broken')
    },
  })
}

describe('a hand-off at the worst moment', () => {
  it('is not undone by a set-up that belongs to an earlier one', async () => {
    let made = 0
    const voice = defineProcessor({
      id: 'frail',
      summary: 'Breaks at its first word, hangs when it is made again, and works from then on.',
      role: 'tts',
      ports: { in: { text: 'text' }, out: { audio: 'audio' } },
      setup: async () => {
        const number = ++made
        if (number === 2) await new Promise(() => undefined)
        return {
          *text(frame) {
            if (number === 1) throw new Error('no voice')
            const span = frame.type === 'text' ? frame.span : 0
            const samples = new Int16Array(320).fill(2000)
            yield audio({ role: 'agent', samples, sampleRate: 16_000, span })
          },
        }
      },
    })
    const call = await agentsCall({ desk, billing: { ...billing, voice } })
    await call.say('billing please', 6_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    await call.say('billing again', 20_000)
    expect(made).toBe(3)
    expect(call.handoffs().at(-1)).toBe('desk > billing done')
    expect((await call.end()).error).toBeUndefined()
  })

  it('keeps the result of a job that comes meanwhile, for the next one to tell', async () => {
    const scan = defineTool({
      description: 'Scans.',
      parameters: { type: 'object', properties: {} },
      job: true,
      run: (_, { sleep }) => sleep(2_600).then(() => 'all is well'),
    })
    const scans: AgentAnswer = ({ messages, reason }) => {
      if (reason !== 'turn') return ['I have begun.']
      const hasBegun = messages.some(({ role }) => role === 'tool')
      const tool = hasBegun ? 'transfer_to_billing' : 'scan'
      return [{ tool, arguments: {} } satisfies Said]
    }
    const tells: AgentAnswer = ({ messages }) => {
      const job = messages.find(({ role }) => role === 'tool')
      return [`The scan is ${job?.role === 'tool' ? job.result.status : 'unknown'}.`]
    }
    const call = await agentsCall(
      { desk: { ...desk, answer: scans, tools: ['scan'] }, billing: { answer: tells } },
      { tools: { scan } },
    )
    await call.say('scan please', 1_800)
    await call.say('billing please', 10_000)
    const at = (state: string): number =>
      call.all('handoff').find((handoff) => handoff.state === state)?.at ?? 0
    const doneAt = call.all('tool-result').find(({ name }) => name === 'scan')?.at ?? 0
    expect(doneAt).toBeGreaterThan(at('started'))
    expect(doneAt).toBeLessThan(at('done'))
    expect(call.all('text').at(-1)?.text).toBe('The scan is ok.')
    expect(call.turns().slice(-2)).toEqual(['desk turn', 'billing handoff'])
  })

  it('loses no word when the next one is being replaced', async () => {
    let isSlow = false
    const setup = (): Promise<void> | undefined => (isSlow ? call.clock.sleep(5_000) : undefined)
    const call = await agentsCall({ desk, billing: { ...billing, setup } })
    await call.say('billing please', 4_000)
    await call.say('back please', 4_000)
    await call.say('billing please', 700)
    isSlow = true
    call.session.feed('billing/brain', 'text', breaking())
    call.caller.next(transcript({ text: 'it is about invoice 42', final: true }))
    await call.clock.advance(3_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    expect(call.told('desk')).toContain('user: it is about invoice 42')
  })

  it('loses no word that waits for one who never comes back', async () => {
    let isBroken = false
    const setup = async (): Promise<void> => {
      if (!isBroken) return
      await call.clock.sleep(1_000)
      throw new Error('no mind')
    }
    const call = await agentsCall({ desk, billing: { ...billing, setup } })
    await call.say('billing please', 4_000)
    isBroken = true
    call.session.feed('billing/brain', 'text', breaking())
    await call.clock.advance(100)
    // The old agent's recogniser was late.
    call.session.feed('desk/brain', 'text', transcript({ text: 'invoice 42', final: true }))
    await call.clock.advance(5_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    expect(call.told('desk')).toContain('user: invoice 42')
  })

  it('says what it says on entering in the second try, when the first one made no sound', async () => {
    let made = 0
    const voice = defineProcessor({
      id: 'shy',
      summary: 'Is silent until it is made again.',
      role: 'tts',
      ports: { in: { text: 'text' }, out: { audio: 'audio' } },
      setup: () => {
        const isSilent = ++made === 1
        return {
          text(frame) {
            if (isSilent) return undefined
            const span = frame.type === 'text' ? frame.span : 0
            const samples = new Int16Array(320).fill(2000)
            return audio({ role: 'agent', samples, sampleRate: 16_000, span })
          },
        }
      },
    })
    const enter = { kind: 'say', text: 'Welcome to billing.' } as const
    const call = await agentsCall({ desk, billing: { ...billing, voice, does: { enter } } })
    await call.say('billing please', 5_000)
    await call.say('billing again', 5_000)
    expect(call.handoffs().filter((one) => one.startsWith('desk > billing'))).toEqual([
      'desk > billing started',
      'desk > billing done',
      'desk > billing returned',
      'desk > billing started',
      'desk > billing done',
    ])
    expect(call.all('text').at(-1)?.text).toBe('Welcome to billing.')
  })

  it('leaves the call with the old one that is just being replaced when the next cannot start', async () => {
    let isBroken = false
    const late = (): Promise<void> | undefined => (isBroken ? call.clock.sleep(1_000) : undefined)
    const never = async (): Promise<void> => {
      if (isBroken) await call.clock.sleep(500)
      throw new Error('no mind')
    }
    const call = await agentsCall({
      desk: { ...desk, setup: late },
      billing: { ...billing, setup: never },
    })
    isBroken = true
    await call.say('billing please', 700)
    call.session.feed('desk/brain', 'text', breaking())
    await call.clock.advance(6_000)
    expect(call.handoffs().slice(0, 2)).toEqual([
      'desk > billing started',
      'desk > billing returned',
    ])
    await call.say('hello', 2_000)
    expect(call.turns().at(-1)).toBe('desk turn')
    expect((await call.end()).error).toBeUndefined()
  })

  it('ends the call when somebody outside takes it after all', async () => {
    const target = { kind: 'transfer', destination: '+15550100' } as const
    const answer: AgentAnswer = ({ reason }) =>
      reason === 'turn' ? [{ tool: 'transfer_to_human', arguments: {} }] : ['Nobody is there.']
    const taken = Promise.withResolvers<void>()
    const call = await agentsCall(
      { desk: { answer, does: { handoffs: { human: { target } } } } },
      { connection: { transfer: () => taken.promise } },
    )
    await call.say('a human', 5_000)
    expect(call.handoffs().at(-1)).toBe('desk > human returned')
    taken.resolve()
    await call.clock.advance(1_000)
    expect((await call.session.ended).reason).toBe('transferred to +15550100')
  })

  it.each([
    '',
    'bob',
    '+1555;x=1',
    'sip:bob@example.com',
    `queue:${'x'.repeat(101)}`,
    'queue:a\nb',
  ])('leads to no %j that a model has put where a number belongs', async (given) => {
    const target = { kind: 'transfer', destination: '{{dest}}' } as const
    const answer: AgentAnswer = ({ reason }) =>
      reason === 'turn'
        ? [{ tool: 'transfer_to_human', arguments: { dest: given } }]
        : ['Nobody is there.']
    const taken: string[] = []
    const dest = { type: 'string', schema: { type: 'string' }, default: '+15550100' } as const
    const call = await agentsCall(
      { desk: { answer, does: { handoffs: { human: { target, set: { dest: 'dest' } } } } } },
      { vars: { dest }, connection: { transfer: async (to) => void taken.push(to) } },
    )
    await call.say('a human', 3_000)
    expect(taken).toEqual([])
    expect(call.handoffs().at(-1)).toBe('desk > human returned')
  })

  it('does not happen with more to pass on than anybody could mean', async () => {
    const answer: AgentAnswer = ({ reason }) =>
      reason === 'turn'
        ? [{ tool: 'transfer_to_billing', arguments: { reason: 'x'.repeat(10_000) } }]
        : ['As you like.']
    const call = await agentsCall({ desk: { ...desk, answer }, billing })
    await call.say('billing please', 3_000)
    expect(call.handoffs()).toEqual([])
    expect(call.all('tool-result')).toMatchObject([
      { result: { status: 'error', message: 'The arguments are longer than 10000 characters.' } },
    ])
  })

  it('loses no key that is pressed while a brain is replaced', async () => {
    const call = await agentsCall({ desk, billing })
    await call.say('billing please', 4_000)
    for (const digit of ['4', '2'])
      call.session.feed('agents/in', 'dtmf', dtmf({ digit, lane: 'user' }))
    await call.clock.advance(500)
    call.session.feed('billing/brain', 'text', breaking())
    await call.clock.advance(3_000)
    expect(call.told('billing').at(-1)).toBe('user: keys: 42')
  })

  it('doubles no word that only a listener of a broken agent has not taken in', async () => {
    const listener = defineProcessor({
      id: 'stuck',
      summary: 'Takes in the first words, and hangs.',
      ports: { in: { text: 'text' } },
      setup: () => ({ text: () => new Promise<never>(() => undefined) }),
    })
    const voice = defineProcessor({
      id: 'broken',
      summary: 'Fails at its third sentence, and from then on.',
      role: 'tts',
      ports: { in: { text: 'text' }, out: { audio: 'audio' } },
      setup: () => ({
        text(frame) {
          if (/now/.test(frame.text)) throw new Error('no voice')
          const span = frame.type === 'text' ? frame.span : 0
          const samples = new Int16Array(320).fill(2000)
          return audio({ role: 'agent', samples, sampleRate: 16_000, span })
        },
      }),
    })
    const answer: AgentAnswer = ({ messages }) =>
      messages.length > 6 ? ['One now. ', 'Two now. ', 'Three now. ', 'Four now.'] : ['Yes.']
    const call = await agentsCall({ desk, billing: { answer, voice, listener } })
    await call.say('billing please', 4_000)
    await call.say('first')
    await call.say('second', 4_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    const words = call.told('desk').filter((one) => one.startsWith('user'))
    expect(words).toEqual(['user: billing please', 'user: first', 'user: second'])
  })

  it('tells nobody the secrets of an agent that breaks down or cannot be asked', async () => {
    const key = 'sk-canary-1234'
    const refused = (): never => {
      throw new Error(`401: the key ${key} is not valid`)
    }
    let questions = 0
    const fails: AgentAnswer = (inference) =>
      ++questions > 1 ? refused() : router('billing', [])(inference)
    const asks: AgentAnswer = (inference) =>
      questions === 0 && inference.messages.length === 1
        ? [{ tool: 'consult_fraud', arguments: { question: 'Is it fraud?' } }]
        : router('desk', ['billing'])(inference)
    const call = await agentsCall({
      desk: { answer: asks, does: { consults: ['fraud'], ...desk.does } },
      billing: { answer: fails, options: { key } },
      fraud: { answer: refused, options: { key }, does: { role: 'adviser' } },
    })
    await call.say('hello', 3_000)
    await call.say('billing please', 4_000)
    await call.say('how much is it', 4_000)
    expect(call.handoffs().at(-1)).toBe('desk > billing returned')
    expect(call.all('tool-result')[0]?.result.status).toBe('error')
    expect(JSON.stringify(call.frames)).not.toContain(key)
    const logged = call.logs.map(({ message }) => message).join()
    expect(logged).toContain('***')
    expect(logged).not.toContain(key)
  })
})

describe('a call that is over', () => {
  it('leaves no timer behind, though a job was under way', async () => {
    const scan = defineTool({
      description: 'Scans.',
      parameters: { type: 'object', properties: {} },
      job: true,
      run: (_, { sleep }) => sleep(50_000).then(() => 'all is well'),
    })
    const answer: AgentAnswer = ({ reason }) =>
      reason === 'turn' ? [{ tool: 'scan', arguments: {} }] : ['I have begun.']
    const turns = { idle: [{ after: 8_000, say: 'Are you there?' }] }
    const call = await agentsCall({ desk: { answer, tools: ['scan'] } }, { turns, tools: { scan } })
    await call.say('scan please')
    call.session.cancel('hung up')
    await call.session.ended
    const endedAt = call.clock.now()
    await call.clock.settle()
    expect(call.clock.now()).toBe(endedAt)
  })
})
