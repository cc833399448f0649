import { describe, expect, it } from 'vitest'
import { dtmf } from 'voxgraph/plugin'
import { answers, begins, call, ends, interim, long, words, type CallInit } from './call.ts'
import { wordMs } from './line.ts'

/** What the bot says meanwhile: 24 words. */
const speech = `${long} ${long}`

/** A call in the middle of a long greeting, with whatever the caller has to say. */
async function midSentence(init: CallInit = {}) {
  const made = await call(answers(speech, 'The answer.'), init)
  await made.clock.advance(250)
  return {
    ...made,
    phases: () => made.all('interrupt').map(({ phase }) => phase),
    /** Ms of the long sentence that the caller has heard in the end. */
    heardMs: () => made.all('playout').findLast(({ span }) => span === 1)?.heardMs ?? 0,
  }
}

describe('a caller who speaks while the bot does', () => {
  it('and says "um" is listened to for a moment; then the bot plays on', async () => {
    const { caller, clock, phases, heardMs, asked } = await midSentence()
    caller.next(begins(60))
    await clock.advance(180)
    caller.next(ends(60))
    await clock.advance(40)
    caller.next(words('um'))
    await clock.advance(3000)
    expect(phases()).toEqual(['suspect', 'reject'])
    expect(heardMs()).toBe(24 * wordMs)
    expect(asked).toHaveLength(1)
  })

  it('and says "stop" has silence from the first sound on, and the bot listens', async () => {
    const { caller, clock, phases, heardMs, told, session } = await midSentence()
    caller.next(begins(60))
    await clock.advance(150)
    caller.next(interim('stop'))
    await clock.advance(150)
    caller.next(ends(60))
    caller.next(words('stop'))
    await clock.advance(2000)
    expect(phases()).toEqual(['suspect', 'confirm'])
    expect(heardMs()).toBe(250)
    expect(told()).toMatchObject([
      { role: 'assistant', text: 'one two three four', interrupted: true },
      { role: 'user', text: 'stop' },
    ])
    expect(session.figures()).toMatchObject({ interruptions: 1, stale: 0 })
  })

  it('and coughs is heard to have said nothing: the bot plays on', async () => {
    const { caller, clock, phases, heardMs, asked } = await midSentence()
    caller.next(begins(60))
    await clock.advance(120)
    caller.next(ends(60))
    caller.next(words(''))
    await clock.advance(3000)
    expect(phases()).toEqual(['suspect', 'reject'])
    expect(heardMs()).toBe(24 * wordMs)
    expect(asked).toHaveLength(1)
  })

  it('and asks something new gets the answer to that, and the old one is not taken up again', async () => {
    const { caller, clock, phases, all } = await midSentence()
    caller.next(begins(60))
    await clock.advance(200)
    caller.next(interim('what about'))
    await clock.advance(300)
    caller.next(ends(60))
    caller.next(words('what about breakfast'))
    await clock.advance(3000)
    expect(phases()).toEqual(['suspect', 'confirm'])
    expect(all('text').map(({ text }) => text)).toEqual([speech, 'The answer.'])
    const heard = all('playout').filter(({ state, span }) => state === 'stopped' && span > 0)
    expect(heard.map(({ span, cut }) => [span, cut])).toEqual([
      [1, true],
      [2, false],
    ])
  })

  it('and corrects a word of the running turn has one turn and one answer', async () => {
    const { clock, say, told, all, asked } = await call(answers('', 'Friday it is.'))
    await clock.advance(100)
    await say('a room for Thursday')
    await clock.advance(250)
    await say('no for Friday')
    await clock.advance(3000)
    expect(told()).toEqual([{ role: 'user', text: 'a room for Thursday no for Friday' }])
    expect(all('turn').filter(({ state }) => state === 'ended')).toHaveLength(1)
    expect(all('text').map(({ text }) => text)).toEqual(['Friday it is.'])
    // The guess after the first half was heard by nobody.
    expect(asked).toHaveLength(3)
    expect(all('inference').filter(({ outcome }) => outcome === 'discarded')).toHaveLength(1)
  })
})

describe('a response that cannot be interrupted', () => {
  it('plays to its end, and what was said meanwhile is the next turn, whole', async () => {
    const { caller, clock, phases, heardMs, told } = await midSentence({
      options: { interruptible: false },
    })
    caller.next(begins())
    await clock.advance(100)
    caller.next(words('wait'))
    caller.next(words('a moment'))
    caller.next(ends())
    await clock.advance(3000)
    expect(phases()).toEqual([])
    expect(heardMs()).toBe(24 * wordMs)
    expect(told().at(-1)).toEqual({ role: 'user', text: 'wait a moment' })
  })

  it('can be one of many: the brain says which', async () => {
    const { caller, clock, all } = await call(({ reason }) =>
      reason === 'start' ? [{ interruptible: false }, long] : [long],
    )
    await clock.advance(100)
    caller.next(begins())
    caller.next(words('hello'))
    caller.next(ends())
    await clock.advance(1000)
    expect(all('interrupt')).toEqual([])
    caller.next(begins())
    caller.next(words('stop'))
    caller.next(ends())
    await clock.advance(100)
    expect(all('interrupt').map(({ phase }) => phase)).toEqual(['suspect', 'confirm'])
  })

  it('may ask for more words than others before it stops', async () => {
    const { caller, clock, phases } = await midSentence({
      options: { interruptible: { after: 200, min_words: 3 } },
    })
    caller.next(begins())
    await clock.advance(100)
    caller.next(interim('no'))
    await clock.advance(100)
    expect(phases()).toEqual(['suspect'])
    caller.next(interim('no not that'))
    expect(phases()).toEqual(['suspect', 'confirm'])
    await clock.advance(10)
  })
})

describe('a muted caller', () => {
  it('is not lost: what is said during the first sentence becomes the next turn', async () => {
    const { caller, clock, phases, told } = await midSentence({ turns: { mute: ['first_speech'] } })
    caller.next(begins())
    caller.next(words('hello'))
    caller.next(ends())
    await clock.advance(2000)
    expect(phases()).toEqual([])
    expect(told().at(-1)).toEqual({ role: 'user', text: 'hello' })
  })
})

describe('keys', () => {
  it('take the floor at once and end the turn at #', async () => {
    const { session, clock, phases, told } = await midSentence()
    for (const digit of '12#') session.feed('brain', 'dtmf', dtmf({ digit, lane: 'user' }))
    await clock.advance(100)
    expect(phases()).toEqual(['confirm'])
    expect(told().at(-1)).toEqual({ role: 'user', text: 'keys: 12#' })
  })

  it('end it after two seconds without one', async () => {
    const { session, clock, told, asked } = await call(answers('', 'Thank you.'))
    for (const digit of '12') session.feed('brain', 'dtmf', dtmf({ digit, lane: 'user' }))
    await clock.advance(1990)
    expect(asked).toHaveLength(1)
    await clock.advance(20)
    expect(told().at(-1)).toEqual({ role: 'user', text: 'keys: 12' })
  })
})

describe('silence', () => {
  it('is broken by what the graph says, and ends the call in the end', async () => {
    const { clock, session, all } = await call(answers('Hello.', 'Fine.'), {
      turns: {
        idle: [
          { after: 8000, say: 'Are you still there?' },
          { after: 16_000, say: 'I will hang up if I hear nothing.' },
          { after: 24_000, end: true },
        ],
      },
    })
    await clock.advance(30_000)
    expect(all('text').map(({ text, at }) => [at, text])).toEqual([
      [0, 'Hello.'],
      [8060, 'Are you still there?'],
      [16_060, 'I will hang up if I hear nothing.'],
    ])
    const { reason, figures } = await session.ended
    expect(reason).toBe('nobody said anything')
    expect(figures.durationMs).toBe(24_060)
  })

  it('that the caller breaks begins anew', async () => {
    const { clock, say, all } = await call(answers('Hello.', 'Fine.'), {
      turns: { idle: [{ after: 8000, say: 'Are you still there?' }] },
    })
    await clock.advance(7000)
    await say('yes')
    await clock.advance(7000)
    expect(all('text').map(({ text }) => text)).toEqual(['Hello.', 'Fine.'])
    await clock.advance(3000)
    expect(all('text').at(-1)?.text).toBe('Are you still there?')
  })

  it('is what a call ends in that has lasted as long as it may: the bot says its sentence first', async () => {
    const { clock, session, heard, say } = await call(answers('', long), {
      turns: { max_call: 2000 },
    })
    await clock.advance(900)
    await say('tell me')
    await clock.advance(5000)
    expect((await session.ended).reason).toBe('the call has lasted as long as it may')
    expect(heard).toHaveLength(36)
  })
})
