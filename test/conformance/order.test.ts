import { describe, expect, it } from 'vitest'
import { delay, filter, map, type Observable } from 'rxjs'
import {
  defineProcessor,
  derive,
  dtmf,
  speech,
  text,
  transcript,
  turn,
  type Frame,
} from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { pass, textNode } from './nodes.ts'

const words = (text: string) => transcript({ text, final: true })

/** Says a transcript and the end of the turn it belongs to. */
const teller = textNode((said) => [words(said), turn({ state: 'ended', text: said })])

const slowBy = (ms: number) =>
  defineProcessor({
    id: 'slow',
    summary: 'Takes its time.',
    ports: { in: { text: { type: 'text', many: true } }, out: { text: 'text' } },
    setup: ({ clock }) => ({
      async text(frame) {
        await clock.sleep(ms)
        return frame
      },
    }),
  })

describe('order', () => {
  it('is kept by fan-out: each branch gets every frame, in the order of emission', async () => {
    const [left, right] = [createProbe(), createProbe()]
    const { session, clock, start } = testSession({
      nodes: { pass, slow: slowBy(10), left: left.definition, right: right.definition },
      flow: ['pass -> left', 'pass -> slow -> right'],
    })
    await start()
    const texts = Array.from({ length: 50 }, (_, i) => `t${i}`)
    for (const said of texts) session.feed('pass', 'any', text({ text: said }))
    await clock.advance(1000)
    expect(left.texts).toEqual(texts)
    expect(right.texts).toEqual(texts)
  })

  it('keeps a fact behind the payload it belongs to, through a node that takes its time', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { teller, slow: slowBy(100), end: probe.definition },
      flow: ['teller -> slow -> end'],
    })
    await start()
    session.feed('teller', 'text', text({ text: 'a' }))
    session.feed('teller', 'text', text({ text: 'b' }))
    await clock.advance(1000)
    expect(probe.timeline).toEqual([
      '0 start',
      '100 transcript',
      '100 turn',
      '200 transcript',
      '200 turn',
    ])
  })

  it('shows each fact once where paths meet, however late the other path is', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { teller, slow: slowBy(100), fast: pass, join: pass, end: probe.definition },
      flow: ['teller -> slow -> join -> end', 'teller -> fast -> join'],
    })
    await start()
    session.feed('teller', 'text', text({ text: 'a' }))
    session.feed('teller', 'text', text({ text: 'b' }))
    await clock.advance(1000)
    const turns = probe.frames.filter((frame) => frame.type === 'turn')
    expect(turns.map((frame) => frame.text)).toEqual(['a', 'b'])
    expect(probe.texts.toSorted()).toEqual(['a', 'a', 'b', 'b'])
  })

  it('is per lane: no lane waits for another', async () => {
    const probe = createProbe()
    const mixed = defineProcessor({
      id: 'mixed',
      summary: 'Is slow with texts only.',
      ports: { in: { any: { type: 'any', main: true } }, out: { any: 'any' } },
      setup: ({ clock }) => ({
        any: (frame) => (frame.lane === 'bot' ? clock.sleep(500).then(() => frame) : frame),
      }),
    })
    const { session, clock, start } = testSession({
      nodes: { mixed, end: probe.definition },
      flow: ['mixed -> end'],
    })
    await start()
    session.feed('mixed', 'any', text({ text: 'slow' }))
    session.feed('mixed', 'any', dtmf({ digit: '1', lane: 'user' }))
    await clock.advance(600)
    expect(probe.timeline).toEqual(['0 start', '0 dtmf', '500 text'])
  })

  it('never re-enters: what is emitted during a dispatch is delivered after it', async () => {
    const log: string[] = []
    const first = textNode((said) => {
      log.push(`first in ${said}`)
      const out = text({ text: said })
      log.push(`first out ${said}`)
      return out
    })
    const second = textNode((said) => {
      log.push(`second ${said}`)
      return text({ text: said })
    })
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { first, second, third: second, end: probe.definition },
      flow: ['first -> second -> end', 'first -> third -> end'],
    })
    await start()
    session.feed('first', 'text', text({ text: 'x' }))
    await clock.advance(0)
    expect(log).toEqual(['first in x', 'first out x', 'second x', 'second x'])
  })

  it('passes on in its place what a handler does not name', async () => {
    const probe = createProbe()
    const keyed = defineProcessor({
      id: 'keyed',
      summary: 'Handles nothing.',
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup: () => ({}),
    })
    const { session, clock, start } = testSession({
      nodes: { teller, keyed, end: probe.definition },
      flow: ['teller -> keyed -> end'],
    })
    await start()
    session.feed('teller', 'text', text({ text: 'a' }))
    await clock.advance(0)
    expect(probe.timeline).toEqual(['0 start', '0 transcript', '0 turn'])
  })

  it('of a whole-stream processor is its own affair; facts pass it by without its doing', async () => {
    const probe = createProbe()
    const stream = defineProcessor({
      id: 'stream',
      summary: 'Upper-cases texts, half a second late.',
      ports: { in: { text: 'text' }, out: { text: 'text' } },
      setup:
        ({ clock }) =>
        (frames: Observable<Frame>) =>
          frames.pipe(
            filter((frame) => frame.type === 'text'),
            map((frame) => derive(frame, { text: frame.text.toUpperCase() })),
            delay(500, clock.scheduler),
          ),
    })
    const { session, clock, start, end } = testSession({
      nodes: { stream, end: probe.definition },
      flow: ['stream -> end'],
    })
    await start()
    session.feed('stream', 'text', text({ text: 'loud' }))
    await clock.advance(100)
    expect(probe.texts).toEqual([])
    await end()
    expect(probe.texts).toEqual(['LOUD'])
    expect(probe.timeline).toEqual(['0 start', '100 end', '500 text'])
  })

  it('gives every new frame a cause, a source and the response of what it was made from', async () => {
    const maker = textNode((said) => text({ text: `${said}!` }))
    const { session, clock, start, frames } = testSession({ nodes: { maker }, flow: [] })
    await start()
    session.feed('maker', 'text', { ...text({ text: 'hi' }), response: 7 })
    await clock.advance(30)
    const [given, made] = frames.filter((frame) => frame.type === 'text')
    expect(made).toMatchObject({ source: 'maker', cause: given?.id, response: 7, at: 0 })
    expect(speech({ state: 'started', latency: 0 }).id).toBe(0)
  })
})
