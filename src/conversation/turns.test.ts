import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { TurnOptions } from '../graph/turns-schema.ts'
import {
  after,
  cell,
  decisions,
  during,
  events,
  final,
  finished,
  interim,
  onPaper,
  policyOf,
  responding,
  started,
  states,
  stopped,
} from './turns-rig.ts'

/** What happens in every situation: read it when it changes. */
const table = new URL('../../test/fixtures/turns.txt', import.meta.url)

describe('turn-taking', () => {
  it('does in every situation, whatever happens, what the table says', () => {
    const width = Math.max(...Object.keys(events).map((name) => name.length)) + 2
    const written = Object.keys(states)
      .map((state) =>
        [
          `${state}`,
          ...Object.keys(events).map((event) =>
            `  ${event.padEnd(width)}${cell(state, event)}`.trimEnd(),
          ),
        ].join('\n'),
      )
      .join('\n\n')
    if (process.env['UPDATE_FIXTURES'] !== undefined) writeFileSync(table, `${written}\n`)
    expect(`${written}\n`).toBe(readFileSync(table, 'utf8'))
  })
})

describe('the end of a turn', () => {
  const policy = (end: TurnOptions['end']) => policyOf({ end, eager: false })

  it('comes 600 ms after the true end of speech, not after the detector saw it', () => {
    const late = { ...stopped, latency: 250 }
    expect(after([started, 500, late, final('hi'), 1000])).toEqual([
      '500 speculate',
      '850 turn ended "hi"',
      '850 infer turn',
    ])
  })

  it('waits for the last words until the recogniser should have given them', () => {
    // Its p99 of 2 s counts from the end of speech.
    const slow = { ...policyOf({ end: [{ silence: 500 }], eager: false }), finalWithinMs: 2000 }
    expect(after([started, 100, interim('hello'), stopped, 3000], slow)).toEqual([
      '2100 turn ended "hello"',
      '2100 infer turn',
    ])
    expect(after([started, 100, stopped, 50, final('hello'), 3000], slow)).toEqual([
      '600 turn ended "hello"',
      '600 infer turn',
    ])
    // No detector saw it: the words are all there is.
    expect(after([final('hello'), 3000], slow)).toEqual([
      '500 turn ended "hello"',
      '500 infer turn',
    ])
  })

  it('comes at once when somebody is sure of it and the words are there', () => {
    const sure = { type: 'opinion', state: 'ended' } as const
    expect(after([started, 500, final('hi'), sure], policy(['stt']))).toEqual([
      '500 turn ended "hi"',
      '500 infer turn',
    ])
    const model = { ...sure, probability: 0.9 }
    expect(after([started, 500, stopped, model, 90, final('hi')], policy(['smart']))).toEqual([
      '590 turn ended "hi"',
      '590 infer turn',
    ])
  })

  it('is no affair of a model that judged before the caller went on', () => {
    const model = { type: 'opinion', state: 'ended', probability: 0.9 } as const
    const spoken = [started, 500, final('hi'), model, 500, stopped] as const
    expect(after([...spoken, final('there'), 100, model], policy(['smart']))).toEqual([
      '1100 turn ended "hi there"',
      '1100 infer turn',
    ])
  })

  it('belongs to the whole of what was said in it, pauses included', () => {
    const lines = after([
      started,
      400,
      stopped,
      final('I think'),
      300,
      started,
      400,
      stopped,
      final('pizza'),
      700,
    ])
    expect(lines.at(-2)).toBe('1700 turn ended "I think pizza"')
    expect(lines.filter((line) => line.endsWith('infer turn'))).toHaveLength(1)
  })

  it('is not hastened by words that belong to the turn before', () => {
    const eager = policyOf({ eager: false })
    const lines = after(
      [
        started,
        400,
        interim('one'),
        stopped,
        700,
        responding(2),
        finished(2),
        started,
        100,
        final('one'),
        300,
        stopped,
        final('two'),
        700,
      ],
      eager,
    )
    expect(lines).toEqual([
      '1000 turn ended "one"',
      '1000 infer turn',
      '1200 amend "one"',
      '2100 turn ended "two"',
      '2100 infer turn',
    ])
  })

  it('learns from a call how long its recogniser takes', () => {
    const slow = { ...policyOf({ eager: false }), finalWithinMs: 3000 }
    const paper = onPaper(slow)
    paper.run({ type: 'start' }, responding(1), finished(1))
    for (let n = 2; n < 8; n++) {
      paper.run(started, 300, stopped, 200, final('yes'), 2000, responding(n), finished(n))
    }
    const lines = decisions(paper.run(started, 300, interim('no'), stopped, 4000))
    const begun = paper.now - 4000
    expect(lines[0]).toBe(`${begun + 600} turn ended "no"`)
  })

  it('is followed by nothing when nothing was said', () => {
    expect(after([started, 200, stopped, final(''), 5000])).toEqual(['800 turn ended'])
    const unsure = { type: 'final', text: 'a', confidence: 0.2 } as const
    expect(after([started, 200, stopped, unsure, 5000])).toEqual(['800 turn ended'])
    expect(after([started, 200, stopped, final('yes'), 5000])).toContain('800 infer turn')
  })

  it('comes in the end when a detector hears a voice and nobody finds words in it', () => {
    expect(after([started, 20_000])).toEqual(['8000 turn ended'])
  })
})

describe('a guess', () => {
  it('is made once the words are there, and promoted when nothing is added to them', () => {
    expect(after([started, 400, stopped, 100, final('what time'), 1000])).toEqual([
      '500 speculate',
      '1000 turn ended "what time"',
      '1000 infer turn',
    ])
  })

  it('is dropped when the caller goes on, and made anew', () => {
    const lines = after([
      started,
      400,
      stopped,
      final('I think'),
      300,
      started,
      200,
      stopped,
      final('no'),
      700,
    ])
    expect(lines).toEqual([
      '400 speculate',
      '700 discard',
      '900 speculate',
      '1500 turn ended "I think no"',
      '1500 infer turn',
    ])
  })

  it('holds when the recogniser confirms the words it was made from', () => {
    const likely = { type: 'opinion', state: 'eager' } as const
    const lines = after([
      started,
      400,
      interim('what time'),
      stopped,
      likely,
      100,
      final('What time?'),
      700,
    ])
    expect(lines).toEqual(['400 speculate', '1000 turn ended "What time?"', '1000 infer turn'])
  })

  it('is not made where the policy has none', () => {
    expect(after([started, 400, stopped, final('so'), 100], policyOf({ eager: false }))).toEqual([])
  })
})

describe('silence', () => {
  const idle = [
    { after: 8000, say: 'Are you there?' },
    { after: 16_000, say: 'I will hang up.' },
    { after: 24_000, end: true },
  ] as const

  it('is counted from the last sound, step by step', () => {
    const idly = (response: number) => ({ ...responding(response), reason: 'idle' })
    const first = [8000, idly(2), 1000, finished(2)]
    const second = [7000, idly(3), 1000, finished(3)]
    const lines = after([...first, ...second, 30_000], policyOf({ idle }))
    expect(lines).toEqual(['8000 say "Are you there?"', '16000 say "I will hang up."', '24000 end'])
  })

  it('is over when the caller speaks: the list begins anew', () => {
    const say = { ...responding(2), reason: 'idle' }
    const lines = after(
      [
        8000,
        say,
        finished(2),
        started,
        300,
        stopped,
        final('yes'),
        700,
        responding(3),
        finished(3),
        8000,
      ],
      policyOf({ idle, eager: false }),
    )
    expect(
      lines.filter((line) => line.includes('say')).map((line) => line.replace(/^\d+ /, '')),
    ).toEqual(['say "Are you there?"', 'say "Are you there?"'])
  })

  it('is not counted while the bot speaks, thinks, or has tools at work', () => {
    const policy = policyOf({ idle })
    expect(after([responding(2), 20_000], policy)).toEqual([])
    expect(after([{ type: 'tools', running: 1 }, 20_000], policy)).toEqual([])
  })
})

describe('a call', () => {
  it('ends when it has lasted as long as it may', () => {
    expect(after([60_000], policyOf({ max_call: 60_000 }))).toEqual(['60000 end'])
  })

  it('tells the model of tools that answered late, when nobody speaks', () => {
    expect(during([{ type: 'results' }, 500, finished(2)])).toEqual(['500 infer tool-result'])
  })

  it('begins nothing when it is ending, and loses no word', () => {
    expect(during([{ type: 'ending' }, interim('one more'), finished(2), 60_000])).toEqual([
      '0 confirm 2',
      '0 turn ended "one more"',
    ])
  })
})
