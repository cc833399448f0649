import { describe, expect, it } from 'vitest'
import { audio, type AudioFrame, type PlayoutInit, type Word } from '../frames/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { encodeMulaw } from './g711.ts'
import { createPacer } from './pacer.ts'

const rate = 16_000
const perMs = rate / 1000

interface Init {
  readonly span?: number
  readonly response?: number
  readonly first?: number
  readonly words?: readonly Word[]
}

/** Sound of `ms` milliseconds whose samples count up from `first`. */
function sound(ms: number, { span = 1, response = 1, first = 0, words }: Init = {}): AudioFrame {
  const samples = Int16Array.from({ length: perMs * ms }, (_, index) => first + index)
  return { ...audio({ role: 'agent', samples, sampleRate: rate, span, words }), response }
}

function stage(options: { played?: () => number } = {}) {
  const clock = createVirtualClock()
  const played: { at: number; frame: AudioFrame }[] = []
  const facts: string[] = []
  const figures: string[] = []
  let clears = 0
  const pacer = createPacer({
    clock,
    play: (frame) => void played.push({ at: clock.now(), frame }),
    clear: () => void clears++,
    onPlayout: ({ state, of, span, heardMs, words, cut }: PlayoutInit) => {
      const count = words === undefined ? '' : ` ${words} words`
      const end = cut === true ? ' cut' : ''
      facts.push(`${clock.now()} ${state} ${of}.${span} ${heardMs}${count}${end}`)
    },
    onFigure: (name, value) => void figures.push(`${name} ${value}`),
    ...options,
  })
  /** Samples that were handed over since the frame number `from`. */
  const since = (from: number): number[] =>
    played.slice(from).flatMap(({ frame }) => [...frame.samples])
  return { clock, pacer, played, facts, figures, since, clears: () => clears }
}

const word = (text: string, startMs: number, endMs: number): Word => ({ text, startMs, endMs })
const words = [word('one', 20, 180), word('two', 200, 380), word('—', 380, 380)]

describe('a held pacer', () => {
  it('fades out within 5 ms, is silent, and plays on from the held sample', async () => {
    const { clock, pacer, facts, figures, played, since, clears } = stage()
    void pacer.push(sound(300))
    pacer.finish(1)
    await clock.advance(50)
    const before = played.length
    pacer.hold(1)
    expect(clears()).toBe(1)
    const [end] = played.slice(before)
    expect(end).toMatchObject({ at: 50, frame: { response: 0, span: 0, role: 'agent' } })
    expect(end?.frame.samples).toHaveLength(80)
    expect(end?.frame.samples[0]).toBe(800)
    expect(end?.frame.samples[40]).toBe(420)
    expect(end?.frame.samples[79]).toBe(Math.round(879 / 80))
    await clock.advance(400)
    expect(played).toHaveLength(before + 1)
    pacer.release(1)
    const resumed = since(before + 1)
    expect(resumed[0]).toBe(0)
    expect(resumed[40]).toBe(420)
    expect(resumed.slice(80, 82)).toEqual([880, 881])
    await clock.settle()
    expect(since(before + 1).slice(80)).toEqual([...sound(300).samples.subarray(880)])
    expect(facts).toEqual([
      '0 started 1.1 0',
      '50 progress 1.1 50',
      '450 progress 1.1 50',
      '650 progress 1.1 250',
      '700 stopped 1.1 300',
    ])
    expect(figures).toEqual(['held 400'])
    expect(pacer.underruns).toBe(0)
  })

  it('says what was heard before the hold when the interruption is confirmed', async () => {
    const { clock, pacer, facts, played, clears } = stage()
    void pacer.push(sound(300, { words }))
    await clock.advance(190)
    pacer.hold(1)
    const count = played.length
    await clock.advance(100)
    pacer.clear(1)
    await clock.settle()
    expect(played).toHaveLength(count)
    expect(clears()).toBe(1)
    expect(facts).toEqual([
      '0 started 1.1 0 0 words',
      '190 progress 1.1 190 1 words',
      '290 stopped 1.1 190 1 words cut',
    ])
  })

  it('counts words when they have been heard to their end', async () => {
    const { clock, pacer, facts } = stage()
    void pacer.push(sound(300, { words: words.slice(0, 2) }))
    void pacer.push(sound(100, { words: words.slice(2) }))
    pacer.finish(1)
    await clock.settle()
    expect(facts).toEqual([
      '0 started 1.1 0 0 words',
      '200 progress 1.1 200 1 words',
      '400 stopped 1.1 400 3 words',
    ])
  })

  it('hands each word over with the piece in which it begins', async () => {
    const { clock, pacer, played } = stage()
    void pacer.push(sound(400, { words }))
    await clock.settle()
    const begun = played.map(({ frame }) => (frame.words ?? []).map(({ text }) => text).join())
    expect(
      begun.map((text, index) => `${index * 20} ${text}`).filter((it) => !it.endsWith(' ')),
    ).toEqual(['20 one', '200 two', '380 —'])
  })

  it('says a word again that was broken off for more than 300 ms, and counts it once', async () => {
    const { clock, pacer, facts, played, since } = stage()
    void pacer.push(sound(200, { words: words.slice(0, 1) }))
    void pacer.push(sound(200, { first: 200 * perMs, words: words.slice(1) }))
    pacer.finish(1)
    await clock.advance(250)
    const before = played.length
    pacer.hold(1)
    await clock.advance(301)
    pacer.release(1)
    await clock.settle()
    const again = since(before + 1)
    expect(again.slice(80)).toEqual([...sound(200, { first: 200 * perMs }).samples.subarray(80)])
    expect(facts.slice(-3)).toEqual([
      '250 progress 1.1 250 1 words',
      '551 progress 1.1 250 1 words',
      '751 stopped 1.1 400 3 words',
    ])
    expect(clock.now()).toBe(751)
  })

  it('plays on from the held sample after 300 ms, and between two words', async () => {
    for (const [heldAt, ms] of [
      [250, 300],
      [190, 1000],
    ] as const) {
      const { clock, pacer, played, since } = stage()
      void pacer.push(sound(400, { words }))
      await clock.advance(heldAt)
      const before = played.length
      pacer.hold(1)
      await clock.advance(ms)
      pacer.release(1)
      await clock.settle()
      expect(since(before + 1)).toHaveLength((400 - heldAt) * perMs)
    }
  })

  it('keeps back what comes of the response, and of nothing before the sound began', async () => {
    const { clock, pacer, facts, played, figures } = stage()
    pacer.hold(1)
    const pushed = pacer.push(sound(40))
    pacer.finish(1)
    const rest = pacer.idle()
    await clock.advance(500)
    expect(played).toEqual([])
    pacer.release(1)
    await clock.settle()
    await pushed
    await rest
    expect(played.flatMap(({ frame }) => [...frame.samples])).toEqual([...sound(40).samples])
    expect(facts).toEqual(['500 started 1.1 0', '540 stopped 1.1 40'])
    expect(figures).toEqual(['held 500'])
  })

  it('lets sound of no response and of later ones through', async () => {
    const { clock, pacer, played } = stage()
    pacer.hold(1)
    void pacer.push(sound(20, { response: 0, span: 0 }))
    void pacer.push(sound(20, { response: 2 }))
    void pacer.push(sound(20, { response: 1 }))
    await clock.advance(100)
    expect(played.map(({ frame }) => frame.response)).toEqual([0, 2])
  })

  it('goes on without a gap with what is before the held response', async () => {
    const { clock, pacer, played, since, clears } = stage()
    void pacer.push(sound(100, { response: 0, span: 0 }))
    void pacer.push(sound(100, { response: 1, first: 5000 }))
    await clock.advance(50)
    const before = played.length
    pacer.hold(1)
    expect(clears()).toBe(1)
    await clock.advance(500)
    expect(since(before)).toEqual([...sound(100).samples.subarray(50 * perMs)])
    pacer.release(1)
    await clock.settle()
    expect(since(before).slice(50 * perMs)).toEqual([...sound(100, { first: 5000 }).samples])
  })

  it('does not obey a release that is about an earlier response, nor a hold of one that is cut', async () => {
    const { clock, pacer, played } = stage()
    pacer.clear(1)
    pacer.hold(1)
    void pacer.push(sound(20, { response: 2 }))
    expect(played).toHaveLength(1)
    pacer.hold(2)
    pacer.release(1)
    void pacer.push(sound(20, { response: 2 }))
    await clock.advance(100)
    expect(played).toHaveLength(1)
    pacer.release(2)
    expect(played).toHaveLength(3)
  })

  it('plays a later response after the held one was cut', async () => {
    const { clock, pacer, facts } = stage()
    void pacer.push(sound(300))
    await clock.advance(100)
    pacer.hold(1)
    pacer.clear(1)
    pacer.release(1)
    void pacer.push(sound(60, { response: 2 }))
    pacer.finish(2)
    await clock.settle()
    expect(facts.slice(-2)).toEqual(['105 started 2.1 0', '165 stopped 2.1 60'])
  })

  it('stays held when something earlier is cut', async () => {
    const { clock, pacer, facts, figures } = stage()
    pacer.finish(1)
    void pacer.push(sound(60, { response: 2 }))
    await clock.advance(20)
    pacer.hold(2)
    pacer.clear(1)
    await clock.advance(1000)
    expect(facts).toEqual(['0 started 2.1 0', '20 progress 2.1 20'])
    pacer.close()
    expect(facts.at(-1)).toBe('1020 stopped 2.1 20 cut')
    expect(figures).toEqual(['held 1000'])
  })

  it('counts what the far end had played before it obeyed, and plays on behind that', async () => {
    let far = 0
    const { clock, pacer, facts, played, since } = stage({ played: () => far })
    void pacer.push(sound(300))
    await clock.advance(120)
    far = 80
    await clock.advance(20)
    const before = played.length
    pacer.hold(1)
    // It played on for 30 ms until it was told, and then the fading end.
    far = 110 + 5
    await clock.advance(200)
    pacer.release(1)
    expect(since(before + 1)[80]).toBe((110 + 5) * perMs)
    pacer.hold(1)
    pacer.clear(1)
    expect(facts.at(-1)).toBe('340 stopped 1.1 110 cut')
  })

  it('fades in any encoding', async () => {
    const { clock, pacer, played } = stage()
    const samples = encodeMulaw(new Int16Array(800).fill(8000))
    const frame = audio({ role: 'agent', samples, sampleRate: 8000, encoding: 'mulaw', span: 1 })
    void pacer.push({ ...frame, response: 1 })
    await clock.advance(50)
    pacer.hold()
    const end = played.at(-1)?.frame
    expect(end).toMatchObject({ encoding: 'mulaw', sampleRate: 8000 })
    expect(end?.samples[0]).toBe(samples[0])
    expect(end?.samples.at(-1)).not.toBe(samples[0])
  })
})
