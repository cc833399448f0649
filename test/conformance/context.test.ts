import { describe, expect, it } from 'vitest'
import { defineTool, playout, text, turn, type Message } from 'voxgraph/plugin'
import { answers, begins, call, ends, interim, long, words } from './call.ts'
import { wordMs } from './line.ts'

/** Messages as `who: what`, `*` for those that were cut. */
const brief = (messages: readonly Message[]): readonly string[] =>
  messages.map((message) =>
    message.role === 'tool'
      ? `tool: ${message.name} ${message.result.status}`
      : message.role === 'handoff'
        ? `handoff: ${message.from}`
        : `${message.role}${message.role === 'assistant' && message.interrupted ? '*' : ''}: ${message.text}`,
  )

describe('what the model is told', () => {
  it('is of a cut answer what was heard of it, and of the next one all', async () => {
    let count = 0
    const { caller, clock, told, all } = await call(() =>
      ++count === 1 ? [long] : ['Hello there!'],
    )
    await clock.advance(5 * wordMs + 10)
    caller.next(begins())
    caller.next(interim('wait'))
    await clock.advance(300)
    caller.next(ends())
    caller.next(words('wait a moment'))
    await clock.advance(2000)
    caller.next(words('go on'))
    await clock.advance(1000)
    expect(brief(told())).toEqual([
      'assistant*: one two three four five',
      'user: wait a moment',
      'assistant: Hello there!',
      'user: go on',
    ])
    expect(told()[0]).toMatchObject({ generated: long })
    const turns = all('turn').filter(({ state }) => state === 'started' || state === 'ended')
    expect(turns.map(({ state }) => state)).toEqual(['started', 'ended', 'started', 'ended'])
  })

  it('holds the words that were heard in the very millisecond in which it was cut', async () => {
    const { caller, clock, told } = await call(answers('Let me check on that.', 'Yes?'))
    await clock.advance(4 * wordMs)
    caller.next(begins())
    caller.next(interim('no'))
    caller.next(ends())
    caller.next(words('no'))
    await clock.advance(1000)
    expect(brief(told())).toEqual(['assistant*: Let me check on', 'user: no'])
  })

  it('has no message for an answer of which no word was heard, and joins what the caller said around it', async () => {
    const { clock, say, told } = await call(async function* ({ reason, signal }) {
      if (reason === 'start') return
      // It takes its time; the caller goes on meanwhile.
      await clock.sleep(1000, signal).catch(() => undefined)
      if (!signal.aborted) yield 'A table.'
    })
    await clock.advance(100)
    await say('I want')
    await clock.advance(700)
    await say('a table')
    await clock.advance(3000)
    expect(brief(told())).toEqual(['user: I want a table'])
    await say('thanks')
    await clock.advance(3000)
    expect(brief(told())).toEqual(['user: I want a table', 'assistant: A table.', 'user: thanks'])
  })

  it('joins all that was said in one turn, pauses included, in the order in which it was said', async () => {
    const { clock, say, told, asked, all } = await call(answers('', 'Fine.'))
    await clock.advance(100)
    await say("I'm thinking")
    await clock.advance(300)
    await say('about pizza')
    await clock.advance(2000)
    expect(brief(told())).toEqual(["user: I'm thinking about pizza"])
    expect(
      all('turn')
        .filter(({ state }) => state === 'ended')
        .map(({ text }) => text),
    ).toEqual(["I'm thinking about pizza"])
    expect(asked.filter(({ reason }) => reason === 'turn')).toHaveLength(2)
  })

  it('holds every word of a burst of finals that comes with the beginning of the turn', async () => {
    const { caller, clock, told } = await call(answers('', 'Fine.'))
    caller.next(words('I want'))
    caller.next(begins())
    caller.next(words('to book'))
    caller.next(words('a table'))
    caller.next(ends())
    await clock.advance(1000)
    expect(brief(told())).toEqual(['user: I want to book a table'])
  })

  it('holds what was never final, when the recogniser does not come back to it', async () => {
    const { caller, clock, told } = await call(answers('', 'Fine.'))
    caller.next(begins())
    await clock.advance(300)
    caller.next(interim('I want a table'))
    caller.next(ends())
    await clock.advance(2000)
    expect(brief(told())).toEqual(['user: I want a table'])
  })

  it('does not change under the brain that was given it', async () => {
    const { clock, say, asked } = await call(answers('Hello.', 'Fine.'))
    await clock.advance(500)
    await say('one')
    await clock.advance(1000)
    const before = brief(asked[1]?.messages ?? [])
    await say('two')
    await clock.advance(1000)
    expect(brief(asked[1]?.messages ?? [])).toEqual(before)
  })

  it('keeps its beginning byte for byte while the window does not slide, and slides by whole turns', async () => {
    const { clock, say, asked } = await call(answers('', `${long} ${long} ${long}.`), {
      options: { window: { tokens: 500, keep: 2 } },
    })
    for (let turn = 0; turn < 20; turn++) {
      await say(`question ${turn}`)
      await clock.advance(4000)
    }
    const told = asked.filter(({ reason }) => reason === 'turn').map(({ messages }) => messages)
    let slides = 0
    for (const [index, messages] of told.entries()) {
      expect(messages[0]?.role).toBe('user')
      expect(JSON.stringify(messages).length).toBeLessThan(500 * 4 * 3)
      const before = told[index - 1]
      if (before === undefined) continue
      const isSame = JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before)
      if (!isSame) slides++
    }
    expect(slides).toBeGreaterThan(1)
    expect(slides).toBeLessThan(8)
  })

  it('counts what a far end says it has played, not what was sent', async () => {
    const { session, caller, clock, told } = await call(answers(long, 'Yes?'))
    await clock.advance(500)
    // The far end is behind: it has played two words when it is cut.
    session.feed(
      'brain',
      undefined,
      playout({ state: 'stopped', span: 1, of: 1, heardMs: 120, words: 2, cut: true }),
    )
    caller.next(begins())
    caller.next(interim('stop'))
    caller.next(ends())
    caller.next(words('stop it'))
    await clock.advance(1000)
    expect(brief(told())[0]).toBe('assistant*: one two')
  })

  it('holds words that were never final, whatever the caller says or writes next', async () => {
    for (const next of [words('for two'), text({ text: 'my number is 5' })]) {
      const { caller, clock, told, session } = await call(answers('', 'Fine.'))
      caller.next(begins())
      await clock.advance(300)
      caller.next(interim('I want a table'))
      caller.next(ends())
      await clock.advance(3000)
      if (next.type === 'text') session.feed('brain', 'text', next)
      else caller.next(next)
      await clock.advance(2000)
      expect(brief(told())).toEqual([
        'user: I want a table',
        'assistant: Fine.',
        `user: ${next.text}`,
      ])
    }
  })

  it('is not asked again because the recogniser confirms what was answered already', async () => {
    const { caller, clock, asked, told, all } = await call(answers('', 'Fine.'))
    caller.next(begins())
    await clock.advance(300)
    caller.next(interim('book a table'))
    caller.next(ends())
    await clock.advance(1500)
    caller.next(words('Book a table.'))
    await clock.advance(3000)
    expect(asked.filter(({ reason }) => reason === 'turn')).toHaveLength(1)
    expect(all('interrupt')).toEqual([])
    caller.next(words('thanks'))
    await clock.advance(1000)
    expect(brief(told())[0]).toBe('user: Book a table.')
  })

  it('says what the caller said once, when a guess that proved right used a tool', async () => {
    const look = defineTool({
      description: 'Looks.',
      parameters: { type: 'object' },
      effect: 'read',
      run: () => 1,
    })
    const { caller, clock, told } = await call(
      ({ reason }) => (reason === 'turn' ? [{ tool: 'look', arguments: {} }] : []),
      { tools: { look } },
    )
    caller.next(begins())
    await clock.advance(300)
    caller.next(interim('book a table'))
    caller.next(ends())
    caller.next(turn({ state: 'eager', text: '' }))
    await clock.advance(3000)
    expect(brief(told())).toEqual(['user: book a table', 'tool: look ok'])
  })
})
