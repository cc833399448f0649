import { describe, expect, it } from 'vitest'
import { defineTool, type Inference, type Json, type Said, type ToolContext } from 'voxgraph/plugin'
import { begins, call, ends, interim, long, words, type CallInit } from './call.ts'

/** A tool that takes so long and then leaves its mark. */
const slow = (marks: string[], name: string, ms: number, effect: 'read' | 'commit' = 'read') =>
  defineTool({
    description: `Takes ${ms} ms.`,
    parameters: { type: 'object' },
    effect,
    run: async (_: unknown, { sleep }: ToolContext): Promise<Json> => {
      await sleep(ms)
      marks.push(name)
      return name
    },
  })

/** A brain that asks for tools in its first answer, and says something with their results. */
const asks =
  (...tools: readonly string[]) =>
  ({ reason, messages }: Inference): readonly Said[] =>
    reason === 'turn' && messages.length === 1
      ? tools.map((tool) => ({ tool, arguments: {} }))
      : reason === 'tool-result'
        ? ['Here you are.']
        : []

const results = (made: Awaited<ReturnType<typeof call>>): readonly string[] =>
  made.all('tool-result').map(({ at, name, result }) => `${at} ${name} ${result.status}`)

async function withTools(answer: Parameters<typeof call>[0], init: CallInit) {
  const made = await call(answer, {
    turns: { end: ['stt', { silence: 100 }], eager: false },
    ...init,
  })
  return { ...made, ask: () => made.caller.next(words('go')) }
}

describe('a tool', () => {
  it('that overruns its limit is stopped before it changes anything, and the model is told once', async () => {
    const marks: string[] = []
    const tools = { late: { definition: slow(marks, 'late', 400, 'commit'), timeoutMs: 100 } }
    const made = await withTools(asks('late'), { tools })
    made.ask()
    await made.clock.advance(3000)
    expect(marks).toEqual([])
    expect(results(made)).toEqual(['200 late timeout'])
    expect(made.asked.map(({ reason }) => reason)).toEqual(['start', 'turn', 'tool-result'])
  })

  it('that answers after its limit is heard by nobody', async () => {
    const deaf = defineTool({
      description: 'Does not listen.',
      parameters: { type: 'object' },
      run: async (_, { sleep }) => {
        await sleep(400).catch(() => undefined)
        return 'too late'
      },
    })
    const made = await withTools(asks('deaf'), {
      tools: { deaf: { definition: deaf, timeoutMs: 100 } },
    })
    made.ask()
    await made.clock.advance(3000)
    expect(results(made)).toEqual(['200 deaf timeout'])
    expect(made.asked).toHaveLength(3)
  })

  it('whose response was interrupted is cancelled where the graph says so, and nobody asks the model about it', async () => {
    const marks: string[] = []
    const tools = {
      slow: { definition: slow(marks, 'slow', 2000), onInterrupt: 'cancel' as const },
    }
    const made = await withTools(asks('slow'), { tools })
    made.ask()
    await made.clock.advance(1500)
    made.caller.next(begins())
    made.caller.next(interim('wait'))
    await made.clock.advance(300)
    made.caller.next(ends())
    made.caller.next(words(''))
    await made.clock.advance(5000)
    expect(marks).toEqual([])
    expect(results(made)).toEqual(['1700 slow cancelled'])
    expect(made.asked.map(({ reason }) => reason)).toEqual(['start', 'turn'])
  })

  it('goes on otherwise, and the model hears of its result when nobody speaks', async () => {
    const marks: string[] = []
    const made = await withTools(asks('slow'), { tools: { slow: slow(marks, 'slow', 2000) } })
    made.ask()
    await made.clock.advance(1500)
    made.caller.next(begins())
    made.caller.next(interim('and'))
    await made.clock.advance(2000)
    // The result is there, the caller still speaks: nothing is asked.
    expect(marks).toEqual(['slow'])
    expect(made.asked).toHaveLength(2)
    made.caller.next(ends())
    made.caller.next(words('and quickly'))
    await made.clock.advance(3000)
    // One question covers both.
    expect(made.asked.map(({ reason }) => reason)).toEqual(['start', 'turn', 'turn'])
    expect(made.told()).toMatchObject([
      { role: 'user' },
      { result: { status: 'ok' } },
      { role: 'user' },
    ])
  })

  it('that throws is settled in neutral words; what it threw goes to the log', async () => {
    const bad = defineTool({
      description: 'Throws.',
      parameters: { type: 'object' },
      run: () => Promise.reject(new Error('password is hunter2')),
    })
    const made = await withTools(asks('bad'), { tools: { bad } })
    made.ask()
    await made.clock.advance(1500)
    expect(JSON.stringify(made.told())).not.toContain('hunter2')
    expect(made.logs.some(({ message }) => message.includes('hunter2'))).toBe(true)
  })

  it('gets a key by which it can know a request again', async () => {
    const keys: string[] = []
    const note = defineTool({
      description: 'Notes.',
      parameters: { type: 'object' },
      run: (_, { idempotencyKey, callId }) => {
        keys.push(`${idempotencyKey} ${callId}`)
        return null
      },
    })
    const made = await withTools(asks('note', 'note'), { tools: { note } })
    made.ask()
    await made.clock.advance(1500)
    expect(keys).toEqual(['test/brain-1 brain-1', 'test/brain-2 brain-2'])
  })
})

describe('tools that are asked for together', () => {
  it('run at the same time and lead to one question, when the last of them is settled', async () => {
    const marks: string[] = []
    const tools = {
      first: { definition: slow(marks, 'first', 5000), timeoutMs: 300 },
      second: slow(marks, 'second', 800),
      third: slow(marks, 'third', 200),
    }
    const made = await withTools(asks('first', 'second', 'third'), { tools })
    made.ask()
    await made.clock.advance(5000)
    expect(results(made)).toEqual(['300 third ok', '400 first timeout', '900 second ok'])
    expect(marks).toEqual(['third', 'second'])
    const [asked, ...more] = made.asked.filter(({ reason }) => reason === 'tool-result')
    expect(more).toEqual([])
    const told = asked?.messages.flatMap((message) =>
      'result' in message ? [message.result.status] : [],
    )
    expect(told).toEqual(['timeout', 'ok', 'ok'])
  })
})

describe('a model that asks for tools without end', () => {
  it('gets the results of the first 64, and is asked once', async () => {
    const marks: string[] = []
    const made = await withTools(
      function* ({ reason }) {
        if (reason === 'turn') for (;;) yield { tool: 'look', arguments: {} }
      },
      { tools: { look: slow(marks, 'look', 10) } },
    )
    made.ask()
    await made.clock.advance(3000)
    expect(marks).toHaveLength(64)
    expect(made.asked.map(({ reason }) => reason)).toEqual(['start', 'turn', 'tool-result'])
    expect(made.logs.some(({ message }) => message.includes('64'))).toBe(true)
  })
})

describe('two calls of one answer', () => {
  it('that the model gave the same id are two calls', async () => {
    const marks: string[] = []
    const made = await withTools(
      ({ reason }) =>
        reason === 'turn'
          ? ['a', 'a'].map((callId) => ({ tool: 'look', arguments: {}, callId }))
          : [],
      { tools: { look: slow(marks, 'look', 10) } },
    )
    made.ask()
    await made.clock.advance(3000)
    expect(marks).toEqual(['look', 'look'])
    expect(made.asked.map(({ reason }) => reason)).toEqual(['start', 'turn', 'tool-result'])
  })
})

describe('a tool that changes something', () => {
  const noted = (marks: string[]) => ({
    look: slow(marks, 'look', 0, 'read'),
    book: slow(marks, 'book', 0, 'commit'),
  })
  /** Speaks, and asks for tools in the midst of it, when the bot has been held for 50 ms. */
  const book = async () => {
    const marks: string[] = []
    const made = await call(
      async function* ({ reason }) {
        if (reason !== 'turn') return
        yield `${long}. `
        await made.clock.sleep(100)
        yield { tool: 'look', arguments: {} }
        yield { tool: 'book', arguments: {} }
      },
      { tools: noted(marks), turns: { eager: false } },
    )
    await made.say('book it')
    await made.clock.advance(650)
    made.caller.next(begins())
    await made.clock.advance(100)
    return { ...made, marks }
  }

  it('waits while the bot is held, and runs when it plays on', async () => {
    const made = await book()
    expect(made.marks).toEqual(['look'])
    made.caller.next(ends())
    made.caller.next(words(''))
    await made.clock.advance(10)
    expect(made.marks).toEqual(['look', 'book'])
  })

  it('is cancelled with the response that asked for it, when the caller takes the floor', async () => {
    const made = await book()
    made.caller.next(interim('no do not'))
    await made.clock.advance(3000)
    expect(made.marks).toEqual(['look'])
    expect(results(made).map((line) => line.replace(/^\d+ /, ''))).toEqual([
      'look ok',
      'book cancelled',
    ])
  })
})
