import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  audio,
  defineProcessor,
  defineTransport,
  speech,
  transcript,
  type Frame,
  type FrameOf,
  type FrameType,
  type Inference,
} from 'voxgraph/plugin'
import { createVirtualClock, programOf, testSession } from 'voxgraph/testing'
import { agentsCall, router } from './agents-call.ts'
import { answers, brainThat, long } from './call.ts'
import { createLine, voice } from './line.ts'

/** What a caller writes. */
const typed = (text: string): FrameOf<'transcript'> => transcript({ text, final: true })

/** A telephone: it brings sound, and no words of its own. */
const phone = defineTransport({
  id: 'phone',
  summary: 'A line in the hand of a test.',
  ports: { in: { audio: 'audio' }, out: { audio: { type: 'audio', main: true } } },
  listen: () => Promise.reject(new Error('not opened in this test')),
})

/** `phone -> ears -> brain -> voice -> phone`; `ears` says what the test says. */
async function called(
  answer = answers('Hello.', 'Fine.'),
  options: Readonly<Record<string, unknown>> = {},
) {
  const clock = createVirtualClock()
  const { caller, connection, heard } = createLine(clock)
  const asked: Inference[] = []
  const said = new Subject<Frame>()
  const ears = defineProcessor({
    id: 'ears',
    summary: 'Hears what the test says.',
    role: 'stt',
    ports: { in: { audio: 'audio' }, out: { words: 'transcript' } },
    setup: () => () => said,
  })
  const brain = brainThat((inference) => {
    asked.push(inference)
    return answer(inference)
  })
  const program = programOf({
    nodes: { phone, ears, brain: { definition: brain, options }, voice },
    flow: ['phone -> ears -> brain -> voice -> phone.audio'],
    turns: { end: [{ silence: 600 }], eager: false },
  })
  const test = testSession(program, { clock, connections: { phone: connection } })
  await test.start()
  await clock.advance(2000)
  const all = <T extends FrameType>(type: T): FrameOf<T>[] =>
    test.frames.filter((frame): frame is FrameOf<T> => frame.type === type)
  return { ...test, caller, said, heard, asked, all, told: () => asked.at(-1)?.messages ?? [] }
}

const users = (messages: Inference['messages']): readonly string[] =>
  messages.flatMap((message) => (message.role === 'user' ? [message.text] : []))

describe('typed words', () => {
  it('are a whole turn: one question, at once, and on record', async () => {
    const { caller, clock, asked, told, all } = await called()
    const { length } = asked
    caller.next(typed('what time is it'))
    await clock.advance(0)
    expect(asked).toHaveLength(length + 1)
    expect(users(told())).toEqual(['what time is it'])
    expect(all('transcript')).toMatchObject([{ text: 'what time is it', final: true, typed: true }])
    expect(all('turn').map(({ state }) => state)).toEqual(['started', 'ended'])
    await clock.advance(5000)
    expect(asked).toHaveLength(length + 1)
  })

  it('interrupt the bot at once: what it says is cut, and not only held', async () => {
    const { caller, clock, asked, all, heard } = await called(answers('Hello.', long))
    caller.next(typed('tell me'))
    await clock.advance(300)
    caller.next(typed('ok'))
    await clock.advance(10)
    expect(all('interrupt').map(({ phase, reason }) => `${phase}: ${reason}`)).toEqual([
      'confirm: the caller wrote',
    ])
    expect(asked).toHaveLength(3)
    const cut = all('interrupt')[0]?.at ?? 0
    const stale = heard.filter(({ at, frame }) => at > cut && frame.response === 2)
    expect(stale).toEqual([])
  })

  it('wait for their answer where the bot may not be interrupted, whatever they are', async () => {
    const { caller, clock, asked, all, told } = await called(answers('Hello.', long), {
      interruptible: false,
    })
    caller.next(typed('tell me'))
    await clock.advance(300)
    caller.next(typed('yeah'))
    await clock.advance(200)
    expect(asked).toHaveLength(2)
    await clock.advance(2000)
    expect(all('interrupt')).toEqual([])
    expect(asked).toHaveLength(3)
    expect(users(told())).toEqual(['tell me', 'yeah'])
  })

  it('stand behind what was spoken before them in the same turn', async () => {
    const { caller, said, clock, asked, told } = await called()
    const { length } = asked
    said.next(speech({ state: 'started', latency: 0 }))
    said.next(transcript({ text: 'my number is', final: true }))
    said.next(speech({ state: 'stopped', latency: 0 }))
    caller.next(typed('4711'))
    await clock.advance(2000)
    expect(asked).toHaveLength(length + 1)
    expect(users(told()).join(' ')).toBe('my number is 4711')
  })

  it('lose nothing of what is being spoken when they come', async () => {
    const { caller, said, clock, told } = await called()
    said.next(speech({ state: 'started', latency: 0 }))
    said.next(transcript({ text: 'I would like', final: false }))
    caller.next(typed('a refund'))
    await clock.advance(100)
    said.next(speech({ state: 'stopped', latency: 0 }))
    said.next(transcript({ text: 'I would like', final: true }))
    await clock.advance(2000)
    expect(users(told()).join(' ')).toBe('I would like a refund')
  })

  it('are not taken for an echo, a nod or noise', async () => {
    const { caller, clock, asked } = await called()
    for (const text of ['Fine.', 'mm hmm', '?']) {
      const { length } = asked
      caller.next(typed(text))
      await clock.advance(1000)
      expect(asked).toHaveLength(length + 1)
    }
  })

  it('are cut at 4,000 characters, and nothing else of their frame is believed', async () => {
    const { caller, clock, all } = await called()
    caller.next({ ...typed('x'.repeat(5000)), id: 7, source: 'me', confidence: 0.1 })
    await clock.advance(0)
    expect(all('transcript')).toMatchObject([{ source: '', confidence: undefined, typed: true }])
    expect(all('transcript')[0]?.text).toHaveLength(4000)
  })

  it('ask no more of a model than hands can, however fast they come', async () => {
    const { caller, clock, asked, logs } = await called()
    const { length } = asked
    for (let at = 0; at < 1000; at++) {
      caller.next(typed(`and ${at}`))
      await clock.advance(1)
    }
    expect(asked.length - length).toBeLessThanOrEqual(22)
    expect(logs.map(({ message }) => message)).toEqual([
      'more was typed or pressed than hands can: what is too much is dropped',
    ])
    await clock.advance(10_000)
    const before = asked.length
    caller.next(typed('I am done'))
    await clock.advance(1000)
    expect(asked).toHaveLength(before + 1)
  })

  it('are nothing when there is nothing in them, or they are not final', async () => {
    const { caller, clock, asked } = await called()
    const { length } = asked
    caller.next(typed('  '))
    caller.next(transcript({ text: 'not yet', final: false }))
    await clock.advance(3000)
    expect(asked).toHaveLength(length)
  })

  it('go past a recogniser that is not there to hear', async () => {
    const { caller, clock, asked, said, told } = await called()
    said.error(new Error('broken'))
    caller.next(audio({ role: 'user', samples: new Int16Array(320), sampleRate: 16_000 }))
    caller.next(typed('are you there'))
    await clock.advance(100)
    expect(asked.length).toBeGreaterThan(0)
    expect(users(told())).toEqual(['are you there'])
  })
})

describe('typed words where there are agents', () => {
  const triage = { answer: router('triage', ['billing']), does: { handoffs: { billing: {} } } }
  const billing = { answer: router('billing', []) }
  const written = (text: string): Frame => transcript({ text, final: true, typed: true })

  it('come to whoever has the floor', async () => {
    const call = await agentsCall({ triage, billing })
    call.caller.next(written('hello'))
    await call.clock.advance(1000)
    call.caller.next(written('billing please'))
    await call.clock.advance(4000)
    call.caller.next(written('how much'))
    await call.clock.advance(2000)
    const turns = ['triage turn', 'triage turn', 'billing handoff', 'billing turn']
    expect(call.turns()).toEqual(turns)
    expect(call.told('billing').at(-1)).toBe('user: how much')
  })

  it('that come while the floor moves belong to the new agent, whole', async () => {
    const call = await agentsCall({ triage, billing })
    call.caller.next(written('billing please'))
    await call.clock.advance(30)
    call.caller.next(written('and hurry'))
    await call.clock.advance(4000)
    expect(call.told('billing')).toContain('user: and hurry')
    expect(call.voices()).toEqual(['triage', 'billing'])
  })
})
