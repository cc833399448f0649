import { describe, expect, it } from 'vitest'
import {
  after,
  decisions,
  during,
  final,
  finished,
  firm,
  interim,
  onPaper,
  policyOf,
  responding,
  started,
  stopped,
  type Happening,
} from './turns-rig.ts'

describe('barge-in', () => {
  it('holds the bot in the step in which the voice is heard', () => {
    expect(during([started])).toEqual(['0 suspect 2'])
  })

  it('cuts it when there are words', () => {
    expect(during([started, 150, final('stop')])).toEqual(['0 suspect 2', '150 confirm 2'])
    // What is not final yet counts once the voice has lasted.
    expect(during([started, 150, interim('stop'), 300])).toEqual(['0 suspect 2', '200 confirm 2'])
  })

  it('lets it go on when the words are those of a listener', () => {
    expect(during([started, 300, stopped, 50, final('Mm hmm.'), 2000])).toEqual([
      '0 suspect 2',
      '350 reject 2',
      '900 turn ended "Mm hmm."',
    ])
  })

  it('lets it go on when a listener says several words, and while they are not said to their end', () => {
    const says = (...texts: readonly string[]): Happening[] => [
      started,
      ...texts.flatMap((text): Happening[] => [150, interim(text)]),
      ...[stopped, final(texts.at(-1) ?? ''), 3000],
    ]
    for (const texts of [
      ['I', 'I see'],
      ['Yeah', 'Yeah, ok.'],
      ['mm', 'mm hmm', 'mm hmm I', 'Mm hmm, I see.'],
    ]) {
      expect(during(says(...texts))).not.toContainEqual(expect.stringContaining('confirm'))
    }
    expect(during(says('I', 'I want'))).toContainEqual(expect.stringContaining('confirm'))
    expect(during(says('I see', 'I see a ship'))).toContainEqual(expect.stringContaining('confirm'))
    // It was not said to its end.
    expect(during(says('I'))).toContainEqual(expect.stringContaining('confirm'))
  })

  it('lets it go on after a cough', () => {
    expect(during([started, 120, stopped, 80, final(''), 2000])).toEqual([
      '0 suspect 2',
      '200 reject 2',
      '720 turn ended',
    ])
    // The recogniser never says a word about it.
    expect(during([started, 120, stopped, 2000])[1]).toBe('500 reject 2')
  })

  it('cuts it after the hold when the voice goes on', () => {
    expect(during([started, 2000])).toEqual(['0 suspect 2', '500 confirm 2'])
  })

  it('cuts it as soon as the voice has lasted where no word could tell otherwise', () => {
    const usual = { after: 200, min_words: 0, hold: 500, resume: true, echo: false }
    const plain = policyOf({ interrupt: { ...usual, backchannels: [] } })
    expect(during([started, 2000], plain)).toEqual(['0 suspect 2', '200 confirm 2'])
  })

  it('asks for as many words as the policy wants, counted over the whole utterance', () => {
    const three: Happening = { ...responding(2), thresholds: { afterMs: 200, minWords: 3 } }
    const lines = after([
      three,
      started,
      200,
      interim('no'),
      400,
      interim('no not'),
      200,
      interim('no not this'),
    ])
    expect(lines).toEqual(['0 suspect 2', '500 reject 2', '800 confirm 2'])
  })

  it('cuts instead of playing on where the policy says so', () => {
    const usual = { after: 200, min_words: 0, hold: 500, backchannels: ['ok'], echo: false }
    const policy = policyOf({ interrupt: { ...usual, resume: false } })
    expect(during([started, 100, stopped, final('')], policy)).toEqual([
      '0 suspect 2',
      '100 confirm 2',
    ])
  })

  it('holds a bot that sets out to speak while the caller does', () => {
    expect(after([started, 200, responding(2), 100, interim('wait')])).toEqual([
      '200 suspect 2',
      '300 confirm 2',
    ])
  })

  it('leaves alone what cannot be interrupted, and answers afterwards what was said meanwhile', () => {
    const lines = after([firm, started, 300, stopped, final('hello'), 2000, finished(2)])
    expect(lines).toEqual(['2300 turn ended "hello"', '2300 infer turn'])
  })

  it('takes the floor by a key', () => {
    expect(during([{ type: 'key', digit: '1' }, 500, { type: 'key', digit: '2' }, 3000])).toEqual([
      '0 confirm 2',
      '2500 turn ended "keys: 12"',
      '2500 infer turn',
    ])
  })

  it('takes what the line brings back of the bot’s own words for nothing, where the line does that', () => {
    const usual = { after: 200, min_words: 0, hold: 500, backchannels: ['ok'], resume: true }
    const policy = policyOf({ interrupt: { ...usual, echo: true } })
    expect(
      during([started, 200, interim('open at'), 200, stopped, final('open at nine'), 2000], policy),
    ).toEqual(['0 suspect 2', '500 reject 2', '1000 turn ended'])
    expect(during([started, 200, interim('open at six?')], policy).at(-1)).toBe('200 confirm 2')
  })
})

describe('mute', () => {
  it('keeps the first thing the bot says from being interrupted, and what was said meanwhile', () => {
    const paper = onPaper(policyOf({ mute: ['first_speech'], eager: false }))
    const first: Happening = { ...responding(1), reason: 'start' }
    const lines = paper.run(
      { type: 'start' },
      first,
      started,
      400,
      stopped,
      final('hello'),
      2000,
      finished(1),
    )
    expect(decisions(lines)).toEqual([
      '0 infer start',
      '2400 turn ended "hello"',
      '2400 infer turn',
    ])
  })

  it('lasts while tools are at work', () => {
    const policy = policyOf({ mute: ['while_tools'], eager: false })
    const tools = { type: 'tools', running: 1 } as const
    const muted = [tools, started, 300, stopped, final('hello'), 2000] as const
    expect(during([...muted, { type: 'tools', running: 0 }, finished(2)], policy)).toEqual([
      '2300 turn ended "hello"',
      '2300 infer turn',
    ])
  })
})
