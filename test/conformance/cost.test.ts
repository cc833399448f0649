import { describe, expect, it } from 'vitest'
import type { Inspection } from 'voxgraph'
import {
  defineBrain,
  defineProcessor,
  defineTool,
  defineTransport,
  defineTts,
  usage,
  type Inference,
  type NodeDefinition,
  type Said,
  type UsageInit,
} from 'voxgraph/plugin'
import { createVirtualClock, testSession, type ProgramInit } from 'voxgraph/testing'
import { begins, ends, words } from './call.ts'
import { voiceOf } from './agents-call.ts'
import { createLine, line, voice } from './line.ts'

/** So many US dollars, at the price of the table below. */
const dollars = (usd: number): UsageInit => ({
  vendor: 'maker',
  model: 'mind',
  usage: { output_tokens: usd * 1000 },
})
const prices = [
  {
    date: '2026-11-21',
    prices: [
      { vendor: 'maker', model: 'mind', per_million_output_tokens: 1000 },
      { vendor: 'carrier', per_call_minute: 0.6 },
    ],
  },
]

type Report = (used: UsageInit) => void
type Answer = (inference: Inference, use: Report) => readonly Said[]

interface CallInit extends Pick<ProgramInit, 'costBudget' | 'tools' | 'turns'> {
  readonly transport?: NodeDefinition
}

/** A mind whose answers cost what the test says. */
const mind = (asked: string[], name: string, answer: Answer, uses: Report[] = []) =>
  defineBrain({
    id: 'mind',
    summary: 'Answers as the test says.',
    options: { type: 'object', properties: {} },
    setup: ({ usage: use }) => {
      uses.push(use)
      return {
        respond(inference) {
          asked.push(`${name} ${inference.reason}`)
          return answer(inference, use)
        },
      }
    },
  })

/** A call on virtual time: `line -> brain -> voice -> line`. */
async function call(answer: Answer, { transport, ...init }: CallInit = {}) {
  const asked: string[] = []
  const uses: Report[] = []
  const definition = mind(asked, 'brain', answer, uses)
  const options = { tools: Object.keys(init.tools ?? {}) }
  const program = {
    nodes: { line: transport ?? line, brain: { definition, options }, voice },
    flow: ['line -> brain -> voice -> line'],
    ...init,
  }
  return { ...(await begin(program)), asked, use: (used: UsageInit) => uses.at(-1)?.(used) }
}

async function begin(program: ProgramInit) {
  const turns = { end: ['stt' as const, { silence: 100 }], eager: false, ...program.turns }
  const clock = createVirtualClock()
  const { caller, connection, heard } = createLine(clock)
  const seen: Inspection[] = []
  const observe = (event: Inspection): void => void seen.push(event)
  const connections = { line: connection }
  const test = testSession({ ...program, turns }, { clock, connections, prices, observe })
  await test.start()
  return {
    ...test,
    caller,
    heard,
    /** Why it ended, once it has. */
    reasons: () =>
      seen.flatMap((event) => (event.type === 'session.ended' ? [event.summary.reason] : [])),
    /** What the bot said, in order. */
    said: () => test.frames.flatMap((frame) => (frame.type === 'text' ? [frame.text.trim()] : [])),
    over: () =>
      seen.flatMap((event) =>
        event.type === 'over-cost' ? [`${event.usd} > ${event.limitUsd} ${event.ends}`] : [],
      ),
    async say(text: string, waitMs = 2000): Promise<void> {
      caller.next(begins())
      await clock.advance(300)
      caller.next(ends())
      caller.next(words(text))
      await clock.advance(waitMs)
    },
  }
}

/** Each answer costs a dollar. */
const dear: Answer = ({ reason }, use) => {
  use(dollars(1))
  return [reason === 'start' ? 'Hello.' : 'We open at nine.']
}
const end = { usd: 1.5, over: 'end', say: 'We have to stop here. Goodbye.' } as const
const why = 'the call has cost as much as it may'

describe('what a call costs', () => {
  it('is added up by node and model, and stands in its summary', async () => {
    const transport = defineTransport({ ...line, vendor: 'carrier' } as never)
    const made = await call(dear, { transport })
    await made.say('when')
    made.use({ vendor: 'other', usage: { characters: 5 } })
    await made.clock.advance(120_000 - made.clock.now())
    const { cost } = await made.end()
    expect(cost.stages).toEqual({ telephony: expect.closeTo(1.2), llm: 2 })
    expect(cost.usd).toBeCloseTo(3.2)
    expect(cost.unpriced).toEqual(['other'])
    expect(cost.lines.map(({ node, vendor, usd }) => [node, vendor, usd])).toEqual([
      ['line', 'carrier', expect.closeTo(1.2)],
      ['brain', 'maker', 2],
      ['brain', 'other', 0],
    ])
    expect(made.over()).toEqual([])
  })

  it('has the characters of a voice in it, at the price of its model', async () => {
    const speaker = defineTts({
      id: 'speaker',
      summary: 'Makes a little sound for each span.',
      vendor: 'deepgram',
      options: { type: 'object', properties: {} },
      formats: [{ sampleRate: 16_000 }],
      setup: () => ({
        async *speak({ text }) {
          for await (const { span } of text) yield { span, samples: new Int16Array(320) }
        },
      }),
    })
    const brain = mind([], 'brain', ({ reason }) => (reason === 'start' ? ['Good morning.'] : []))
    const made = await begin({
      nodes: {
        line,
        brain,
        voice: { definition: speaker, options: { voice: 'aura-2-thalia-en' } },
      },
      flow: ['line -> brain -> voice -> line'],
      turns: { trouble: { wait: '', sorry: '', goodbye: '' } },
    })
    await made.clock.advance(2000)
    const { cost } = await made.end()
    expect(cost.lines).toEqual([
      {
        ...{ stage: 'tts', node: 'voice', vendor: 'deepgram', model: 'aura-2-thalia-en' },
        usage: { characters: 13 },
        usd: expect.closeTo(0.00039),
        unpriced: [],
      },
    ])
  })

  it('is nothing where no vendor is at work', async () => {
    const made = await call(() => ['Hello.'])
    const { cost } = await made.end()
    expect(cost).toEqual({ usd: 0, stages: {}, lines: [], cachedShare: undefined, unpriced: [] })
  })

  it('has what is told while nodes close in it', async () => {
    const late = defineBrain({
      id: 'late',
      summary: 'Tells what it has used when it closes.',
      options: { type: 'object', properties: {} },
      setup: ({ usage: use }) => ({ respond: () => [], close: () => use(dollars(3)) }),
    })
    const made = await begin({
      nodes: { line, brain: late, voice },
      flow: ['line -> brain -> voice -> line'],
    })
    expect((await made.end()).cost.usd).toBe(3)
  })
})

describe('a budget for what a call may cost', () => {
  it('that only warns is told of once, and the call goes on', async () => {
    const made = await call(dear, { costBudget: { usd: 1.5, over: 'warn', say: undefined } })
    for (let turn = 0; turn < 3; turn++) await made.say('when')
    expect(made.over()).toEqual(['2 > 1.5 false'])
    expect(made.session.state).toBe('running')
  })

  it('ends the call when the answer has been heard, with a sentence', async () => {
    const made = await call(dear, { costBudget: end })
    await made.say('when', 5000)
    expect(made.over()).toEqual(['2 > 1.5 true'])
    expect(made.said()).toEqual(['Hello.', 'We open at nine.', 'We have to stop here.', 'Goodbye.'])
    expect(made.reasons()).toEqual([why])
    expect((await made.session.ended).error).toBeUndefined()
  })

  it('ends it without a word where the graph has none', async () => {
    const made = await call(dear, { costBudget: { ...end, say: undefined } })
    await made.say('when', 5000)
    expect(made.said()).toEqual(['Hello.', 'We open at nine.'])
    expect(made.reasons()).toEqual([why])
  })

  it('asks no model any more: an answer that asks for tools again and again is over', async () => {
    const look = defineTool({
      description: 'Looks.',
      parameters: { type: 'object' },
      run: () => 'nothing',
    })
    const again: Answer = ({ reason }, use) => {
      if (reason === 'start') return ['Hello.']
      use(dollars(1))
      return [{ tool: 'look', arguments: {} }]
    }
    const made = await call(again, { costBudget: end, tools: { look } })
    await made.say('when', 5000)
    expect(made.asked).toEqual(['brain start', 'brain turn', 'brain tool-result'])
    expect(made.said().slice(1)).toEqual(['We have to stop here.', 'Goodbye.'])
    expect(made.reasons()).toEqual([why])
  })

  it('holds when it is known late, and waits for a caller who is speaking', async () => {
    const made = await call(() => ['Hello.'], { costBudget: end })
    await made.clock.advance(2000)
    made.caller.next(begins())
    made.use(dollars(2))
    await made.clock.advance(1000)
    expect(made.said()).toEqual(['Hello.'])
    made.caller.next(words('and another thing'))
    made.caller.next(ends())
    await made.clock.advance(5000)
    expect(made.said()).toEqual(['Hello.', 'We have to stop here.', 'Goodbye.'])
    expect(made.asked).toEqual(['brain start'])
    expect(made.reasons()).toEqual([why])
  })

  it('does not wait for ever for a caller who goes on speaking', async () => {
    const made = await call(() => ['Hello.'], { costBudget: end })
    await made.clock.advance(2000)
    made.caller.next(begins())
    made.caller.next(words('and so on'))
    made.use(dollars(2))
    for (let second = 0; second < 9; second++) {
      await made.clock.advance(1000)
      made.caller.next(words('and on'))
    }
    expect(made.reasons()).toEqual([])
    await made.clock.advance(5000)
    expect(made.reasons()).toEqual([why])
  })

  it('that comes to be known when the call is ending anyway ends it as it was', async () => {
    const made = await call(() => ['Hello.'], { costBudget: end })
    await made.clock.advance(10)
    made.session.end('enough')
    made.use(dollars(2))
    await made.clock.advance(5000)
    expect(made.over()).toEqual(['2 > 1.5 false'])
    expect(made.said()).toEqual(['Hello.'])
    expect(made.reasons()).toEqual(['enough'])
  })

  it('ends a call in which there is nobody to speak', async () => {
    const spender = defineProcessor({
      id: 'spender',
      summary: 'Spends a dollar for each word.',
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup: () => ({ text: () => [usage(dollars(1))] }),
    })
    const made = await begin({
      nodes: { line, spender, voice },
      flow: ['line -> spender -> voice -> line'],
      costBudget: end,
    })
    await made.say('one')
    expect(made.reasons()).toEqual([])
    await made.say('two')
    expect(made.reasons()).toEqual([why])
  })

  it('says of a model without a price that it does not count it, once', async () => {
    const made = await call(() => ['Hello.'], { costBudget: end })
    const unknown = { vendor: 'maker', model: 'other', usage: { input_tokens: 9, characters: 3 } }
    made.use(unknown)
    made.use(unknown)
    await made.clock.advance(0)
    expect(made.logs.map(({ message }) => message)).toEqual([
      'the cost budget does not count maker other: no price for input tokens, characters. Give its prices with --prices.',
    ])
  })

  it('is kept by whoever of the agents has the floor', async () => {
    const asked: string[] = []
    const uses: Report[] = []
    const agent = (name: string, answer: Answer) => ({
      definition: mind(asked, name, answer, uses),
      options: { tools: [] },
    })
    const made = await begin({
      nodes: {
        line,
        'triage/brain': agent('triage', ({ reason }) =>
          reason === 'turn' ? [{ tool: 'transfer_to_billing', arguments: {} }] : [],
        ),
        'triage/voice': voiceOf(1000),
        'billing/brain': agent('billing', (_, use) => {
          use(dollars(2))
          return ['This is billing.']
        }),
        'billing/voice': voiceOf(2000),
      },
      flow: [
        'line -> agents/in',
        'agents/out -> line',
        'agents/in.triage -> triage/brain -> triage/voice -> agents/out.triage',
        'agents/in.billing -> billing/brain -> billing/voice -> agents/out.billing',
      ],
      agents: { triage: { handoffs: { billing: {} } }, billing: {} },
      costBudget: end,
    })
    await made.say('billing', 6000)
    expect(asked).toEqual(['triage turn', 'billing handoff'])
    expect(made.said()).toEqual(['This is billing.', 'We have to stop here.', 'Goodbye.'])
    expect(made.heard.map(({ frame }) => frame.samples[160])).toContain(2000)
    expect(made.reasons()).toEqual([why])
  })

  it('that is used up in the middle of a hand-off is kept by the next agent', async () => {
    const asked: string[] = []
    const made = await begin({
      nodes: {
        line,
        'triage/brain': {
          definition: mind(asked, 'triage', ({ reason }, use) => {
            if (reason !== 'turn') return []
            use(dollars(2))
            return [{ tool: 'transfer_to_billing', arguments: {} }]
          }),
          options: { tools: [] },
        },
        'triage/voice': voiceOf(1000),
        'billing/brain': {
          definition: mind(asked, 'billing', () => ['This is billing.']),
          options: { tools: [] },
        },
        'billing/voice': voiceOf(2000),
      },
      flow: [
        'line -> agents/in',
        'agents/out -> line',
        'agents/in.triage -> triage/brain -> triage/voice -> agents/out.triage',
        'agents/in.billing -> billing/brain -> billing/voice -> agents/out.billing',
      ],
      agents: { triage: { handoffs: { billing: { say: 'One moment.' } } }, billing: {} },
      costBudget: end,
    })
    await made.say('billing', 8000)
    expect(asked).toEqual(['triage turn'])
    expect(made.said()).toEqual(['One moment.', 'We have to stop here.', 'Goodbye.'])
    expect(made.reasons()).toEqual([why])
  })
})
