import { describe, expect, it } from 'vitest'
import { defineTool, speech, type Frame } from 'voxgraph/plugin'
import { call, long, words } from './call.ts'

const types = (frames: readonly Frame[], type: string) =>
  frames.filter((frame) => frame.type === type)

describe('a conversation', () => {
  it('answers what the caller says, and tells the brain what was said and heard', async () => {
    const { caller, clock, asked, session } = await call(({ reason, messages }) =>
      reason === 'start' ? ['Hello.'] : [`You said ${messages.length} things.`],
    )
    await clock.advance(1000)
    caller.next(words('good morning'))
    await clock.advance(2000)
    expect(asked.map(({ reason }) => reason)).toEqual(['start', 'turn'])
    expect(asked[1]?.messages).toEqual([
      { role: 'assistant', text: 'Hello.', generated: 'Hello.', interrupted: false },
      { role: 'user', text: 'good morning' },
    ])
    expect(session.figures().interruptions).toBe(0)
  })

  it('is silent in the tick in which the caller begins to speak, and says nothing stale after', async () => {
    const { caller, clock, heard, cleared, session, asked } = await call(({ reason }) =>
      reason === 'start' ? [long] : ['Yes?'],
    )
    await clock.advance(250)
    const before = heard.length
    // What follows in this tick is the end of the sound, which fades for 5 ms.
    const fade = 1
    caller.next(speech({ state: 'started', latency: 120 }))
    expect(cleared).toEqual([250])
    await clock.advance(1000)
    expect(heard).toHaveLength(before + fade)
    caller.next(speech({ state: 'stopped', latency: 250 }))
    caller.next(words('wait'))
    await clock.advance(1000)
    expect(asked[1]?.messages[0]).toMatchObject({ role: 'assistant', interrupted: true })
    expect(session.figures()).toMatchObject({ interruptions: 1, stale: 0 })
    expect(heard.slice(before + fade).every(({ frame }) => frame.response === 2)).toBe(true)
  })

  it('hands sound over at the pace of hearing, 200 ms ahead at most', async () => {
    const { clock, heard } = await call(({ reason }) => (reason === 'start' ? [long] : []))
    for (let at = 0; at <= 600; at += 20) {
      const handed = heard.length * 20
      expect(handed).toBeLessThanOrEqual(at + 220)
      await clock.advance(20)
    }
    await clock.advance(2000)
    expect(heard).toHaveLength(36)
  })

  it('runs tools at once, gives their results in one follow-up, and keeps odd values as they are', async () => {
    const give = (value: never) =>
      defineTool({ description: 'Gives.', parameters: { type: 'object' }, run: () => value })
    const tools = { zero: give(0 as never), none: give(null as never), empty: give('' as never) }
    const { caller, clock, asked, frames } = await call(
      ({ reason }) =>
        reason === 'turn' ? Object.keys(tools).map((tool) => ({ tool, arguments: {} })) : [],
      { tools },
    )
    caller.next(words('go'))
    await clock.advance(700)
    expect(asked.map(({ reason }) => reason)).toEqual(['start', 'turn', 'tool-result'])
    expect(
      asked[2]?.messages.slice(1).map((message) => 'result' in message && message.result),
    ).toEqual([
      { status: 'ok', value: 0 },
      { status: 'ok', value: null },
      { status: 'ok', value: '' },
    ])
    expect(types(frames, 'tool-result')).toHaveLength(3)
  })

  it('settles a tool that throws, hangs, does not exist or gets wrong arguments, in neutral words', async () => {
    const parameters = {
      type: 'object',
      required: ['n'],
      properties: { n: { type: 'integer' } },
    } as const
    const bad = defineTool({
      description: 'Throws.',
      parameters: { type: 'object' },
      run: () => {
        throw new Error('password is hunter2')
      },
    })
    const picky = defineTool({ description: 'Wants n.', parameters, run: () => 1 })
    const { caller, clock, asked, logs } = await call(
      ({ reason }) =>
        reason === 'turn'
          ? [
              { tool: 'bad', arguments: {} },
              { tool: 'picky', arguments: { n: 'x' } },
              { tool: 'nope', arguments: {} },
            ]
          : [],
      { tools: { bad, picky } },
    )
    caller.next(words('go'))
    await clock.advance(700)
    const results = asked[2]?.messages.flatMap((message) =>
      'result' in message ? [message.result] : [],
    )
    expect(results).toEqual([
      { status: 'error', message: 'bad did not work.' },
      { status: 'error', message: 'The arguments do not fit: /n must be integer.' },
      { status: 'error', message: 'There is no tool called nope.' },
    ])
    expect(logs.some((log) => log.message.includes('hunter2'))).toBe(true)
  })

  it('shows a tool that is at work when the caller speaks meanwhile, and its result once it is there', async () => {
    const slow = defineTool({
      description: 'Takes its time.',
      parameters: { type: 'object' },
      effect: 'read',
      run: async (_, { sleep }) => {
        await sleep(3000)
        return 'booked'
      },
    })
    const { session, clock, caller, asked, frames } = await call(
      ({ messages, reason }) =>
        reason === 'turn' && messages.length === 1 ? [{ tool: 'slow', arguments: {} }] : [],
      { tools: { slow } },
    )
    caller.next(words('book it'))
    await clock.advance(1000)
    caller.next(words('hello?'))
    await clock.advance(1000)
    const pending = asked.at(-1)?.messages.map((message) => message.role)
    expect(pending).toEqual(['user', 'tool', 'user'])
    expect(asked.at(-1)?.messages[1]).toMatchObject({ result: { status: 'pending' } })
    await clock.advance(3000)
    // Nobody speaks: the model is told of the result that came too late for its own answer.
    expect(asked.at(-1)).toMatchObject({ reason: 'tool-result' })
    expect(asked.at(-1)?.messages[1]).toMatchObject({ result: { status: 'ok', value: 'booked' } })
    expect(types(frames, 'tool-call')).toHaveLength(1)
    expect(session.figures().stale).toBe(0)
  })

  it('ends the call when the agent says so, after the goodbye has been heard to its end', async () => {
    const { caller, clock, session, closed, lastHeard, heard } = await call(function* ({ reason }) {
      if (reason !== 'turn') return
      yield 'Goodbye and thank you very much for calling us today.'
      yield { tool: 'end_call', arguments: {} }
    })
    caller.next(words('bye'))
    await clock.advance(5000)
    expect((await session.ended).reason).toBe('the agent ended the call')
    expect(heard).toHaveLength(30)
    expect(closed).toEqual(['the call is over'])
    expect(lastHeard()).toBeGreaterThan(300)
  })

  it('ends when the caller hangs up: the bot falls silent, what the caller said is still worked on', async () => {
    const { caller, clock, session, heard, frames } = await call(({ reason }) =>
      reason === 'start' ? [long] : [],
    )
    await clock.advance(300)
    const before = heard.length
    caller.next(words('last words'))
    caller.complete()
    await clock.advance(1000)
    expect((await session.ended).reason).toBe('the caller hung up')
    // And the 5 ms in which the sound fades.
    expect(heard.length).toBe(before + 1)
    expect(types(frames, 'transcript')).toHaveLength(1)
  })

  it('keeps on record nothing that a deaf brain says after it was cut', async () => {
    const letGo: (() => void)[] = []
    const { caller, clock, asked } = await call(async function* ({ reason }) {
      if (reason === 'start') {
        await new Promise<void>((resolve) => letGo.push(resolve))
        yield 'Too late.'
      } else yield 'Fine.'
    })
    caller.next(words('hello'))
    await clock.advance(10)
    for (const go of letGo) go()
    await clock.advance(2000)
    caller.next(words('again'))
    await clock.advance(10)
    expect(asked.at(-1)?.messages.map((message) => 'text' in message && message.text)).toEqual([
      'hello',
      'Fine.',
      'again',
    ])
  })

  it('loses no word of a burst of finals that comes with the beginning of speech', async () => {
    const { caller, clock, asked } = await call(({ reason }) => (reason === 'start' ? [long] : []))
    await clock.advance(300)
    caller.next(words('I want'))
    caller.next(speech({ state: 'started', latency: 0 }))
    caller.next(words('to book'))
    caller.next(words('a table'))
    caller.next(speech({ state: 'stopped', latency: 0 }))
    await clock.advance(1000)
    const last = asked.at(-1)?.messages.at(-1)
    expect(last).toEqual({ role: 'user', text: 'I want to book a table' })
  })
})
