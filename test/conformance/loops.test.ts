import { describe, expect, it } from 'vitest'
import { speech, text } from 'voxgraph/plugin'
import { testSession } from 'voxgraph/testing'
import { pass, textNode } from './nodes.ts'

const rounds = 100_000

function stackDepth(): number {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 200
  const depth = new Error().stack?.split('\n').length ?? 0
  Error.stackTraceLimit = stackTraceLimit
  return depth
}

describe('a marked loop', () => {
  it('runs 100,000 rounds without growing the stack or the heap', async () => {
    let count = 0
    let deepest = 0
    const counter = textNode((said) => {
      if (count % 1000 === 0) deepest = Math.max(deepest, stackDepth())
      return ++count < rounds ? text({ text: said }) : undefined
    })
    const { session, clock, start } = testSession({
      nodes: { counter, back: pass },
      flow: ['counter -> back ~> counter'],
    })
    await start()
    session.feed('counter', 'text', text({ text: 'round' }))
    await clock.advance(0)
    expect(count).toBe(rounds)
    expect(deepest).toBeLessThan(25)
    expect(session.figures().edges.every((edge) => edge.maxDepth <= 1)).toBe(true)
  })

  it('shows a fact to each node once and then lets it go', async () => {
    const seen: string[] = []
    const watch = (name: string) =>
      textNode(() => speech({ state: 'started', latency: 0 }), {
        signal: (frame) => void (frame.type === 'speech' && seen.push(name)),
      })
    const { session, clock, start } = testSession({
      nodes: { a: watch('a'), b: watch('b'), c: watch('c') },
      flow: ['a -> b -> c ~> a'],
    })
    await start()
    session.feed('b', 'text', text({ text: 'x' }))
    session.feed('a', 'text', text({ text: 'y' }))
    await clock.advance(0)
    // From b: c and a. From a: b and c. Never back to where it came from.
    expect(seen.toSorted()).toEqual(['a', 'b', 'c', 'c'])
  })
})
