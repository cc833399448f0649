import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { callerStep, initialCaller, type CallerEvent } from './caller.ts'
import { readCallerScript, spokenLines } from './caller-script.ts'
import { compareWords } from './caller-words.ts'

const script = readCallerScript(
  `
version: 1
pause: 500ms
patience: 5s
lines:
  - Hello?
  - say: One moment!
    interrupt: { after: 1s }
  - wait: 2s
  - Are you there?
`,
  'a.yaml',
)

/** What the caller does at which time, for events written `1000 bot`, `1500 quiet`, `1500 said`, `end`. */
function run(events: string, made = script): string[] {
  const pending = events.split(',').map((text): CallerEvent => {
    const [at = '', what = ''] = text.trim().split(' ')
    if (what === 'bot') return { type: 'bot', state: 'started', at: Number(at) }
    if (what === 'quiet') return { type: 'bot', state: 'stopped', at: Number(at) }
    return { type: what as 'said' | 'ended' | 'tick', at: Number(at) }
  })
  const last = pending.at(-1)?.at ?? 0
  const done: string[] = []
  let state = initialCaller
  const take = (event: CallerEvent): void => {
    const [next, commands] = callerStep(made, state, event)
    state = next
    for (const command of commands) {
      const detail = 'step' in command ? command.step : 'reason' in command ? command.reason : ''
      done.push(`${event.at} ${command.type} ${detail}`.trim())
    }
  }
  for (let at = 0; at <= last; at += 100) {
    while (pending[0] !== undefined && pending[0].at <= at) take(pending.shift()!)
    take({ type: 'tick', at })
  }
  return done
}

describe('a simulated caller', () => {
  it('speaks when the bot has spoken and been quiet for the pause', () => {
    expect(run('300 bot, 1000 quiet, 1600 tick')).toEqual(['1500 say 0'])
    expect(run('4900 tick')).toEqual([])
  })

  it('takes a short silence for a pause of the bot', () => {
    expect(run('300 bot, 1000 quiet, 1400 bot, 2000 quiet, 2600 tick')).toEqual(['2500 say 0'])
  })

  it('waits for an answer to its line, and interrupts it after a while of speech', () => {
    const begin = '300 bot, 1000 quiet, 2000 said'
    expect(run(`${begin}, 2800 tick`)).toEqual(['1500 say 0'])
    // A pause of 300 ms within the answer counts as speech.
    const answer = '2500 bot, 3000 quiet, 3300 bot'
    expect(run(`${begin}, ${answer}, 3700 tick`)).toEqual(['1500 say 0', '3500 say 1'])
  })

  it('says that it could not interrupt an answer that was too short', () => {
    const events = '300 bot, 1000 quiet, 2000 said, 2500 bot, 3000 quiet, 3600 tick'
    expect(run(events).at(-1)).toBe(
      '3500 give-up the bot spoke for 500 ms only, so line 2 could not interrupt it after 1000 ms',
    )
  })

  it('waits on its own time, then needs no answer', () => {
    const begin = '300 bot, 1000 quiet, 2000 said, 2500 bot, 3700 quiet, 4000 said, 7000 tick'
    expect(run(begin)).toEqual(['1500 say 0', '3500 say 1', '6000 say 3'])
  })

  it('gives up when the bot is silent for longer than its patience', () => {
    expect(run('5000 tick')).toEqual([
      '5000 give-up the bot was silent for 5 s while I waited to say line 1',
    ])
    const all =
      '300 bot, 1000 quiet, 2000 said, 2500 bot, 3700 quiet, 4000 said, 6500 said, 11500 tick'
    expect(run(all).at(-1)).toBe(
      '11500 give-up the bot was silent for 5 s while I waited for the end of the call',
    )
  })

  it('is done when the bot hangs up after the last line, not before', () => {
    const all = '300 bot, 1000 quiet, 2000 said, 2500 bot, 3700 quiet, 4000 said'
    expect(run(`${all}, 6500 said, 7000 ended`).at(-1)).toBe('7000 done')
    expect(run(`${all}, 6500 ended`).at(-1)).toBe(
      '6500 give-up the call ended in the middle of line 4 of 4',
    )
    expect(run('300 bot, 400 ended')).toEqual(['400 give-up the call ended before line 1 of 4'])
  })

  it('can hang up itself', () => {
    const short = readCallerScript('{ version: 1, lines: [Hello, hangup] }', 'b.yaml')
    expect(run('0 bot, 100 quiet, 1500 said, 1600 tick', short)).toEqual([
      '900 say 0',
      '1500 hangup',
      '1500 done',
    ])
  })

  it('ends once, whatever happens, and never says a line twice or out of order', () => {
    const event = fc.oneof(
      fc.constantFrom<CallerEvent['type']>('tick', 'said').map((type) => ({ type }) as const),
      fc.constantFrom('started', 'stopped').map((state) => ({ type: 'bot', state }) as const),
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(900)), { maxLength: 200 }), (events) => {
        let state = initialCaller
        let at = 0
        const said: number[] = []
        let ends = 0
        for (const [one, after] of events) {
          at += after
          const [next, commands] = callerStep(script, state, { ...one, at } as CallerEvent)
          state = next
          for (const command of commands) {
            if (command.type === 'say') said.push(command.step)
            else ends++
          }
        }
        expect(said).toEqual([...new Set(said)].sort())
        expect(ends).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('the script of a caller', () => {
  it('has a voice, a pause and patience unless told otherwise', () => {
    const { voice, patienceMs, steps } = readCallerScript('{ version: 1, lines: [Hi] }', 'a.yaml')
    expect(voice).toEqual({ use: 'flite-tts', with: { voice: 'rms' } })
    expect(patienceMs).toBe(15_000)
    expect(steps).toEqual([{ kind: 'say', text: 'Hi', pauseMs: 800, interruptMs: undefined }])
    expect(spokenLines(script)).toEqual(['Hello?', 'One moment!', 'Are you there?'])
  })

  it('can bring a voice of its own', () => {
    const text = '{ version: 1, voice: { use: ./v.ts, with: { speed: 2 } }, lines: [Hi] }'
    expect(readCallerScript(text, 'a').voice).toEqual({ use: './v.ts', with: { speed: 2 } })
  })

  it.each([
    ['{', 'a.yaml: '],
    ['[]', 'a.yaml: the script must be object'],
    ['{ version: 2, lines: [a] }', 'a.yaml: version must be equal to constant'],
    ['{ version: 1, lines: [] }', 'a.yaml: lines must NOT have fewer than 1 items'],
    ['{ version: 1, lins: [a] }', "a.yaml: the script must have required property 'lines'"],
    ['{ version: 1, lines: [a], pause: 3 }', 'a.yaml: pause must be number'],
    [
      '{ version: 1, lines: [{ sya: a }] }',
      'a.yaml: lines[1] must NOT have additional properties: sya',
    ],
    [
      '{ version: 1, lines: [{ say: a, interrupt: { after: 1 } }] }',
      'lines[1].interrupt.after must be',
    ],
    ['{ version: 1, lines: [{ say: a, wait: 1s }] }', 'lines[1] must have one of say and wait'],
    ['{ version: 1, lines: [" "] }', 'lines[1].say must match'],
    ['{ version: 1, lines: [hangup, a] }', 'lines[1]: hangup must be the last line'],
    ['{ version: 1, voice: { with: {} }, lines: [a] }', "voice must have required property 'use'"],
  ])('%s is refused', (text, reason) => {
    expect(() => readCallerScript(text, 'a.yaml')).toThrow(reason)
  })
})

describe('words said and heard', () => {
  it.each([
    ['Yes please, go on.', 'yes please go on', 4, 0],
    ['yes please go on', 'yes go on', 4, 1],
    ['yes please', 'yes oh please do', 2, 2],
    ['a b c', '', 3, 3],
    ['', 'a', 0, 1],
  ])('%s / %s', (said, heard, words, errors) => {
    expect(compareWords(said, heard)).toMatchObject({ said: words, errors })
  })

  it('are the same distance apart either way', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 })
      .map((all) => all.join(' '))
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(compareWords(one, other).errors).toBe(compareWords(other, one).errors)
        expect(compareWords(one, one).errors).toBe(0)
      }),
    )
  })
})
