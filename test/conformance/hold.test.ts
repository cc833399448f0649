import { describe, expect, it } from 'vitest'
import {
  audio,
  defineProcessor,
  interrupt,
  response,
  text,
  transcript,
  type Frame,
  type InterruptFrame,
} from 'voxgraph/plugin'
import { createVirtualClock, testSession } from 'voxgraph/testing'
import { createLine, line } from './line.ts'
import { textNode } from './nodes.ts'

/** Samples per ms of the voice. */
const perMs = 8
/** A word of the voice: 80 ms of it and 20 ms of pause. */
const [wordMs, strideMs] = [80, 100]

/** Says every transcript in a span of its own. */
const speaker = defineProcessor({
  id: 'speaker',
  summary: 'Says what it hears.',
  ports: { in: { text: 'text' }, out: { text: 'text' } },
  setup: () => {
    let span = 0
    return {
      *text(frame) {
        yield response({ state: 'started' })
        yield text({ text: frame.text, span: ++span })
        yield response({ state: 'ended' })
      },
    }
  },
})

/** A voice that needs no time. Its samples count up from 1, so that each can be told from all others. */
const voice = defineProcessor({
  id: 'voice',
  summary: 'Counts aloud.',
  role: 'tts',
  ports: { in: { text: 'text' }, out: { audio: 'audio' } },
  setup: () => ({
    *text(frame) {
      const span = frame.type === 'text' ? frame.span : 0
      for (const [index, word] of frame.text.split(' ').entries()) {
        const startMs = index * strideMs
        const samples = Int16Array.from(
          { length: strideMs * perMs },
          (_, sample) => startMs * perMs + sample + 1,
        )
        const words = [{ text: word, startMs, endMs: startMs + wordMs }]
        yield audio({ role: 'agent', samples, sampleRate: perMs * 1000, span, words })
      }
    },
  }),
})

const say = (words: string) => transcript({ text: words, final: true })
const digits = 'one two three four five six seven eight nine ten'

/** A call whose bot counts to ten, at once, unless told otherwise. */
async function call(first = digits) {
  const clock = createVirtualClock()
  const { connection, heard, cleared } = createLine(clock)
  const decide = textNode((phase) => interrupt({ phase: phase as InterruptFrame['phase'] }))
  const test = testSession(
    { nodes: { line, speaker, voice, decide }, flow: ['line -> speaker -> voice -> line'] },
    { clock, connections: { line: connection } },
  )
  await test.start()
  const { session, frames } = test
  const bot = (words: string): void => session.feed('speaker', 'text', say(words))
  if (first !== '') bot(first)
  await clock.advance(0)
  return {
    ...test,
    bot,
    heard,
    cleared,
    decide: (phase: InterruptFrame['phase']) => session.feed('decide', 'text', say(phase)),
    /** Samples that came to the line since its frame number `from`. */
    since: (from: number) => heard.slice(from).flatMap(({ frame }) => [...frame.samples]),
    facts: () => frames.flatMap((frame) => (frame.type === 'playout' ? [told(frame)] : [])),
    metrics: () =>
      frames.flatMap((frame) => (frame.type === 'metric' ? [`${frame.name} ${frame.value}`] : [])),
  }
}

function told(frame: Frame & { readonly type: 'playout' }): string {
  const { at, state, of, span, heardMs, words } = frame
  const end = frame.cut ? ' cut' : ''
  return `${at} ${state} ${of}.${span} ${heardMs} ${words ?? '-'}${end}`
}

const lengthMs = (samples: readonly number[]): number => samples.length / perMs

describe('a suspicion', () => {
  it('holds output within one pacing step: in its own tick, with 5 ms of fading end', async () => {
    const { clock, heard, cleared, decide, since } = await call()
    await clock.advance(130)
    const before = heard.length
    decide('suspect')
    expect(cleared).toEqual([130])
    const end = since(before)
    expect(lengthMs(end)).toBe(5)
    expect(end[0]).toBe(130 * perMs + 1)
    expect(end.at(-1)).toBeLessThan(30)
    await clock.advance(5000)
    expect(heard).toHaveLength(before + 1)
  })

  it('that is rejected plays on from the held sample', async () => {
    const { clock, heard, decide, since, facts, metrics, session } = await call()
    await clock.advance(130)
    const before = heard.length + 1
    decide('suspect')
    await clock.advance(300)
    decide('reject')
    await clock.advance(2000)
    const rest = since(before)
    expect(lengthMs(rest)).toBe(1000 - 130)
    expect(rest[0]).toBe(0)
    const [fade, whole] = [rest.slice(0, 5 * perMs), rest.slice(5 * perMs)]
    expect(fade).toEqual(fade.toSorted((one, other) => one - other))
    expect(whole[0]).toBe(135 * perMs + 1)
    expect(whole).toEqual(whole.map((_, index) => 135 * perMs + 1 + index))
    expect(facts().slice(-2)).toEqual(['1300 stopped 1.1 1000 10', '1300 stopped 1.0 0 -'])
    expect(metrics()).toEqual(['held 300'])
    expect(session.figures()).toMatchObject({ interruptions: 0, stale: 0 })
  })

  it('that is rejected after a long hold plays on from the last word boundary', async () => {
    const { clock, heard, decide, since, facts } = await call()
    await clock.advance(130)
    const before = heard.length + 1
    decide('suspect')
    await clock.advance(301)
    decide('reject')
    await clock.advance(2000)
    const rest = since(before)
    expect(lengthMs(rest)).toBe(1000 - 100)
    expect(rest[5 * perMs]).toBe(105 * perMs + 1)
    expect(facts()).toContain('130 progress 1.1 130 1')
    expect(facts()).toContain('431 progress 1.1 130 1')
    expect(facts().at(-2)).toBe('1331 stopped 1.1 1000 10')
  })

  it('that is rejected between two words goes on from the held sample, however long it took', async () => {
    const { clock, heard, decide, since } = await call()
    await clock.advance(190)
    const before = heard.length + 1
    decide('suspect')
    await clock.advance(3000)
    decide('reject')
    await clock.advance(2000)
    expect(lengthMs(since(before))).toBe(1000 - 190)
  })

  it('that is confirmed cuts, and the ledger says what was heard before the hold', async () => {
    const { clock, heard, decide, bot, facts, session } = await call()
    await clock.advance(390)
    const before = heard.length + 1
    decide('suspect')
    await clock.advance(200)
    decide('confirm')
    await clock.advance(1000)
    expect(heard).toHaveLength(before)
    expect(facts().at(-1)).toBe('590 stopped 1.1 390 4 cut')
    decide('reject')
    bot('again')
    await clock.advance(1000)
    expect(heard.slice(before).every(({ frame }) => frame.response === 2)).toBe(true)
    expect(facts().slice(-2)).toEqual(['1690 stopped 2.2 100 1', '1690 stopped 2.0 0 -'])
    expect(session.figures()).toMatchObject({ interruptions: 1, stale: 0 })
  })

  it('before anything is heard holds what would come', async () => {
    const { clock, heard, decide, bot, session } = await call('')
    session.feed('decide', 'text', say('suspect'))
    bot('one')
    // The first suspicion was about nothing; this one is about the answer.
    decide('suspect')
    const before = heard.length
    await clock.advance(1000)
    expect(heard).toHaveLength(before)
    decide('reject')
    await clock.advance(1000)
    expect(heard.slice(-5).flatMap(({ frame }) => [...frame.samples])).toEqual(
      Array.from({ length: strideMs * perMs }, (_, index) => index + 1),
    )
  })

  it('leaves what is made meanwhile waiting, in order and within its bounds', async () => {
    const { clock, bot, decide, facts } = await call()
    await clock.advance(950)
    decide('suspect')
    bot('eleven')
    bot('twelve')
    await clock.advance(1000)
    decide('reject')
    await clock.advance(1000)
    const stops = facts().filter((fact) => fact.includes('stopped') && !fact.includes('.0 '))
    expect(stops.map((fact) => fact.split(' ').slice(2).join(' '))).toEqual([
      '1.1 1000 10',
      '2.2 100 1',
      '3.3 100 1',
    ])
  })
})

describe('a held call', () => {
  it('that ends comes to rest: it says what it was saying, and stops', async () => {
    const { clock, decide, end, facts, session } = await call()
    await clock.advance(130)
    decide('suspect')
    await clock.advance(100)
    const { error } = await end()
    expect(error).toBeUndefined()
    expect(session.state).toBe('stopped')
    expect(facts().filter((fact) => fact.includes('stopped 1.1'))).toEqual([
      '1100 stopped 1.1 1000 10',
    ])
  })

  it('is not held again once it is ending', async () => {
    const { clock, decide, session, facts } = await call()
    await clock.advance(130)
    session.end('test')
    decide('suspect')
    await clock.advance(5000)
    expect(session.state).toBe('stopped')
    expect(facts()).toContain('1000 stopped 1.1 1000 10')
  })

  it('that is cancelled stops at once', async () => {
    const { clock, decide, session, heard } = await call()
    await clock.advance(130)
    decide('suspect')
    const count = heard.length
    session.cancel('test')
    await clock.advance(0)
    expect(session.state).toBe('stopped')
    expect(heard).toHaveLength(count)
  })
})

describe('the end of sound', () => {
  it('is what was made, to the sample: nothing is filled up and nothing waits for more', async () => {
    const { clock, heard, facts } = await call('one')
    await clock.advance(1000)
    expect(heard.flatMap(({ frame }) => [...frame.samples])).toHaveLength(strideMs * perMs)
    expect(facts()).toEqual(['0 started 1.1 0 0', '100 stopped 1.1 100 1', '100 stopped 1.0 0 -'])
  })

  it('that is cut leaves nothing behind that the next response would begin with', async () => {
    const { clock, heard, bot, decide, cleared } = await call()
    await clock.advance(133)
    decide('confirm')
    const before = heard.length
    bot('one')
    await clock.advance(1000)
    expect(cleared).toEqual([133])
    expect(heard.slice(before).flatMap(({ frame }) => [...frame.samples])).toEqual(
      Array.from({ length: strideMs * perMs }, (_, index) => index + 1),
    )
  })
})
