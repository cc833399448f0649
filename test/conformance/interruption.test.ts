import { describe, expect, it } from 'vitest'
import {
  defineProcessor,
  interrupt,
  message,
  response,
  text,
  transcript,
  type Frame,
} from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { said, textNode } from './nodes.ts'

/** Takes 400 ms over every frame, whatever lane it is in. */
const slow = defineProcessor({
  id: 'slow',
  summary: 'Takes its time.',
  ports: { in: { text: { type: 'text', many: true } }, out: { text: 'text' } },
  setup: ({ clock }) => ({
    text: async (frame) => {
      await clock.sleep(400)
      return frame
    },
  }),
})

/** Begins a response for every transcript and says its words, one after the other. */
const speaker = defineProcessor({
  id: 'speaker',
  summary: 'Says things.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => ({
    *text(frame) {
      yield response({ state: 'started' })
      for (const word of frame.text.split(' ')) yield text({ text: word })
      yield response({ state: 'ended' })
    },
  }),
})

const words = (text: string) => transcript({ text, final: true })
const cut = textNode(() => interrupt({ reason: 'test' }))
const types = (frames: readonly Frame[]) => frames.map((frame) => frame.type)

describe('interruption', () => {
  it('ends work for the response that is cut: nothing of it comes out', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { speaker, slow, cut, end: probe.definition },
      flow: ['speaker -> slow -> end'],
    })
    await start()
    session.feed('speaker', 'text', words('A'))
    await clock.advance(200)
    session.feed('cut', 'text', words('now'))
    await clock.advance(2000)
    expect(probe.timeline).toEqual(['0 start', '0 response', '200 interrupt'])
  })

  it('leaves alone what belongs to no response: it comes out when it is done', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { slow, cut, end: probe.definition },
      flow: ['slow -> end'],
    })
    await start()
    session.feed('slow', 'text', words('U'))
    await clock.advance(200)
    session.feed('cut', 'text', words('now'))
    await clock.advance(200)
    expect(probe.timeline).toEqual(['0 start', '200 interrupt', '400 transcript'])
  })

  it('does not lose an end that is queued behind a handler that interrupts', async () => {
    const probe = createProbe()
    const interrupting = defineProcessor({
      id: 'interrupting',
      summary: 'Interrupts in the middle of its work.',
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup: ({ clock }) => ({
        async *text(frame) {
          await clock.sleep(100)
          yield interrupt({ reason: 'test' })
          await clock.sleep(300)
          yield frame
        },
      }),
    })
    const { session, clock, start } = testSession({
      nodes: { interrupting, end: probe.definition },
      flow: ['interrupting -> end'],
    })
    await start()
    session.feed('interrupting', 'text', words('A'))
    await clock.advance(50)
    session.end('test')
    await clock.advance(1000)
    expect(probe.timeline).toEqual(['0 start', '100 interrupt', '400 transcript', '400 end'])
    expect(session.state).toBe('stopped')
  })

  it('lets its emitter go on, and what the emitter says next is delivered after it', async () => {
    const probe = createProbe()
    const emitter = textNode(() => [
      text({ text: 'before' }),
      interrupt({ reason: 'test' }),
      message({ name: 'done', data: null, lane: 'bot' }),
      text({ text: 'after' }),
    ])
    const listener = defineProcessor({
      id: 'listener',
      summary: 'Takes all of it.',
      ports: { in: { any: { type: 'any', main: true } }, out: { any: 'any' } },
      setup: () => ({}),
    })
    const open = defineProcessor({
      ...emitter,
      ports: { in: { text: 'text' }, out: { any: 'any' } },
    } as never)
    const { session, clock, start, frames } = testSession({
      nodes: { speaker, open, listener, end: probe.definition },
      flow: ['speaker -> open -> listener -> end'],
    })
    await start()
    session.feed('speaker', 'text', words('x'))
    await clock.advance(0)
    expect(types(probe.frames)).toEqual(['start', 'interrupt', 'message', 'text'])
    expect(probe.texts).toEqual(['after'])
    const interruption = frames.find((frame) => frame.type === 'interrupt')
    expect(interruption).toMatchObject({ through: 1, source: 'open' })
    const cause = frames.find((frame) => frame.type === 'text')
    expect(interruption?.cause).toBe(cause?.id)
  })

  it('drops frames of the cut response wherever they are queued, at whatever depth', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { speaker, one: slow, two: slow, cut, end: probe.definition },
      flow: ['speaker -> one -> two -> end'],
    })
    await start()
    session.feed('speaker', 'text', words('a b c d e f g h i j'))
    await clock.advance(1000)
    expect(probe.texts).toEqual(['a'])
    session.feed('cut', 'text', words('now'))
    await clock.advance(10_000)
    expect(probe.texts).toEqual(['a'])
    expect(session.figures().cut).toBeGreaterThan(5)
    expect(session.figures().stale).toBe(0)
  })

  it('keeps every transcript of a burst that comes with it, in order', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { slow, cut, end: probe.definition },
      flow: ['slow -> end'],
    })
    await start()
    session.feed('slow', 'text', words('I want'))
    session.feed('cut', 'text', words('now'))
    session.feed('slow', 'text', words('to book'))
    session.feed('cut', 'text', words('now'))
    session.feed('slow', 'text', words('a table'))
    await clock.advance(2000)
    expect(probe.texts).toEqual(['I want', 'to book', 'a table'])
  })

  it('aborts the signal of the response in the same tick', async () => {
    const aborted: number[] = []
    const provider = defineProcessor({
      id: 'provider',
      summary: 'Waits for something that listens to its signal.',
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup: ({ clock }) => ({
        async text(_, { signal }) {
          signal.addEventListener('abort', () => aborted.push(clock.now()))
          await new Promise(() => undefined)
        },
      }),
    })
    const { session, clock, start } = testSession({
      nodes: { speaker, provider, cut },
      flow: ['speaker -> provider'],
    })
    await start()
    session.feed('speaker', 'text', words('hello'))
    await clock.advance(123)
    session.feed('cut', 'text', words('now'))
    expect(aborted).toEqual([123])
  })

  it('frees the lane of a handler that does not listen, so that the next response is not held up', async () => {
    const probe = createProbe()
    let calls = 0
    const deaf = textNode((words) =>
      ++calls === 1 ? new Promise(() => undefined) : text({ text: words }),
    )
    const { session, clock, start } = testSession({
      nodes: { speaker, deaf, cut, end: probe.definition },
      flow: ['speaker -> deaf -> end'],
    })
    await start()
    session.feed('speaker', 'text', words('lost'))
    await clock.advance(100)
    session.feed('cut', 'text', words('now'))
    session.feed('speaker', 'text', words('next'))
    await clock.advance(0)
    expect(probe.texts).toEqual(['next'])
  })

  it('does not cut what a node that ignores interruptions gets', async () => {
    const [obeying, ignoring] = [createProbe(), createProbe()]
    const { session, clock, start } = testSession({
      nodes: {
        speaker,
        cut,
        obeying: obeying.definition,
        ignoring: { definition: ignoring.definition, onInterrupt: 'ignore' },
      },
      flow: ['speaker -> obeying', 'speaker -> ignoring'],
    })
    await start()
    session.feed('speaker', 'text', words('one'))
    session.feed('cut', 'text', words('now'))
    session.feed('obeying', 'any', said('stale', 1))
    session.feed('ignoring', 'any', said('kept', 1))
    await clock.advance(0)
    expect(obeying.texts).toEqual(['one'])
    expect(ignoring.texts).toEqual(['one', 'kept'])
  })

  it('that cuts nothing new is told to everyone and counted by nobody', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { cut, end: probe.definition },
      flow: [],
    })
    await start()
    session.feed('cut', 'text', words('now'))
    await clock.advance(0)
    expect(types(probe.frames)).toEqual(['start', 'interrupt'])
    expect(session.figures().interruptions).toBe(0)
  })
})
