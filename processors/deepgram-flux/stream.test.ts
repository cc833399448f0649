import { expect, test } from 'vitest'
import { ProviderError, type Heard } from 'voxgraph/plugin'
import { createVirtualClock, emulateDeepgram, withStt, type OpenStt } from 'voxgraph/testing'
import definition from './index.ts'

const init = { definition, emulate: emulateDeepgram }

/** Somebody who speaks for so long, at four words a second, and silence behind it; 16 kHz. */
const voice = (voiceMs: number, silenceMs = 0): Int16Array =>
  Int16Array.from({ length: (voiceMs + silenceMs) * 16 }, (_, at) =>
    at < voiceMs * 16 ? 6000 * Math.sin(at / 11) : 0,
  )

const told = ({ heard }: OpenStt): readonly string[] =>
  heard.map((event) => `${event.type === 'turn' ? event.state : event.type} ${event.text}`)

const isOver = ({ heard }: OpenStt): boolean =>
  heard.some((event) => event.type === 'turn' && event.state === 'ended')

test('a turn starts, is probably over, goes on, and ends behind its one final', () =>
  withStt(init, [['one two', 'three four']], async (rig) => {
    const open = await rig.open()
    open.push(voice(500, 400))
    open.push(voice(500, 1000))
    await rig.until('the end of the turn', () => isOver(open))
    expect(told(open)).toEqual([
      'started one',
      'interim one',
      'interim one two',
      'eager one two',
      'resumed one two',
      'interim one two three',
      'interim one two three four',
      'eager one two three four',
      'final one two three four',
      'ended one two three four',
    ])
    const turns = open.heard.filter((event) => event.type === 'turn')
    // An opinion with a probability would be that of a model of turns, for which there is a rule of its own.
    expect(turns.every((event) => event.probability === undefined)).toBe(true)
  }))

test('nothing is probable when nobody asked for it', () =>
  withStt({ ...init, options: { eager: false } }, [['one two']], async (rig) => {
    const open = await rig.open()
    open.push(voice(500, 1000))
    await rig.until('the end of the turn', () => isOver(open))
    expect(told(open).filter((text) => /eager|resumed/.test(text))).toEqual([])
    expect(rig.emulator.received[0]?.path).not.toContain('eager')
  }))

test('sound goes out in chunks of 80 ms', () =>
  withStt(init, [[]], async (rig) => {
    const open = await rig.open()
    open.push(voice(0, 250))
    await rig.until('sound', () => rig.emulator.received.length === 4)
    expect(rig.emulator.received.slice(1).map(({ body }) => body)).toEqual([2560, 2560, 2560])
  }))

test('a turn in which sound stops coming is ended by silence, and its times are those of the sound', () =>
  withStt(init, [['one two', 'three']], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    open.push(voice(500))
    await rig.until('a turn', () => open.heard.length > 0)
    for (let silences = 1; !isOver(open); silences++) {
      await clock.advance(500)
      const sent = (): number => rig.emulator.received.filter(({ body }) => body === 16_000).length
      await rig.until('silence', () => sent() === silences)
      await rig.until('word of it', () => told(open).length > 2 + silences)
    }
    // Nobody speaks now, so nothing is made up.
    const count = rig.emulator.received.length
    await clock.advance(2000)
    expect(rig.emulator.received).toHaveLength(count)
    open.push(voice(500, 1000))
    await rig.until('the next turn', () => open.finals.length === 2)
    const finals = open.heard.filter((event) => event.type === 'final')
    expect(finals[0]?.untilMs).toBe(500)
    expect(finals[1]?.words?.[0]?.startMs).toBeCloseTo(500, -2)
    expect(finals[1]?.untilMs).toBeLessThanOrEqual(open.pushedMs)
  }))

test('a Flux that says nothing in the middle of a turn has failed', () =>
  withStt(init, [['one two three four']], async (rig) => {
    const clock = createVirtualClock()
    const open = await rig.open({ clock })
    rig.emulator.fail({ fault: 'stall', when: 'answer' })
    open.push(voice(500))
    await rig.until('a turn', () => open.heard.length > 0)
    await clock.advance(3900)
    expect(open.failures).toEqual([])
    // The other side answers pings: let the answer come.
    const count = rig.emulator.received.length
    open.push(voice(100))
    await rig.until('sound', () => rig.emulator.received.length > count)
    await clock.advance(3900)
    expect(open.failures).toHaveLength(1)
    expect(open.failures[0]).toMatchObject({ category: 'timeout', retryable: true })
  }))

test.each(['duplicate', 'wrong-order'] as const)('a turn is told once: %s', (fault) =>
  withStt(init, [['one two', 'three']], async (rig) => {
    const open = await rig.open()
    rig.emulator.fail({ fault, when: 'answer' })
    open.push(voice(500, 1000))
    open.push(voice(500, 1000))
    await rig.until('two turns', () => open.finals.length === 2)
    expect(open.finals).toEqual(['one two', 'three'])
    const ends = open.heard.filter(({ type }: Heard) => type === 'final')
    expect(ends).toHaveLength(2)
  }),
)

test('thresholds that contradict each other are refused before anything is opened', () =>
  withStt({ ...init, options: { eager_eot_threshold: 0.8 } }, [], async (rig) => {
    const thrown: unknown = await rig.open().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(ProviderError)
    expect(thrown).toMatchObject({ category: 'invalid', retryable: false })
    expect(rig.emulator.received).toEqual([])
  }))
