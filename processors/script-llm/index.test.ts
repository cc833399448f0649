import { describe, expect, it } from 'vitest'
import { defineTool, playout, text, transcript, type Frame } from 'voxgraph/plugin'
import { createProbe, testSession, type TestSession } from 'voxgraph/testing'
import scriptLlm from './index.ts'
import { specOf } from './testing.ts'

const price = defineTool({
  description: 'Looks up a price.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['room'],
    properties: { room: { type: 'string' } },
  },
  run: ({ room }) => ({ price: room === 'double' ? 120 : 90 }),
})

const spec = specOf({
  start: 'Hello there.',
  slots: { room: ['single', 'double'] },
  tools: ['price', 'end_call'],
  token_delay: 10,
  rules: [
    {
      on: 'a {room}',
      tool: { name: 'price', with: { room: '{room}' } },
      say: 'It is {result.price}.',
    },
    { on: 'count', say: 'One two three four five six.', cut_short: { on: 'go on', say: 'On.' } },
    { on: 'goodbye', say: 'Goodbye.', end_call: true },
  ],
})

async function open(): Promise<TestSession & { readonly said: () => string[] }> {
  const probe = createProbe()
  const session = testSession({
    nodes: {
      ears: { definition: createProbe().definition },
      llm: { definition: scriptLlm, options: spec as never },
      end: probe.definition,
    },
    flow: ['llm -> end'],
    tools: { price },
    turns: { eager: false },
  })
  await session.start()
  return { ...session, said: () => sentences(session.frames) }
}

/** What was said, one text a response. */
function sentences(frames: readonly Frame[]): string[] {
  const texts = new Map<number, string>()
  for (const frame of frames) {
    if (frame.type !== 'text' || frame.source !== 'llm') continue
    texts.set(frame.response, (texts.get(frame.response) ?? '') + frame.text)
  }
  return [...texts.values()]
}

const say = (words: string): Frame => transcript({ text: words, final: true })

describe('script-llm in a call', () => {
  it('greets, answers with what its tool says, and hangs up after its goodbye', async () => {
    const { session, clock, frames, said } = await open()
    await clock.advance(100)
    session.feed('llm', 'text', say('a double'))
    await clock.advance(700)
    session.feed('llm', 'text', say('goodbye'))
    await clock.advance(700)
    expect(said()).toEqual(['Hello there.', 'It is 120.', 'Goodbye.'])
    expect(frames.find((frame) => frame.type === 'tool-call')).toMatchObject({
      name: 'price',
      arguments: { room: 'double' },
    })
    expect(session.state).toBe('stopped')
  })

  it('streams word by word at its own pace', async () => {
    const { session, clock, frames } = await open()
    await clock.advance(1000)
    session.feed('llm', 'text', say('count'))
    await clock.advance(1000)
    const counted = frames.filter((frame) => frame.type === 'text').slice(2)
    expect(counted.map((frame) => [frame.text, frame.at])).toEqual([
      ['One', 1610],
      [' two', 1620],
      [' three', 1630],
      [' four', 1640],
      [' five', 1650],
      [' six.', 1660],
    ])
  })

  it('stops when it is cut and goes on from what was heard', async () => {
    const { session, clock, frames, said } = await open()
    await clock.advance(1000)
    session.feed('llm', 'text', say('count'))
    await clock.advance(625)
    const [spoken] = frames.filter((frame) => frame.type === 'text').slice(-1)
    const heard = { span: spoken?.type === 'text' ? spoken.span : 0, of: 2, heardMs: 300 }
    session.feed('llm', 'text', playout({ state: 'stopped', ...heard, cut: true }))
    session.feed('llm', 'text', say('go on'))
    await clock.advance(1000)
    expect(said().slice(1)).toEqual(['One two', 'On. One two three four five six.'])
  })

  it('does not begin with a dialogue that cannot work, and says why', async () => {
    const { session, start } = testSession({
      nodes: {
        llm: { definition: scriptLlm, options: specOf({ rules: [{ on: '(a' }] }) as never },
      },
      flow: [],
    })
    await start()
    const { error } = await session.ended
    expect(error?.message).toMatch(
      /^llm \(script-llm\) could not start: the dialogue has 2 faults: rules\[1\]: the pattern "\(a"/,
    )
  })

  it('hears text as well as transcripts', async () => {
    const { session, clock, said } = await open()
    await clock.advance(100)
    session.feed('llm', 'text', text({ text: 'a single' }))
    await clock.advance(100)
    expect(said()[1]).toBe('It is 90.')
  })
})
