import { describe, expect, it } from 'vitest'
import { defineTool } from 'voxgraph/plugin'
import { begins, call, ends, long, words } from './call.ts'

describe('a brain that fails in the middle of a call', () => {
  it('is asked again, knows what was said, and greets nobody twice', async () => {
    let failures = 1
    const { clock, say, told, all, session } = await call(({ reason }) => {
      if (reason === 'start') return ['Hello.']
      if (failures-- > 0) throw new Error('503')
      return ['Of course.']
    })
    await clock.advance(500)
    await say('a table please')
    await clock.advance(2000)
    expect(told()).toMatchObject([
      { role: 'assistant', text: 'Hello.' },
      { role: 'user', text: 'a table please' },
    ])
    expect(all('text').map(({ text }) => text)).toEqual(['Hello.', 'Of course.'])
    expect(session.state).toBe('running')
  })

  it('leaves nobody held', async () => {
    const { caller, clock, all, say } = await call(async function* ({ reason, signal }) {
      if (reason !== 'start') return yield 'Yes?'
      yield long
      await clock.sleep(300, signal)
      throw new Error('503')
    })
    await clock.advance(200)
    caller.next(begins())
    await clock.advance(200)
    caller.next(ends())
    caller.next(words(''))
    await clock.advance(1000)
    await say('hello')
    await clock.advance(2000)
    expect(all('playout').at(-1)).toMatchObject({ state: 'stopped', span: 0, cut: false })
  })

  it('settles the tools that were at work, and never gives one key to two calls', async () => {
    const keys: string[] = []
    const book = defineTool({
      description: 'Books.',
      parameters: { type: 'object' },
      run: async (_, { sleep, idempotencyKey }) => {
        keys.push(idempotencyKey)
        await sleep(5000)
        return null
      },
    })
    let asked = 0
    const { clock, say, all, told } = await call(
      async function* ({ reason }) {
        if (reason !== 'turn') return
        yield { tool: 'book', arguments: {} }
        if (++asked === 1) throw new Error('503')
      },
      { tools: { book }, turns: { eager: false } },
    )
    await clock.advance(100)
    await say('book it')
    await clock.advance(20_000)
    expect(new Set(keys).size).toBe(keys.length)
    const results = all('tool-result').map(({ result }) => result.status)
    expect(results).toEqual(['cancelled', 'ok'])
    expect(all('tool-call')).toHaveLength(results.length)
    // What the first tool gives when it notices is nothing to the record.
    const kept = told().flatMap((one) => ('result' in one ? [one.result.status] : []))
    expect(kept).toEqual(['cancelled', 'ok'])
  })
})
