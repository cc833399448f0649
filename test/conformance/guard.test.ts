import { describe, expect, it } from 'vitest'
import { defineProcessor, defineTool, text, type Frame, type Message } from 'voxgraph/plugin'
import {
  createVirtualClock,
  testSession,
  type ProgramInit,
  type VirtualClock,
} from 'voxgraph/testing'
import speechGuard from '../../processors/speech-guard/index.ts'
import { begins, brainThat, ends, interim, words, type Answer } from './call.ts'
import { createLine, line, voice, wordMs } from './line.ts'

const defaults = { block: [], mask: [], say: 'Sorry, not that.', hold: 'sentence' }

/** What a call with a guard is set up with. */
interface GuardedInit extends Pick<ProgramInit, 'tools'> {
  readonly guard?: object
  /** For brains that take their time. */
  readonly clock?: VirtualClock
  readonly voice?: ProgramInit['nodes'][string]
}

/** `line -> brain -> guard -> voice -> line`, on virtual time. */
async function guarded(answer: Answer, { guard = {}, tools = {}, ...init }: GuardedInit) {
  const told: (readonly Message[])[] = []
  const brain = brainThat((inference) => {
    told.push(inference.messages)
    return answer(inference)
  })
  const clock = init.clock ?? createVirtualClock()
  const { caller, connection, heard } = createLine(clock)
  const test = testSession(
    {
      nodes: {
        line,
        brain: { definition: brain, options: { tools: Object.keys(tools) } },
        guard: { definition: speechGuard, options: { ...defaults, ...guard } },
        voice: init.voice ?? voice,
      },
      flow: ['line -> brain -> guard -> voice -> line'],
      tools,
    },
    { clock, connections: { line: connection } },
  )
  await test.start()
  const wordsOf = (): string =>
    test.frames
      .flatMap((frame) => (frame.type === 'audio' ? (frame.words ?? []) : []))
      .map((word) => word.text)
      .join(' ')
  return {
    ...test,
    caller,
    heard,
    /** Words that the voice has made sound of. */
    spoken: wordsOf,
    /** What the model was told last of its own words; `*` where it was cut. */
    own: () =>
      (told.at(-1) ?? []).flatMap((message) =>
        message.role === 'assistant' ? `${message.text}${message.interrupted ? '*' : ''}` : [],
      ),
    generated: () => JSON.stringify(told),
    async say(what: string): Promise<void> {
      caller.next(begins())
      await clock.advance(300)
      caller.next(ends())
      caller.next(words(what))
      await clock.advance(3000)
    },
  }
}

const greets =
  (...pieces: readonly string[]): Answer =>
  ({ reason }) =>
    reason === 'start' ? pieces : ['Fine.']

describe('a guard between a brain and a voice', () => {
  it('withholds the sentence and what comes after it, says something else, and the model knows', async () => {
    const answer = greets('Good day. You should b', 'uy Acme shares now. ', 'They rise. Bye.')
    const { clock, spoken, own, generated, say, frames, logs } = await guarded(answer, {
      guard: { block: ['buy acme'] },
    })
    await clock.advance(3000)
    expect(spoken()).toBe('Good day. Sorry, not that.')
    await say('what?')
    expect(own()).toEqual(['Good day. Sorry, not that.'])
    expect(generated()).not.toContain('Acme')
    expect(spoken()).toBe('Good day. Sorry, not that. Fine.')
    const blocked = frames.filter((one) => one.type === 'metric' && one.name === 'blocked')
    expect(blocked).toMatchObject([{ value: 1, source: 'guard', unit: 'count' }])
    expect(logs.filter(({ node }) => node === 'guard')).toMatchObject([
      { level: 'warn', details: { rule: 'block[0]' } },
    ])
    expect(JSON.stringify(logs)).not.toContain('Acme')
  })

  it('is believed about what was heard of its own words, too', async () => {
    const { clock, caller, own, say } = await guarded(greets('Buy Acme shares. Now.'), {
      guard: { block: ['acme'], say: 'I am afraid that I cannot tell you that today.' },
    })
    await clock.advance(4 * wordMs + 10)
    caller.next(begins())
    caller.next(interim('wait'))
    await clock.advance(300)
    caller.next(ends())
    caller.next(words('wait a moment'))
    await clock.advance(2000)
    await say('go on')
    expect(own()[0]).toBe('I am afraid that*')
  })

  it('leaves no trace of a response that is withheld and has nothing said instead', async () => {
    const { clock, spoken, own, say } = await guarded(greets('Buy Acme.'), {
      guard: { block: ['acme'], say: '' },
    })
    await clock.advance(3000)
    expect(spoken()).toBe('')
    await say('hello?')
    await say('and?')
    expect(own()).toEqual(['Fine.'])
  })

  it('masks, and the model is told what was said', async () => {
    const { clock, spoken, own, say, generated } = await guarded(
      greets('Your card is 4111 1111 11', '11 1111. ', 'Right?'),
      { guard: { mask: ['card_number'] } },
    )
    await clock.advance(3000)
    expect(spoken()).toBe('Your card is [card number]. Right?')
    await say('yes')
    expect(own()).toEqual(['Your card is [card number]. Right?'])
    expect(generated()).not.toContain('1111')
  })

  it('lets nothing out that it held of a cut response', async () => {
    const clock = createVirtualClock()
    const { caller, spoken } = await guarded(
      async function* ({ reason }) {
        yield reason === 'start' ? 'One two three four five six. And seven ' : 'Yes?'
        if (reason === 'start') await clock.sleep(60_000)
      },
      { clock, guard: { block: ['acme'] } },
    )
    await clock.advance(3 * wordMs)
    caller.next(begins())
    caller.next(interim('no'))
    caller.next(ends())
    caller.next(words('no'))
    await clock.advance(100_000)
    expect(spoken()).toBe('One two three four five six. Yes?')
  })

  it('has the model stop, and no tool called that comes after', async () => {
    const ran: string[] = []
    let isClosed = false
    const pay = defineTool({
      description: 'Pays.',
      parameters: { type: 'object', properties: {} },
      run: () => ran.push('pay'),
    })
    const clock = createVirtualClock()
    const { spoken } = await guarded(
      async function* ({ reason }) {
        if (reason !== 'start') return
        try {
          yield 'Buy Acme. '
          for (let count = 0; count < 100; count++) {
            await clock.sleep(100)
            yield `Word ${count}. `
          }
          yield { tool: 'pay', arguments: {} }
        } finally {
          isClosed = true
        }
      },
      { clock, guard: { block: ['acme'] }, tools: { pay } },
    )
    await clock.advance(500)
    expect(isClosed).toBe(true)
    await clock.advance(20_000)
    expect([spoken(), ran]).toEqual(['Sorry, not that.', []])
  })

  it('ends the call where a rule says so, when that has been heard', async () => {
    const { clock, spoken, heard, session } = await guarded(greets('Go. Buy Acme. Now.'), {
      guard: { block: [{ match: 'acme', say: 'Goodbye to you.', end: true }] },
    })
    await clock.advance(10_000)
    const { reason } = await session.ended
    expect(reason).toBe('the speech guard ended the call')
    expect(spoken()).toBe('Go. Goodbye to you.')
    expect(heard.length).toBe(12)
  })
})

describe('a guard that fails', () => {
  const broken = (): Frame => ({
    ...text({ span: 2, text: '' }),
    text: Symbol('broken') as never,
    response: 1,
  })

  it('has nothing said of the response but that it cannot be, and the next one is guarded again', async () => {
    const clock = createVirtualClock()
    const { session, spoken, own, say, frames } = await guarded(
      async function* ({ reason }) {
        if (reason !== 'start') {
          yield 'Fine. Acme is it.'
          return
        }
        yield 'Good day. This is '
        await clock.sleep(100)
        yield 'a secret. '
        await clock.sleep(100)
        yield 'And more of it.'
      },
      { clock, guard: { block: ['acme'] } },
    )
    await clock.advance(50)
    session.feed('guard', 'text', broken())
    await clock.advance(3000)
    expect(frames.filter(({ type }) => type === 'error')).toMatchObject([{ node: 'guard' }])
    expect(spoken()).toBe('Good day. Sorry, not that.')
    await say('hello')
    expect(own()).toEqual(['Good day. Sorry, not that.'])
    expect(spoken()).toBe('Good day. Sorry, not that. Fine. Sorry, not that.')
  })

  it('for good lets nothing through any more', async () => {
    const clock = createVirtualClock()
    const { session, spoken } = await guarded(
      async function* () {
        for (;;) {
          await clock.sleep(100)
          yield 'A secret. '
        }
      },
      { clock, guard: { block: ['acme'], say: '' } },
    )
    for (let count = 0; count < 4; count++) {
      session.feed('guard', 'text', { ...broken(), response: 0 } as Frame)
      await clock.advance(1)
    }
    await clock.advance(60_000)
    await session.ended
    expect(spoken()).not.toContain('secret')
  })

  it('for good has nothing passed on by any safety processor', async () => {
    const strict = defineProcessor({
      id: 'strict',
      summary: 'Throws.',
      safety: true,
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup: () => ({
        text() {
          throw new Error('no')
        },
      }),
    })
    const { clock, session, frames, start } = testSession({
      nodes: { strict, after: speechGuard },
      flow: ['strict -> after'],
    })
    await start()
    for (let count = 0; count < 10; count++) {
      session.feed('strict', 'text', text({ text: `${count}` }))
      await clock.advance(10)
    }
    expect(frames.filter(({ type, source }) => type === 'text' && source === 'after')).toEqual([])
  })
})

describe('the time that a guard takes', () => {
  /** First sound, in ms: a brain gives a word every 20 ms, the first sentence has eight. */
  const firstSound = async (guard: object, isGathering: boolean): Promise<number> => {
    const sentence = 'One two three four five six seven eight. '
    const clock = createVirtualClock()
    const { heard } = await guarded(
      async function* ({ reason }) {
        if (reason !== 'start') return
        for (const word of sentence.repeat(3).match(/\S+ /g) ?? []) {
          yield word
          await clock.sleep(20)
        }
      },
      { clock, guard, ...(isGathering && { voice: gathering }) },
    )
    await clock.advance(3000)
    return heard[0]?.at ?? -1
  }

  it('is none for a voice that waits for sentences itself, and a sentence for one that does not', async () => {
    const block = { block: ['acme shares'] }
    expect(await firstSound({}, true)).toBe(160)
    expect(await firstSound(block, true)).toBe(160)
    expect(await firstSound({}, false)).toBe(0)
    expect(await firstSound(block, false)).toBe(160)
    expect(await firstSound({ ...block, hold: 'match' }, false)).toBe(0)
    expect(await firstSound({ mask: ['card_number', 'phone'] }, false)).toBe(0)
  })
})

/** A voice that speaks a span when the next one begins, as most engines do. */
const gathering = defineProcessor({
  id: 'gathering',
  summary: 'Gathers spans for the voice.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => {
    const said = (voice.setup as () => { text(frame: Frame): Iterable<never> })()
    let held: Extract<Frame, { type: 'text' }> | undefined
    const flush = (): readonly never[] => {
      const frame = held
      held = undefined
      return frame === undefined ? [] : [...said.text(frame)]
    }
    return {
      text(frame) {
        if (frame.type !== 'text') return
        const ready = held !== undefined && held.span !== frame.span ? flush() : []
        held = { ...frame, text: (held?.text ?? '') + frame.text }
        return ready
      },
      signal: (frame) =>
        frame.type === 'response' && frame.state === 'ended' ? flush() : undefined,
    }
  },
})
