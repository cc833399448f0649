import { describe, expect, it } from 'vitest'
import { defineTool, type Inference, type Json, type Said, type ToolContext } from 'voxgraph/plugin'
import { begins, call, ends, interim, long, words, type CallInit } from './call.ts'

/** A tool that takes so long. */
const slow = (ms: number, effect: 'read' | 'commit' = 'read') =>
  defineTool({
    description: `Takes ${ms} ms.`,
    parameters: { type: 'object' },
    effect,
    run: async (_: unknown, { sleep }: ToolContext): Promise<Json> => {
      await sleep(ms)
      return 'found'
    },
  })

const fails = defineTool({
  description: 'Fails.',
  parameters: { type: 'object' },
  effect: 'read',
  run: () => Promise.reject(new Error('no route to host')),
})

/** Calls tools when the caller has spoken, after some words of its own; then answers. */
const asks =
  (tools: readonly string[], first = '', then = 'Here you are.') =>
  ({ reason, messages }: Inference): readonly Said[] => {
    if (reason === 'tool-result') return then === '' ? [] : [then]
    if (reason !== 'turn' || messages.at(-1)?.role !== 'user') return []
    const calls = tools.map((tool) => ({ tool, arguments: {} }))
    return first === '' ? calls : [first, ...calls]
  }

const filler = { after: 700, say: ['One moment.', 'Let me look that up.'] }

/** A call in which the caller has asked for something 100 ms ago. */
async function asked(answer: Parameters<typeof call>[0], init: CallInit) {
  const made = await call(answer, {
    turns: { end: ['stt', { silence: 100 }], eager: false },
    ...init,
    options: { filler, ...init.options },
  })
  made.caller.next(words('where is my order'))
  await made.clock.advance(100)
  /** Sentences since the caller has spoken, with the time since then at which each begins. */
  const said = (): readonly string[] => {
    const spans = new Map<number, { at: number; text: string }>()
    for (const { at, span, text } of made.all('text')) {
      if (text === '') continue
      const known = spans.get(span) ?? { at: at - 100, text: '' }
      spans.set(span, { ...known, text: known.text + text })
    }
    return [...spans.values()].map(({ at, text }) => `${at} ${text.trim()}`)
  }
  return { ...made, said }
}

describe('a filler', () => {
  it('is said when a tool takes longer than it waits, and the answer follows in the same response', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(2000) } })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['700 One moment.', '2000 Here you are.'])
    const responses = new Set(made.all('text').map(({ response }) => response))
    expect(responses.size).toBe(1)
  })

  it('is heard while the tool is at work: the voice is told that nothing more comes for a while', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(2000) } })
    await made.clock.advance(1500)
    expect(made.heard.map(({ at }) => at - 100)).toContain(700)
    expect(made.all('text').at(-1)).toMatchObject({ text: '' })
  })

  it('is said behind an answer that was cut before all of it was heard', async () => {
    const talks = (inference: Inference): readonly Said[] =>
      inference.messages.length === 1 ? [`It goes: ${long}. `.repeat(3)] : asks(['look'])(inference)
    const made = await asked(talks, { tools: { look: slow(2000) } })
    await made.clock.advance(200)
    made.caller.next(begins())
    await made.clock.advance(300)
    made.caller.next(interim('no wait'))
    made.caller.next(words('no wait my other order'))
    made.caller.next(ends())
    await made.clock.advance(5000)
    const texts = made.said().map((line) => line.replace(/^\d+ /, ''))
    expect(texts.slice(-2)).toEqual(['One moment.', 'Here you are.'])
  })

  it('is not followed at once by a request to wait, where the model takes its time with the results', async () => {
    const gate = Promise.withResolvers<void>()
    const thinks = async function* (inference: Inference): AsyncGenerator<Said> {
      if (inference.reason === 'tool-result') await gate.promise
      yield* asks(['look'])(inference)
    }
    const made = await asked(thinks, {
      tools: { look: slow(900) },
      options: { filler: { after: 700, say: [`${long}.`] } },
      limits: { timeoutMs: 10_000 },
    })
    // The filler is heard from 700 to 1420 ms, and told of until 1300; the model has been asked at 900 ms.
    await made.clock.advance(2399)
    expect(made.said()).toHaveLength(1)
    await made.clock.advance(200)
    expect(made.said()[1]).toBe('2400 One moment, please.')
    gate.resolve()
    await made.clock.advance(2000)
    expect(made.said()[2]).toContain('Here you are.')
  })

  it('is skipped when the tool answers first', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(699) } })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['699 Here you are.'])
  })

  it('is skipped when the model has said something itself', async () => {
    const made = await asked(asks(['look'], 'I will check.'), { tools: { look: slow(2000) } })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['0 I will check.', '2000 Here you are.'])
  })

  it('comes again after each silence for as long as it lasts, and never twice in a row', async () => {
    const options = { filler: { ...filler, every: 3000 } }
    const made = await asked(asks(['look']), { tools: { look: slow(9000) }, options })
    await made.clock.advance(15_000)
    const texts = made.said().map((line) => line.replace(/^\d+ /, ''))
    expect(texts).toEqual(['One moment.', 'Let me look that up.', 'One moment.', 'Here you are.'])
    // 3 s after the transport last told of sound: it tells every 200 ms, and the sentence takes 120 ms.
    expect(made.said()[1]).toBe('3700 Let me look that up.')
  })

  it('is another one for the next tool of the call', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(1000) } })
    await made.clock.advance(3000)
    made.caller.next(words('and the other one'))
    await made.clock.advance(3000)
    const texts = made.said().map((line) => line.replace(/^\d+ /, ''))
    expect(texts).toEqual(['One moment.', 'Here you are.', 'Let me look that up.', 'Here you are.'])
  })

  it('is one for tools that are at work together', async () => {
    const tools = { look: slow(1500), find: slow(2500) }
    const made = await asked(asks(['look', 'find']), { tools })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['700 One moment.', '2500 Here you are.'])
  })

  it('of a tool takes the place of that of its user, and is said for that tool only', async () => {
    const own = { afterMs: 300, say: ['This can take a while.'], everyMs: undefined }
    const tools = {
      look: { definition: slow(200), filler: own },
      find: { definition: slow(2000), filler: false as const },
    }
    const made = await asked(asks(['look', 'find']), { tools })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['2000 Here you are.'])
  })

  it('shows variables as they are when it is said', async () => {
    const options = { filler: { after: 0, say: ['One moment, {{call.from}}.'] } }
    const made = await asked(asks(['look']), { tools: { look: slow(500) }, options })
    await made.clock.advance(2000)
    expect(made.said()[0]).toContain('One moment, ')
    expect(made.said()[0]).not.toContain('{{')
  })

  it('stands on record before the tool: as if the model had said it', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(2000) } })
    await made.clock.advance(5000)
    expect(made.told()).toMatchObject([
      { role: 'user' },
      { role: 'assistant', text: 'One moment.', interrupted: false },
      { role: 'tool', result: { status: 'ok', value: 'found' } },
    ])
  })

  it('can be interrupted, and what was heard of it is what the model is told', async () => {
    const options = { filler: { after: 700, say: ['One moment please while I look that up.'] } }
    const made = await asked(asks(['look']), { tools: { look: slow(4000) }, options })
    await made.clock.advance(820)
    made.caller.next(begins())
    made.caller.next(interim('no the other order'))
    await made.clock.advance(400)
    made.caller.next(ends())
    made.caller.next(words('no the other order'))
    await made.clock.advance(500)
    expect(made.told()).toMatchObject([
      { role: 'user', text: 'where is my order' },
      { role: 'assistant', interrupted: true },
      { role: 'tool', result: { status: 'pending' } },
      { role: 'user', text: 'no the other order' },
    ])
    // Nothing more is said for a tool that nobody waits for.
    await made.clock.advance(5000)
    const texts = made.all('text').filter(({ text }) => text !== '')
    const own = texts.filter(({ response }) => response === texts[0]?.response)
    expect(new Set(own.map(({ span }) => span)).size).toBe(1)
  })

  it('is not said in a call that is about to end', async () => {
    const made = await asked(asks(['look']), { tools: { look: slow(2000) } })
    made.session.end('the caller hung up')
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['2000 Here you are.'])
  })
})

describe('what the model says before a tool', () => {
  it('is heard while the tool is at work', async () => {
    const made = await asked(asks(['look'], 'I will check.'), {
      tools: { look: slow(5000) },
      options: { filler: undefined },
    })
    await made.clock.advance(300)
    const [first, second] = made.all('text').filter(({ span }) => span > 0)
    expect(first?.text).toBe('I will check.')
    expect(second).toMatchObject({ text: '', span: (first?.span ?? 0) + 1 })
  })
})

describe('a tool that has failed', () => {
  const options = { tool_apology: 'I am sorry, that did not work.' }

  it('is spoken of by the graph where the model is silent about it', async () => {
    const made = await asked(asks(['bad'], '', ''), { tools: { bad: fails }, options })
    await made.clock.advance(3000)
    expect(made.said()).toEqual(['0 I am sorry, that did not work.'])
  })

  it('is left to the model where it says something', async () => {
    const made = await asked(asks(['bad'], '', 'I cannot see it.'), {
      tools: { bad: fails },
      options,
    })
    await made.clock.advance(3000)
    expect(made.said()).toEqual(['0 I cannot see it.'])
  })

  it('too late is one of those', async () => {
    const tools = { look: { definition: slow(5000), timeoutMs: 1000 } }
    const made = await asked(asks(['look'], '', ''), { tools, options })
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['700 One moment.', '1000 I am sorry, that did not work.'])
  })

  it('is no reason to apologise when another answer is silent on purpose', async () => {
    const made = await asked(asks(['look'], '', ''), { tools: { look: slow(100) }, options })
    await made.clock.advance(3000)
    expect(made.said()).toEqual([])
  })
})
