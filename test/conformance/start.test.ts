import { describe, expect, it } from 'vitest'
import { defineProcessor, speech, text } from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import { pass, textNode } from './nodes.ts'

const lateBy = (ms: number) =>
  defineProcessor({
    id: 'late',
    summary: 'Is ready late.',
    ports: { in: { text: 'text' }, out: { text: 'text' } },
    setup: async ({ clock }) => {
      await clock.sleep(ms)
      return {}
    },
  })

describe('start', () => {
  it('comes first at a node that was not ready, then what was sent to it, in order', async () => {
    const probe = createProbe()
    const { session, clock, start } = testSession({
      nodes: { late: lateBy(200), end: probe.definition },
      flow: ['late -> end'],
    })
    await start()
    session.feed('late', 'text', text({ text: 'a' }))
    await clock.advance(10)
    session.feed('late', 'text', text({ text: 'b' }))
    await clock.advance(189)
    expect(probe.texts).toEqual([])
    await clock.advance(1)
    expect(probe.timeline).toEqual(['0 start', '200 text', '200 text'])
    expect(probe.texts).toEqual(['a', 'b'])
  })

  it('is handled once and before anything that a faster branch sends because of it', async () => {
    const probe = createProbe()
    const eager = textNode(() => undefined, {
      signal: (frame) => (frame.type === 'start' ? text({ text: 'early' }) : undefined),
    })
    const { clock, session, start } = testSession({
      nodes: { eager, slow: lateBy(50), join: pass, end: probe.definition },
      flow: ['eager -> join -> end', 'slow -> join'],
    })
    await start()
    session.feed('slow', 'text', text({ text: 'later' }))
    await clock.advance(100)
    expect(probe.timeline).toEqual(['0 start', '0 text', '50 text'])
    expect(probe.texts).toEqual(['early', 'later'])
  })

  it('is seen before facts and payload that were sent to a node while it set up', async () => {
    const seen: string[] = []
    const slow = defineProcessor({
      id: 'slow',
      summary: 'Keeps what it sees.',
      ports: { in: { text: 'text' } },
      setup: async ({ clock }) => {
        await clock.sleep(20)
        return {
          text: (frame) => void seen.push(frame.text),
          signal: (frame) => void seen.push(frame.type),
        }
      },
    })
    const talker = textNode((words) => [
      text({ text: words }),
      speech({ state: 'started', latency: 0 }),
    ])
    const { clock, session, start } = testSession({
      nodes: { talker, slow },
      flow: ['talker -> slow'],
    })
    await start()
    session.feed('talker', 'text', text({ text: 'early' }))
    await clock.advance(20)
    expect(seen[0]).toBe('start')
    expect(seen.toSorted()).toEqual(['early', 'speech', 'start'])
  })

  it('fails the session by name when a node is not ready in time', async () => {
    const { clock, session, start } = testSession(
      { nodes: { late: lateBy(60_000) }, flow: [] },
      { deadlines: { setupMs: 5_000 } },
    )
    await start()
    await clock.advance(5_000)
    const { error } = await session.ended
    expect(error?.message).toBe('late (late) was not ready within 5000 ms.')
  })

  it('can be followed by an end during set-up without waiting for the late node for ever', async () => {
    const { clock, session, start, end } = testSession({ nodes: { late: lateBy(200) }, flow: [] })
    await start()
    const summary = await end('changed my mind')
    expect(summary.reason).toBe('changed my mind')
    expect(session.state).toBe('stopped')
    expect(clock.now()).toBeLessThanOrEqual(200)
  })

  it('closes what a node opens that was not ready in time', async () => {
    const opened: string[] = []
    const late = defineProcessor({
      id: 'late',
      summary: 'Is ready when nobody waits any more.',
      ports: { in: { text: 'text' } },
      setup: async ({ clock, signal }) => {
        await clock.sleep(15_000)
        opened.push(`opened, ${signal.aborted ? 'not wanted' : 'wanted'}`)
        return { close: () => void opened.push('closed') }
      },
    })
    const { clock, start } = testSession({ nodes: { late }, flow: [] })
    await start()
    await clock.advance(20_000)
    expect(opened).toEqual(['opened, not wanted', 'closed'])
  })
})
