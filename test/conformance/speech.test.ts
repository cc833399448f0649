import { describe, expect, it } from 'vitest'
import { audio, defineProcessor, type Context, type Handled } from 'voxgraph/plugin'
import { begins, call, ends, interim, long, words } from './call.ts'
import { wordMs } from './line.ts'

/** A voice that does with text what the test says. */
const voiceThat = (speak: (span: number, ctx: Context) => Handled) =>
  defineProcessor({
    id: 'voice',
    summary: 'Does what the test says.',
    role: 'tts',
    ports: { in: { text: 'text' }, out: { audio: 'audio' } },
    setup: () => ({
      text: (frame, ctx) =>
        frame.type === 'text' ? (speak(frame.span, ctx) as undefined) : undefined,
    }),
  })

const sound = (span: number, ms = 100) =>
  audio({ role: 'agent', samples: new Int16Array(16 * ms), sampleRate: 16_000, span })

describe('two answers', () => {
  it('come one after the other, however slow the voice is', async () => {
    const { clock, say, frames, heard } = await call(() => ['Hello. ', 'There.'], {
      voice: voiceThat(async (span, { clock: time }) => {
        await time.sleep(150)
        return sound(span)
      }),
    })
    await clock.advance(1000)
    await say('one')
    await clock.advance(5000)
    await say('two')
    await clock.advance(5000)
    const order = frames.flatMap((frame) =>
      frame.type === 'response' && frame.source === 'brain'
        ? [`${frame.state} ${frame.response}`]
        : frame.type === 'playout' && frame.state === 'stopped'
          ? [`heard ${frame.of}.${frame.span}`]
          : [],
    )
    expect(order.filter((line) => line.startsWith('heard'))).toEqual([
      ...['heard 1.1', 'heard 1.2', 'heard 1.0'],
      ...['heard 2.3', 'heard 2.4', 'heard 2.0'],
      ...['heard 3.5', 'heard 3.6', 'heard 3.0'],
    ])
    expect(order.indexOf('started 2')).toBeGreaterThan(order.indexOf('heard 1.0'))
    const numbers = heard.map(({ frame }) => frame.response)
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
  })
})

describe('a voice', () => {
  it('that makes no sound does not keep the call from going on', async () => {
    const { clock, say, asked, end } = await call(() => ['Hello.'], {
      voice: voiceThat(() => undefined),
    })
    await clock.advance(100)
    await say('are you there')
    await clock.advance(1000)
    expect(asked).toHaveLength(2)
    expect((await end()).error).toBeUndefined()
  })

  it('that never answers is cut like any other, and what comes after it is spoken', async () => {
    let count = 0
    const { clock, say, all, end, heard } = await call(() => [`Answer ${++count}.`], {
      voice: voiceThat(async (span, { signal }) => {
        if (span > 1) return sound(span)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return undefined
      }),
    })
    await clock.advance(100)
    await say('hello')
    await clock.advance(2000)
    expect(all('interrupt').map(({ phase }) => phase)).toEqual(['suspect', 'confirm'])
    expect(heard.map(({ frame }) => frame.span)).toContain(2)
    expect((await end()).error).toBeUndefined()
  })

  it('that ends without sound after an interruption leaves nothing behind', async () => {
    const { clock, caller, end, all } = await call(() => ['Hello.'], {
      voice: voiceThat(async (_, { clock: time }) => {
        await time.sleep(500)
        return undefined
      }),
    })
    await clock.advance(100)
    caller.next(begins())
    caller.next(interim('so'))
    await clock.advance(300)
    caller.next(ends())
    caller.next(words('so'))
    await clock.advance(3000)
    expect(all('response').filter(({ state }) => state === 'ended').length).toBeGreaterThan(0)
    expect((await end()).error).toBeUndefined()
  })

  it('that says when only some of its words were is believed at the end: the rest was heard, too', async () => {
    const { clock, say, told } = await call(
      ({ reason }) => (reason === 'start' ? ['hello big world'] : []),
      {
        voice: voiceThat((span) =>
          audio({
            ...{ role: 'agent', samples: new Int16Array(16 * 180), sampleRate: 16_000, span },
            words: [{ text: 'hello', startMs: 0, endMs: wordMs }],
          }),
        ),
      },
    )
    await clock.advance(1000)
    await say('yes')
    await clock.advance(1000)
    expect(told()[0]).toMatchObject({ text: 'hello big world', interrupted: false })
  })
})

describe('an end of the call', () => {
  it('that waits behind an answer comes after the last of it was heard', async () => {
    const { clock, session, heard } = await call(() => [long])
    await clock.advance(100)
    session.end('it is late')
    await clock.advance(5000)
    expect((await session.ended).error).toBeUndefined()
    expect(heard).toHaveLength(36)
  })

  it('that comes while the bot is held is no deadlock', async () => {
    const { clock, session, caller } = await call(() => [long])
    await clock.advance(100)
    caller.next(begins())
    session.end('it is late')
    await clock.advance(5000)
    const { error, figures } = await session.ended
    expect(error).toBeUndefined()
    expect(figures.durationMs).toBeLessThan(5000)
  })
})
