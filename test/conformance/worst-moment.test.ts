import { describe, expect, it } from 'vitest'
import {
  audio,
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
})
