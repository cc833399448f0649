import { describe, expect, it } from 'vitest'
import { defineTool, turn, type Frame } from 'voxgraph/plugin'
import { answers, begins, call, ends, interim, words } from './call.ts'

/** A tool that says that it ran. */
const noteTool = (run: () => unknown) =>
  defineTool({
    description: 'Notes.',
    parameters: { type: 'object' },
    run: () => {
      run()
      return null
    },
  })

/** When the caller's turns were over, and what was said in them. */
const over = (frames: readonly Frame[]): readonly [number, string][] =>
  frames.flatMap((frame) =>
    frame.type === 'turn' && frame.source === 'brain' && frame.state === 'ended'
      ? [[frame.at, frame.text] as [number, string]]
      : [],
  )

describe('the end of a turn', () => {
  it('comes as soon as a model of turns is sure and the last words are there', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'))
    caller.next(begins())
    await clock.advance(1000)
    caller.next(interim('hello'))
    caller.next(ends(200))
    // The model takes 300 ms; the words are final before it has made up its mind.
    await clock.advance(100)
    caller.next(words('hello'))
    await clock.advance(200)
    caller.next(turn({ state: 'ended', text: '', probability: 0.9 }))
    await clock.advance(1000)
    expect(over(frames)).toEqual([[1300, 'hello']])
  })

  it('waits for the last words of a recogniser for as long as that says it takes, from the end of speech', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'), {
      turns: { end: [{ silence: 500 }] },
    })
    caller.next(begins())
    await clock.advance(1000)
    caller.next(interim('hello'))
    caller.next(ends(200))
    await clock.advance(2000)
    // It has said nothing about itself: a second.
    expect(over(frames)).toEqual([[1800, 'hello']])
  })

  it('comes a silence after the last words where no detector is', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'))
    caller.next(words('hello'))
    await clock.advance(1000)
    expect(over(frames)).toEqual([[600, 'hello']])
  })

  it('does not come while the caller is heard to speak, whatever a model thinks, and comes by its next opinion', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'))
    const sure = turn({ state: 'ended', text: '', probability: 0.99 })
    caller.next(begins())
    await clock.advance(500)
    caller.next(words('I would'))
    caller.next(sure)
    await clock.advance(500)
    expect(over(frames)).toEqual([])
    caller.next(ends())
    caller.next(words('like a room'))
    await clock.advance(50)
    caller.next(sure)
    await clock.advance(10)
    expect(over(frames)).toEqual([[1050, 'I would like a room']])
  })

  it('does not come early because words of the turn before are late', async () => {
    const { caller, clock, frames, told } = await call(answers('', 'Yes.'), {
      turns: { end: [{ silence: 300 }], eager: false },
    })
    caller.next(begins())
    await clock.advance(300)
    caller.next(interim('one'))
    caller.next(ends())
    await clock.advance(1500)
    caller.next(begins())
    await clock.advance(100)
    caller.next(words('one two'))
    await clock.advance(700)
    caller.next(ends())
    caller.next(words('three'))
    await clock.advance(1000)
    expect(over(frames)).toEqual([
      [1300, 'one'],
      [2900, 'three'],
    ])
    // The better words have taken the place of those that were known first.
    expect(told().map((message) => 'text' in message && message.text)).toEqual([
      'one two',
      'Yes.',
      'three',
    ])
  })

  it('does not come because some words are final while the caller goes on', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'))
    caller.next(begins())
    await clock.advance(500)
    caller.next(words('I would like'))
    await clock.advance(3000)
    expect(over(frames)).toEqual([])
  })

  it('comes for one word as for any other', async () => {
    const { caller, clock, frames, asked } = await call(answers('Ready?', 'Good.'))
    await clock.advance(500)
    caller.next(begins())
    await clock.advance(100)
    caller.next(ends())
    caller.next(words('yes'))
    await clock.advance(1000)
    expect(over(frames)).toEqual([[1200, 'yes']])
    expect(asked).toHaveLength(2)
  })

  it('lets both answers be spoken when the caller goes on after the first had begun', async () => {
    let count = 0
    const { clock, say, asked, all, session } = await call(() => [`Answer ${++count}.`])
    await clock.advance(1000)
    await say('one thing')
    await clock.advance(2000)
    await say('and another')
    await clock.advance(2000)
    expect(all('text').map(({ text }) => text)).toEqual(['Answer 1.', 'Answer 2.', 'Answer 3.'])
    expect(asked).toHaveLength(3)
    expect(session.figures()).toMatchObject({ interruptions: 0, stale: 0 })
  })

  it('is judged once: a second opinion about the same turn changes nothing', async () => {
    const { caller, clock, asked } = await call(answers('', 'Yes.'))
    const sure = turn({ state: 'ended', text: '' })
    caller.next(words('hello'))
    caller.next(sure)
    caller.next(sure)
    await clock.advance(1000)
    caller.next(sure)
    await clock.advance(1000)
    expect(asked.filter(({ reason }) => reason === 'turn')).toHaveLength(1)
  })
})

describe('a guess at the end of a turn', () => {
  it('is asked while the silence still runs, says nothing before it is over, and is spoken at once then', async () => {
    const { clock, say, all, heard } = await call(answers('', 'We open at nine.'))
    await clock.advance(100)
    await say('when do you open')
    await clock.advance(2000)
    expect(
      all('inference').map(({ at, state, speculative, outcome }) =>
        [at, state, speculative, outcome].join(' ').trim(),
      ),
    ).toEqual([
      '0 started false',
      '0 ended false answered',
      '400 started true',
      '1000 promoted false',
      '1000 ended false answered',
    ])
    expect(all('text')[0]?.at).toBe(1000)
    expect(heard[0]?.at).toBe(1000)
  })

  it('is dropped unheard and accounted for when the caller goes on', async () => {
    const { clock, say, all, told, session } = await call(answers('', 'We open at nine.'))
    await clock.advance(100)
    await say('when do')
    await clock.advance(300)
    await say('you open')
    await clock.advance(2000)
    const outcomes = all('inference').flatMap(({ outcome }) => (outcome === '' ? [] : [outcome]))
    expect(outcomes).toEqual(['answered', 'discarded', 'answered'])
    expect(
      all('turn')
        .filter(({ source }) => source === 'brain')
        .map(({ state }) => state),
    ).toEqual(['started', 'eager', 'resumed', 'eager', 'ended'])
    expect(all('text').map(({ text }) => text)).toEqual(['We open at nine.'])
    expect(told().at(-1)).toEqual({ role: 'user', text: 'when do you open' })
    expect(session.figures().responses).toBe(2)
  })

  it('runs no tool before it is certain', async () => {
    const ran: number[] = []
    const { clock, say, asked } = await call(
      ({ reason }) => (reason === 'turn' ? [{ tool: 'note', arguments: {} }] : []),
      { tools: { note: noteTool(() => ran.push(clock.now())) } },
    )
    await clock.advance(100)
    await say('note it')
    await clock.advance(500)
    expect(asked.at(-1)?.reason).toBe('turn')
    expect(ran).toEqual([])
    await clock.advance(500)
    expect(ran).toEqual([1000])
  })
})

describe('a recogniser', () => {
  it('that knows ends of turns itself ends them: no silence is waited for', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'))
    caller.next(begins())
    await clock.advance(400)
    caller.next(words('hello'))
    caller.next(turn({ state: 'ended', text: 'hello' }))
    expect(over(frames)).toEqual([[400, 'hello']])
    await clock.advance(10)
  })

  it('is not asked for its opinion where the graph says so', async () => {
    const { caller, clock, frames } = await call(answers('', 'Yes.'), {
      turns: { end: [{ silence: 700 }] },
    })
    caller.next(words('hello'))
    caller.next(turn({ state: 'ended', text: 'hello' }))
    await clock.advance(1000)
    expect(over(frames)).toEqual([[700, 'hello']])
  })
})
