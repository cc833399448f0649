import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { audio, defineProcessor, text, transcript, type Frame } from 'voxgraph/plugin'
import { createProbe, programOf, testSession } from 'voxgraph/testing'
import type { Overflow, PlanEdge, Program } from '../../src/graph/plan.ts'
import { pass, textNode } from './nodes.ts'

const sound = (n: number) =>
  audio({ role: 'user', samples: new Int16Array(320).fill(n), sampleRate: 16_000 })

/** Takes 100 ms over everything. */
const slow = defineProcessor({
  id: 'slow',
  summary: 'Takes its time.',
  ports: { in: { any: { type: 'any', many: true } }, out: { any: 'any' } },
  setup: ({ clock }) => ({
    async any(frame) {
      await clock.sleep(100)
      return frame
    },
  }),
})

/** `pass -> slow -> end` with the given policy on the edge into the slow node. */
function program(
  edge: Partial<PlanEdge>,
  end = createProbe(),
): Program & { readonly end: typeof end } {
  const made = programOf({
    nodes: { pass, slow, end: end.definition },
    flow: ['pass -> slow -> end'],
  })
  const edges = made.plan.edges.map((one) => (one.to.node === 'slow' ? { ...one, ...edge } : one))
  return { ...made, plan: { ...made.plan, edges }, end }
}

const firstSamples = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => (frame.type === 'audio' ? [frame.samples[0]] : []))

describe('a full input', () => {
  it('of live sound throws away the oldest, by length of time, and counts it', async () => {
    const made = program({ overflow: 'drop_oldest', buffer: { frames: 1000, ms: 100 } })
    const { session, clock, start } = testSession(made)
    await start()
    for (let i = 1; i <= 20; i++) session.feed('pass', 'any', sound(i))
    await clock.advance(2000)
    // One was in hand, five of 20 ms fit into 100 ms: the newest ones.
    expect(firstSamples(made.end.frames)).toEqual([1, 16, 17, 18, 19, 20])
    expect(session.figures().dropped).toBe(14)
  })

  it.each<[Overflow, string[]]>([
    ['latest', ['0', '9']],
    ['drop_newest', ['0', '1', '2']],
    ['drop_oldest', ['0', '8', '9']],
  ])('with overflow %s keeps what it says', async (overflow, kept) => {
    const made = program({ overflow, buffer: { frames: 2, ms: undefined } })
    const { session, clock, start } = testSession(made)
    await start()
    for (let i = 0; i < 10; i++)
      session.feed('pass', 'any', transcript({ text: `${i}`, final: true }))
    await clock.advance(2000)
    expect(made.end.texts).toEqual(kept)
    expect(session.figures().dropped).toBe(10 - kept.length)
  })

  it('that blocks makes its source wait, and the source of that, and loses nothing', async () => {
    const probe = createProbe()
    let given = 0
    const source = textNode(function* () {
      for (let i = 0; i < 40; i++) yield text({ text: `${++given}` })
    } as never)
    const { session, clock, start } = testSession({
      nodes: { source, one: pass, two: slow, end: probe.definition },
      flow: ['source -> one -> two -> end'],
      buffer: 5,
    })
    await start()
    session.feed('source', 'text', text({ text: 'go' }))
    await clock.advance(0)
    // One in hand, five before the slow node, five before the node in front of it.
    expect(given).toBeLessThanOrEqual(12)
    await clock.advance(4000)
    expect(probe.texts).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}`))
    const { edges, dropped } = session.figures()
    expect(dropped).toBe(0)
    expect(Math.max(...edges.map((edge) => edge.maxDepth))).toBeLessThanOrEqual(5)
    expect(edges.find((edge) => edge.id.startsWith('one'))?.maxWaitMs).toBeGreaterThan(0)
  })

  it('that must not lose and cannot wait is an error that names who filled it', async () => {
    const made = program({ overflow: 'error', buffer: { frames: 3, ms: undefined } })
    const { session, start, clock, frames } = testSession(made)
    await start()
    for (let i = 0; i < 5; i++)
      session.feed('pass', 'any', transcript({ text: `${i}`, final: true }))
    await clock.advance(0)
    const error = frames.find((frame) => frame.type === 'error')
    expect(error?.message).toBe('slow has 3 frames waiting on any and pass cannot wait.')
    expect(error?.code).toBe('mailbox-full')
  })

  it('accounts for every frame: taken in is delivered, dropped, cut or waiting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<Overflow>('latest', 'drop_newest', 'drop_oldest'),
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.nat(150), { maxLength: 40 }),
        async (overflow, frames, gaps) => {
          const made = program({ overflow, buffer: { frames, ms: undefined } })
          const { session, clock, start } = testSession(made)
          await start()
          for (const gap of gaps) {
            session.feed('pass', 'any', transcript({ text: 'x', final: true }))
            await clock.advance(gap)
          }
          const edge = session.figures().edges.find(({ id }) => id.includes('-> slow'))
          const inHand = gaps.length - (edge?.dropped ?? 0) - (edge?.depth ?? 0)
          await clock.advance(100 * (frames + 2))
          expect(made.end.texts.length).toBe(gaps.length - (edge?.dropped ?? 0))
          expect(inHand).toBeGreaterThanOrEqual(0)
        },
      ),
      { numRuns: 60 },
    )
  })
})
