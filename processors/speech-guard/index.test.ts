import { describe, expect, it } from 'vitest'
import {
  interrupt,
  response,
  text,
  transcript,
  type Frame,
  type TextFrame,
  type TextInit,
} from 'voxgraph/plugin'
import { createProbe, testSession } from 'voxgraph/testing'
import speechGuard from './index.ts'

const defaults = { block: [], mask: [], say: 'Sorry.', hold: 'sentence' }

interface Node {
  text(frame: Frame): Iterable<Frame> | Frame | undefined
  signal(frame: Frame): Iterable<Frame> | undefined
}

/** The processor by itself, with response 1 begun; text is told as `span:text`. */
function node(options: object) {
  const figures: string[] = []
  const log = (message: string, details: object): void =>
    void figures.push(`${message} ${JSON.stringify(details)}`)
  const made = speechGuard.setup({
    options: { ...defaults, ...options },
    log: { info: log, warn: log },
    metric: (name: string, value: number) => void figures.push(`${name} ${value}`),
  } as never) as Node
  const brief = (frame: Frame): string => {
    if (frame.type === 'text') return `${frame.span}:${frame.speak ? '' : 'shown '}${frame.text}`
    if (frame.type === 'correction')
      return `${frame.span}=${frame.text}${frame.last ? ', the last' : ''}`
    return frame.type
  }
  const tell = (out: Iterable<Frame> | Frame = []): string[] =>
    ('type' in out ? [out] : [...out]).map(brief)
  const say = (init: TextInit, number = 1) =>
    tell(made.text({ ...text(init), id: 9, response: number }))
  const signal = (frame: Frame) => tell(made.signal(frame))
  const begin = (number = 1) => signal({ ...response({ state: 'started' }), response: number })
  const end = (number = 1) => signal({ ...response({ state: 'ended' }), response: number })
  begin()
  return { made, figures, say, signal, begin, end, tell }
}

describe('speech-guard', () => {
  it('lets go of what it holds when the next span begins without a text, and hands that on', () => {
    const { say, end } = node({ block: ['kill yourself'] })
    expect(say({ span: 1, text: 'One moment.' })).toEqual([])
    expect(say({ span: 2, text: '' })).toEqual(['1:One moment.', '2:'])
    expect(say({ span: 3, text: 'Kill yourself.' }).join()).not.toContain('Kill')
    expect(end().join()).not.toContain('Kill')
  })

  it('holds a sentence until its end is known, and opens the next one for the voice', () => {
    const { say, end } = node({ block: ['kill yourself'] })
    expect(say({ span: 1, text: 'Good ' })).toEqual([])
    expect(say({ span: 1, text: 'day.' })).toEqual([])
    expect(say({ span: 2, text: ' How' })).toEqual(['1:Good day.', '2: '])
    expect(say({ span: 2, text: ' are you?' })).toEqual([])
    expect(say({ span: 3, text: '你好' })).toEqual(['2:How are you?', '3: '])
    expect(end()).toEqual(['3:你好'])
    expect(end()).toEqual([])
  })

  it('withholds the sentence that breaks a rule and all after it, and says something else once', () => {
    const { say, end, figures } = node({ block: ['x', { match: '/buy .* shares/i', say: 'No.' }] })
    say({ span: 1, text: 'Well. ' })
    expect(say({ span: 2, text: 'You should BUY' })).toEqual(['1:Well. ', '2: '])
    say({ span: 2, text: ' a few shares of it.' })
    expect(say({ span: 3, text: ' And now.' })).toEqual(['2=No., the last', '2:No.'])
    expect(say({ span: 3, text: ' x' })).toEqual([])
    expect(end()).toEqual([])
    expect(figures).toEqual([
      'blocked 1',
      'withheld a sentence and what came after it {"rule":"block[1]"}',
    ])
  })

  it('begins anew with the next response', () => {
    const { say, begin, end } = node({ block: ['x'] })
    say({ span: 1, text: 'x' })
    expect(end()).toEqual(['1=Sorry., the last', '1:Sorry.'])
    begin(2)
    say({ span: 2, text: 'y' }, 2)
    expect(end(2)).toEqual(['2:y'])
  })

  it('says nothing instead where that is wanted, and ends the call', () => {
    const { say, end } = node({ block: [{ match: 'x', say: '', end: true }] })
    say({ span: 1, text: 'x' })
    expect(end()).toEqual(['1=, the last', 'end'])
  })

  it('breaks a sentence off before the match where only that is held', () => {
    const { say, end } = node({ block: ['kill yourself'], hold: 'match' })
    expect(say({ span: 1, text: 'You should kill' })).toEqual(['1:You should '])
    expect(say({ span: 1, text: ' time' })).toEqual(['1:kill time'])
    expect(say({ span: 1, text: ' or kill yourself.' })).toEqual([
      '1: or ',
      '1=You should kill time or — Sorry., the last',
      '1: — Sorry.',
    ])
    expect(end()).toEqual([])
  })

  it('masks, and says on record what was said instead', () => {
    const { say, end, figures } = node({
      mask: ['card_number', { match: 'Acme', with: 'the shop' }],
    })
    expect(say({ span: 1, text: 'Your card 4111 11' })).toEqual(['1:Your card '])
    expect(say({ span: 1, text: '11 1111 1111 is' })).toEqual([])
    expect(say({ span: 1, text: ' known to Acme.' })).toEqual([])
    expect(end()).toEqual([
      '1=Your card [card number] is known to the shop.',
      '1:[card number] is known to the shop.',
    ])
    expect(figures).toEqual([
      'masked 1',
      'masked something {"rule":"card_number"}',
      'masked 1',
      'masked something {"rule":"mask[1]"}',
    ])
  })

  it('guards what is shown, too', () => {
    const { say, end } = node({ block: ['rm -rf'], mask: ['email'] })
    say({ span: 1, text: 'Write to a@b.org.' })
    expect(say({ span: 2, text: 'mail c@d.org', speak: false })).toEqual([
      '1=Write to [e-mail address].',
      '1:Write to [e-mail address].',
    ])
    expect(say({ span: 3, text: 'rm -rf /', speak: false })).toEqual([
      '2=mail [e-mail address]',
      '2:shown mail [e-mail address]',
    ])
    expect(end()).toEqual(['3=Sorry., the last', '3:Sorry.'])
  })

  it('forgets what it holds of a response that is cut', () => {
    const { say, signal, end, begin } = node({ block: ['x'] })
    say({ span: 1, text: 'held' })
    signal(interrupt({ phase: 'suspect', through: 1, reason: '' }))
    begin(2)
    say({ span: 2, text: 'held, too' }, 2)
    expect(signal(interrupt({ phase: 'confirm', through: 1, reason: '' }))).toEqual([])
    expect(end(1)).toEqual([])
    expect(say({ span: 1, text: 'late' })).toEqual([])
    expect(end(2)).toEqual(['2:held, too'])
  })

  it('takes text of no response, and what the caller said, as it comes', () => {
    const { say, made, tell } = node({ block: ['x'], mask: ['email'] })
    expect(say({ text: 'y' }, 0)).toEqual(['0:y'])
    expect(say({ text: 'x' }, 0)).toEqual(['0:Sorry.'])
    const heard = transcript({ text: 'at 5', final: true })
    expect(made.text(heard)).toBe(heard)
    expect(made.text(transcript({ text: 'I am a@b.org.', final: false }))).toMatchObject({
      type: 'transcript',
      text: 'I am [e-mail address].',
    })
    expect(tell(made.text(transcript({ text: 'x', final: true })))).toEqual(['0:Sorry.'])
    expect(made.text(transcript({ text: 'x', final: false }))).toBeUndefined()
  })

  it('takes text without a span for one sentence', () => {
    const { say, end } = node({ block: ['kill yourself'] })
    expect(say({ text: 'kill' })).toEqual([])
    expect(say({ text: ' yourself' })).toEqual([])
    expect(end()).toEqual(['0=Sorry., the last', '0:Sorry.'])
  })

  it('says nothing more of a response in which it fails, and tells of the failure', () => {
    const { made, say, end } = node({ block: ['x'] })
    say({ span: 1, text: 'Good day.' })
    const broken = {
      ...text({ span: 2, text: '' }),
      response: 1,
      text: Symbol('broken') as never,
    } as TextFrame
    const out = made.text(broken) as Iterable<Frame>
    const given: Frame[] = []
    expect(() => {
      for (const frame of out) given.push(frame)
    }).toThrow(TypeError)
    expect(given.flatMap((frame) => (frame.type === 'text' ? frame.text : []))).toEqual(['Sorry.'])
    expect(say({ span: 3, text: 'More. ' })).toEqual([])
    expect(end()).toEqual([])
  })

  it('says nothing of a response whose beginning it has not seen', () => {
    const { say, end } = node({ block: ['x'] })
    expect(say({ span: 7, text: 'rest of something' }, 5)).toEqual(['7=, the last'])
    expect(say({ span: 8, text: 'and more' }, 5)).toEqual([])
    expect(end(5)).toEqual([])
  })

  it('is not set up with a rule that cannot be used', async () => {
    const probe = createProbe()
    const test = testSession({
      nodes: {
        guard: { definition: speechGuard, options: { ...defaults, block: ['fine', '/(?=a)b/'] } },
        end: probe.definition,
      },
      flow: ['guard -> end'],
    })
    await expect(test.session.start()).rejects.toThrow(
      'block[1] cannot be used: error parsing regexp: invalid or unsupported Perl syntax: `(?=`',
    )
  })
})
