import { describe, expect, it } from 'vitest'
import {
  defineBrain,
  defineProcessor,
  text,
  transcript,
  type ProcessorDefinition,
} from 'voxgraph/plugin'
import {
  createLiveClock,
  createProbe,
  createVirtualClock,
  programOf,
  testSession,
  type ProgramInit,
} from 'voxgraph/testing'
import { Session } from '../../src/kernel/session.ts'
import { createShared } from '../../src/kernel/shared.ts'
import { drivers } from '../../src/drivers.ts'
import type { Clock } from 'voxgraph/plugin'
import { pass, textNode } from './nodes.ts'

const words = (text: string) => transcript({ text, final: true })

function liveSession(init: ProgramInit, clock: Clock): Session {
  const nothing = (): void => undefined
  const shared = createShared({ debug: nothing, info: nothing, warn: nothing })
  return new Session({
    id: 'live',
    program: programOf(init),
    clock,
    shared,
    drivers,
    connections: new Map(),
  })
}

/** Two calls on one clock: the first has the bad node in it, the second must not notice. */
async function besides(bad: ProcessorDefinition) {
  const clock = createVirtualClock()
  const [badProbe, goodProbe] = [createProbe(), createProbe()]
  const first = testSession(
    { nodes: { bad, end: badProbe.definition }, flow: ['bad -> end'], buffer: 100 },
    { clock, deadlines: { drainMs: 1000 } },
  )
  const second = testSession(
    { nodes: { pass, end: goodProbe.definition }, flow: ['pass -> end'] },
    { clock },
  )
  await first.start()
  await second.start()
  for (let i = 0; i < 20; i++) {
    first.session.feed('bad', 'text', words(`${i}`))
    second.session.feed('pass', 'any', words(`${i}`))
    await clock.advance(20)
  }
  expect(goodProbe.texts).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  expect(second.session.state).toBe('running')
  return { first, badProbe, clock }
}

describe('a node', () => {
  it('that throws is restarted three times, then its call ends and says why', async () => {
    const { first, clock } = await besides(
      textNode(() => {
        throw new Error('no more')
      }),
    )
    await clock.advance(2000)
    const { error, reason } = await first.session.ended
    expect(error?.message).toBe('no more')
    expect(reason).toBe('bad failed')
    const errors = first.frames.filter((frame) => frame.type === 'error')
    expect(errors.map((frame) => [frame.node, frame.attempt, frame.category])).toEqual([
      ['bad', 1, 'bug'],
      ['bad', 2, 'bug'],
      ['bad', 3, 'bug'],
      ['bad', 4, 'bug'],
    ])
  })

  it('that hangs holds its own lane and is left behind when the call ends', async () => {
    const { first, clock, badProbe } = await besides(textNode(() => new Promise(() => undefined)))
    expect(badProbe.texts).toEqual([])
    first.session.end('enough')
    await clock.advance(1000)
    const { error } = await first.session.ended
    expect(error?.message).toBe('The call did not come to rest within 1000 ms; still busy: bad.')
  })

  it('that floods without end is asked for no more than there is room for', async () => {
    let given = 0
    const flood = textNode(function* () {
      for (;;) yield text({ text: `${++given}` })
    } as never)
    const slow = defineProcessor({
      id: 'slow',
      summary: 'Takes its time.',
      ports: { in: { text: 'text' } },
      setup: ({ clock }) => ({ text: () => clock.sleep(10) }),
    })
    const { session, clock, start } = testSession({
      nodes: { flood, slow },
      flow: ['flood -> slow'],
      buffer: 100,
    })
    await start()
    session.feed('flood', 'text', words('go'))
    await clock.advance(1000)
    expect(session.figures().edges[0]?.maxDepth).toBe(100)
    expect(given).toBeLessThanOrEqual(202)
    session.cancel('enough')
    await clock.advance(0)
    expect((await session.ended).reason).toBe('enough')
  })

  it('that floods a node that keeps up does not keep other calls from their turn', async () => {
    const flood = textNode(function* () {
      for (;;) yield text({ text: 'flood' })
    } as never)
    const clock = createLiveClock()
    const [bad, good] = [createProbe(), createProbe()]
    const first = liveSession(
      { nodes: { flood, end: bad.definition }, flow: ['flood -> end'] },
      clock,
    )
    const second = liveSession(
      { nodes: { pass, end: good.definition }, flow: ['pass -> end'] },
      clock,
    )
    await Promise.all([first.start(), second.start()])
    first.feed('flood', 'text', words('go'))
    for (let i = 0; i < 20; i++) {
      second.feed('pass', 'any', words(`${i}`))
      await clock.sleep(1)
    }
    expect(good.texts).toHaveLength(20)
    expect(bad.texts.length).toBeGreaterThan(1000)
    first.cancel('enough')
    second.cancel('enough')
    await Promise.all([first.ended, second.ended])
  })

  it('that is a brain and gives nothing without end does not keep other calls from their turn', async () => {
    const brain = defineBrain({
      id: 'brain',
      summary: 'Gives nothing, over and over.',
      options: { type: 'object', properties: {} },
      setup: () => ({
        *respond() {
          for (;;) yield ''
        },
      }),
    })
    const clock = createLiveClock()
    const good = createProbe()
    const first = liveSession(
      { nodes: { brain, end: createProbe().definition }, flow: ['brain -> end'] },
      clock,
    )
    const second = liveSession(
      { nodes: { pass, end: good.definition }, flow: ['pass -> end'] },
      clock,
    )
    await Promise.all([first.start(), second.start()])
    for (let i = 0; i < 20; i++) {
      second.feed('pass', 'any', words(`${i}`))
      await clock.sleep(1)
    }
    expect(good.texts).toHaveLength(20)
    first.cancel('enough')
    second.cancel('enough')
    await Promise.all([first.ended, second.ended])
  })

  it('that floods as an array waits for room too', async () => {
    const probe = createProbe()
    const burst = textNode(() => Array.from({ length: 5000 }, (_, i) => text({ text: `${i}` })))
    const { session, clock, start } = testSession({
      nodes: { burst, end: probe.definition },
      flow: ['burst -> end'],
      buffer: 10,
    })
    await start()
    session.feed('burst', 'text', words('go'))
    await clock.advance(0)
    expect(probe.texts).toHaveLength(5000)
    expect(session.figures().edges[0]?.maxDepth).toBeLessThanOrEqual(10)
  })

  it('that throws in set-up keeps the call from starting and names itself, without secrets', async () => {
    const bad = defineProcessor({
      id: 'bad',
      summary: 'Cannot start.',
      ports: {},
      options: {
        type: 'object',
        properties: { key: { type: 'string', description: 'A secret.', writeOnly: true } },
      },
      setup: ({ options }) => {
        throw new Error(`401 for ${options.key}`)
      },
    })
    const { session, start } = testSession({
      nodes: { bad: { definition: bad, options: { key: 'sk-canary-1234' } } },
      flow: [],
    })
    await start()
    const { error } = await session.ended
    expect(error?.message).toBe('bad (bad) could not start: 401 for ***')
  })

  it('with on_error: bypass hands everything on after it failed', async () => {
    const probe = createProbe()
    const bad = textNode((said) => {
      if (said === 'boom') throw new Error('boom')
      return text({ text: said.toUpperCase() })
    })
    const { session, clock, start } = testSession({
      nodes: { bad: { definition: bad, onError: 'bypass' }, end: probe.definition },
      flow: ['bad -> end'],
    })
    await start()
    for (const said of ['a', 'boom', 'b']) session.feed('bad', 'text', words(said))
    await clock.advance(0)
    expect(probe.texts).toEqual(['A', 'b'])
    expect(session.state).toBe('running')
  })

  it('with on_error: end_call ends its call at the first failure', async () => {
    const bad = textNode(() => {
      throw new Error('boom')
    })
    const { session, clock, start } = testSession({
      nodes: { bad: { definition: bad, onError: 'end_call' } },
      flow: [],
    })
    await start()
    session.feed('bad', 'text', words('a'))
    await clock.advance(0)
    expect((await session.ended).error?.message).toBe('boom')
  })

  it('that fails after it was restarted works on with the frames that waited', async () => {
    const probe = createProbe()
    const bad = textNode((said) => {
      if (said === 'boom') throw new Error('boom')
      return text({ text: said })
    })
    const { session, clock, start } = testSession({
      nodes: { bad, end: probe.definition },
      flow: ['bad -> end'],
    })
    await start()
    for (const said of ['a', 'boom', 'b', 'c']) session.feed('bad', 'text', words(said))
    await clock.advance(0)
    expect(probe.texts).toEqual(['a', 'b', 'c'])
  })

  it('whose close() hangs is left behind by name after its deadline', async () => {
    const bad = defineProcessor({
      id: 'bad',
      summary: 'Does not close.',
      ports: {},
      setup: () => ({ close: () => new Promise<void>(() => undefined) }),
    })
    const { session, clock, start, logs } = testSession(
      { nodes: { bad }, flow: [] },
      { deadlines: { closeMs: 500 } },
    )
    await start()
    session.cancel('enough')
    await clock.advance(500)
    expect(session.state).toBe('stopped')
    expect(logs.map((log) => log.message)).toEqual([
      'bad (bad) did not close within 500 ms and was left behind.',
    ])
  })

  it('that emits what its output does not give fails by name', async () => {
    const bad = textNode(() => transcript({ text: 'x', final: true }))
    const wrong = defineProcessor({
      ...bad,
      ports: { in: { text: 'text' }, out: { text: 'audio' } },
    } as never)
    const { session, clock, start, frames } = testSession({
      nodes: { wrong: { definition: wrong, onError: 'end_call' } },
      flow: [],
    })
    await start()
    session.feed('wrong', 'text', words('a'))
    await clock.advance(0)
    const error = frames.find((frame) => frame.type === 'error')
    expect(error?.message).toBe(
      'wrong emitted a transcript frame, but its output text gives audio.',
    )
    expect(error?.code).toBe('wrong-output')
  })
})
