import { describe, expect, it } from 'vitest'
import { audio, durationMs, type AudioFrame, type PlayoutInit } from '../frames/index.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'
import { createPacer, type Pacer } from './pacer.ts'

const rate = 16_000

/** Sound of `ms` milliseconds whose samples count up from `first`. */
function sound(ms: number, { span = 1, response = 1, first = 0 } = {}): AudioFrame {
  const samples = Int16Array.from({ length: (rate * ms) / 1000 }, (_, index) => first + index)
  return { ...audio({ role: 'agent', samples, sampleRate: rate, span }), response }
}

/** A pacer on a virtual clock, with everything that it did in the order in which it did it. */
function stage(options: { played?: () => number } = {}) {
  const clock = createVirtualClock()
  const played: { at: number; frame: AudioFrame }[] = []
  const facts: (PlayoutInit & { at: number })[] = []
  let clears = 0
  const pacer = createPacer({
    clock,
    play: (frame) => void played.push({ at: clock.now(), frame }),
    clear: () => void clears++,
    onPlayout: (init) => void facts.push({ at: clock.now(), ...init }),
    ...options,
  })
  const log = (): string[] =>
    facts.map(
      ({ at, state, span, of, heardMs, cut }) =>
        `${Math.round(at * 10) / 10} ${state} ${of}.${span} ${heardMs}${cut === true ? ' cut' : ''}`,
    )
  return { clock, pacer, played, facts, log, clears: () => clears }
}

/** Pushes frames one after another, waiting where the pacer says so. */
async function pushAll(pacer: Pacer, frames: readonly AudioFrame[]): Promise<void> {
  for (const frame of frames) await pacer.push(frame)
}

const frames = (count: number, init: Parameters<typeof sound>[1] = {}): AudioFrame[] =>
  Array.from({ length: count }, (_, index) => sound(20, { ...init, first: index * 320 }))

describe('the pacer', () => {
  it('hands over the lead at once and the rest at the speed of sound', async () => {
    const { clock, pacer, played } = stage()
    void pushAll(pacer, frames(15))
    await clock.settle()
    expect(played.map(({ at }) => Math.round(at))).toEqual([
      ...Array.from({ length: 10 }, () => 0),
      20,
      40,
      60,
      80,
      100,
    ])
  })

  it('cuts a long frame into pieces of 20 ms that share its header', async () => {
    const { clock, pacer, played } = stage()
    const whole = { ...sound(330), id: 9, source: 'tts' }
    const pushed = pacer.push(whole)
    expect(played).toHaveLength(10)
    await clock.settle()
    await pushed
    expect(played.map(({ frame }) => durationMs(frame))).toEqual([
      ...Array.from({ length: 16 }, () => 20),
      10,
    ])
    expect(played.flatMap(({ frame }) => [...frame.samples])).toEqual([...whole.samples])
    expect(played.every(({ frame }) => frame.id === 9 && frame.source === 'tts')).toBe(true)
  })

  it('takes a frame at once while there is room and makes the caller wait when there is none', async () => {
    const { clock, pacer } = stage()
    expect(pacer.push(sound(200))).toBeUndefined()
    const waits = pacer.push(sound(100))
    let isDone = false
    void waits?.then(() => (isDone = true))
    await clock.advance(99)
    expect(isDone).toBe(false)
    await clock.advance(1)
    expect(isDone).toBe(true)
  })

  it('reports a span as started, every 200 ms, and as stopped with all of it heard', async () => {
    const { clock, pacer, log } = stage()
    await clock.advance(5)
    void pacer.push(sound(500))
    pacer.finish(1)
    await clock.settle()
    expect(log()).toEqual([
      '5 started 1.1 0',
      '205 progress 1.1 200',
      '405 progress 1.1 400',
      '505 stopped 1.1 500',
    ])
  })

  it('ends a span where the next one begins', async () => {
    const { clock, pacer, log } = stage()
    void pushAll(pacer, [sound(60), sound(40, { span: 2 }), sound(30, { span: 0, response: 2 })])
    await clock.advance(0)
    pacer.finish(2)
    await clock.settle()
    expect(log()).toEqual([
      '0 started 1.1 0',
      '60 stopped 1.1 60',
      '60 started 1.2 0',
      '100 stopped 1.2 40',
      '100 started 2.0 0',
      '130 stopped 2.0 30',
    ])
  })

  it('leaves a span open that nothing has ended, and still comes to rest', async () => {
    const { clock, pacer, log } = stage()
    void pacer.push(sound(40))
    await clock.settle()
    expect(clock.now()).toBe(0)
    const rest = pacer.idle()
    await clock.settle()
    await rest
    expect(clock.now()).toBe(40)
    expect(log()).toEqual(['0 started 1.1 0'])
    pacer.finish(1)
    expect(log()).toEqual(['0 started 1.1 0', '40 stopped 1.1 40'])
  })

  it('catches up at once after a stall of its timers', async () => {
    const virtual = createVirtualClock()
    let late = 0
    const clock = { ...virtual, now: () => virtual.now() + late }
    const played: number[] = []
    const pacer = createPacer({
      clock,
      play: () => void played.push(clock.now()),
      clear: () => {},
      onPlayout: () => {},
    })
    void pushAll(pacer, frames(30))
    await virtual.advance(100)
    expect(played).toHaveLength(15)
    late = 150
    await virtual.advance(20)
    expect(played.filter((at) => at === 270)).toHaveLength(8)
    await virtual.advance(400)
    expect(played).toHaveLength(30)
    expect(pacer.underruns).toBe(0)
  })

  it('counts it when sound of a response comes too late, but not the pause between two responses', async () => {
    const { clock, pacer, log } = stage()
    void pacer.push(sound(40))
    await clock.advance(100)
    void pacer.push(sound(40))
    pacer.finish(1)
    expect(pacer.underruns).toBe(1)
    await clock.advance(100)
    void pacer.push(sound(40, { response: 2 }))
    await clock.advance(100)
    expect(pacer.underruns).toBe(1)
    expect(log()).toEqual(['0 started 1.1 0', '140 stopped 1.1 80', '200 started 2.1 0'])
  })

  it('says how much was heard when a response is cut, and drops what comes of it later', async () => {
    const { clock, pacer, log, played, clears } = stage()
    void pushAll(pacer, [sound(100), sound(400, { span: 2 })])
    await clock.advance(150)
    pacer.clear(1)
    const count = played.length
    expect(clears()).toBe(1)
    expect(pacer.push(sound(20, { span: 3 }))).toBeUndefined()
    await clock.settle()
    expect(played).toHaveLength(count)
    expect(log().slice(-2)).toEqual(['100 started 1.2 0', '150 stopped 1.2 50 cut'])
  })

  it('lets the caller of push go when its frame is cut or its signal is aborted', async () => {
    const { clock, pacer, played } = stage()
    const first = pacer.push(sound(400))
    pacer.clear(1)
    await first
    const abort = new AbortController()
    const second = pacer.push(sound(400, { response: 2 }), abort.signal)
    const count = played.length
    abort.abort()
    await second
    await clock.settle()
    expect(played).toHaveLength(count)
  })

  it('does not mention a span of which nothing was heard', async () => {
    const { clock, pacer, log } = stage()
    void pushAll(pacer, [sound(100), sound(50, { span: 2 })])
    await clock.advance(20)
    pacer.clear(1)
    await clock.settle()
    expect(log()).toEqual(['0 started 1.1 0', '20 stopped 1.1 20 cut'])
  })

  it('hands sound of a later response over again when an earlier one is cut before it', async () => {
    const { clock, pacer, log, played } = stage()
    void pushAll(pacer, [sound(100), sound(60, { response: 2, first: 5000 })])
    await clock.advance(40)
    pacer.finish(2)
    pacer.clear(1)
    await clock.settle()
    expect(log()).toEqual([
      '0 started 1.1 0',
      '40 stopped 1.1 40 cut',
      '45 started 2.1 0',
      '105 stopped 2.1 60',
    ])
    const again = played.filter(({ at, frame }) => at === 40 && frame.response === 2)
    // Between the two lies the fading end of the first.
    expect(again.flatMap(({ frame }) => [...frame.samples])).toEqual([
      ...sound(60, { first: 5000 }).samples,
    ])
  })

  it('never cuts sound that belongs to no response', async () => {
    const { clock, pacer, log } = stage()
    void pacer.push(sound(60, { response: 0, span: 0 }))
    pacer.finish(0)
    pacer.clear(9)
    await clock.settle()
    expect(log()).toEqual(['0 started 0.0 0', '60 stopped 0.0 60'])
  })

  it('takes the word of somebody who knows how much was heard', async () => {
    const { clock, pacer, log } = stage()
    void pacer.push(sound(200))
    await clock.advance(100)
    pacer.clear(1, 70)
    expect(log()).toEqual(['0 started 1.1 0', '100 stopped 1.1 70 cut'])
  })

  it('goes by what the far end says it has played', async () => {
    let far = 0
    const { clock, pacer, log } = stage({ played: () => far })
    void pacer.push(sound(100))
    pacer.finish(1)
    await clock.advance(60)
    expect(log()).toEqual([])
    far = 30
    await clock.advance(20)
    far = 100
    await clock.advance(60)
    expect(log()).toEqual(['80 started 1.1 0', '100 stopped 1.1 100'])
  })

  it('counts from anew at the far end after sound was thrown away there', async () => {
    let far = 0
    const { clock, pacer, log } = stage({ played: () => far })
    void pacer.push(sound(200))
    await clock.advance(100)
    far = 80
    await clock.advance(20)
    pacer.clear(1)
    void pacer.push(sound(100, { response: 2 }))
    pacer.finish(2)
    await clock.advance(40)
    far = 110
    await clock.advance(10)
    pacer.clear(2)
    expect(log()).toEqual([
      '120 started 1.1 0',
      '120 stopped 1.1 80 cut',
      '170 started 2.1 0',
      '170 stopped 2.1 25 cut',
    ])
  })

  it('does not wait for ever for a far end that says nothing', async () => {
    const { clock, pacer, log } = stage({ played: () => 0 })
    void pacer.push(sound(100))
    pacer.finish(1)
    await clock.settle()
    expect(log().at(-1)).toBe('2100 stopped 1.1 100')
  })

  it('reports what was under way when it is closed, and plays nothing more', async () => {
    const { clock, pacer, log, played } = stage()
    const pushed = pacer.push(sound(400))
    await clock.advance(50)
    const count = played.length
    pacer.close()
    await pushed
    await pacer.idle()
    void pacer.push(sound(20))
    await clock.settle()
    expect(played).toHaveLength(count)
    expect(log()).toEqual(['0 started 1.1 0', '50 stopped 1.1 50 cut'])
  })
})
